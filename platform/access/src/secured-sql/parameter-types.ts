import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  type DuckDBType,
  DuckDBTypeId,
  FLOAT,
  INTEGER,
  INTERVAL,
  LIST,
  SMALLINT,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  UUID,
  VARCHAR,
} from "@duckdb/node-api";
import type { SqlNode } from "@thoth/warehouse/sql-tree";

const numeric = DECIMAL(38, 10);

const samples: Readonly<Partial<Record<DuckDBTypeId, string>>> = {
  [DuckDBTypeId.VARCHAR]: "",
  [DuckDBTypeId.BLOB]: "",
  [DuckDBTypeId.LIST]: "[]",
  [DuckDBTypeId.DATE]: "1970-01-01",
  [DuckDBTypeId.TIME]: "00:00:00",
  [DuckDBTypeId.TIMESTAMP]: "1970-01-01",
  [DuckDBTypeId.TIMESTAMP_TZ]: "1970-01-01 00:00:00+00",
  [DuckDBTypeId.INTERVAL]: "0 days",
  [DuckDBTypeId.UUID]: "00000000-0000-0000-0000-000000000000",
};

/** Where the engine cannot tell what a parameter is, the first type that fits is taken. Fractions are never cut off. */
const byDeclaration = {
  boolean: [BOOLEAN],
  smallint: [SMALLINT],
  integer: [INTEGER],
  bigint: [BIGINT],
  real: [FLOAT],
  double: [DOUBLE],
  numeric: [numeric, DOUBLE],
  text: [VARCHAR],
  date: [DATE],
  time: [TIME],
  timestamp: [TIMESTAMP],
  timestamptz: [TIMESTAMPTZ],
  interval: [INTERVAL],
  uuid: [UUID],
  bytes: [BLOB],
} satisfies Readonly<Record<string, readonly DuckDBType[]>>;

type ScalarType = keyof typeof byDeclaration;

/** What a client says that a value is. */
export type DeclaredType = ScalarType | `${ScalarType}[]`;

/** A type to try, with a value of it in text form. */
export interface Guess {
  readonly type: DuckDBType;
  readonly sample: string | null;
}

/** What fails on some texts alone is told by others: a LIMIT takes `1`, the part of a date is one of a few words. */
const undeclared: readonly Guess[] = [
  { type: VARCHAR, sample: "" },
  { type: VARCHAR, sample: "1" },
  ...[BIGINT, DOUBLE, TIMESTAMP].map(guessOf),
  { type: VARCHAR, sample: null },
];

/** No list of whole numbers: the engine would round what it is compared with. */
const undeclaredLists: readonly Guess[] = [VARCHAR, numeric, TIMESTAMP].map((item) => guessOf(LIST(item)));

/**
 * The statement with the type of each list written out, for each type that lists may be of: as long as there is one parameter
 * whose type the engine cannot tell, it tells that of no other either.
 * @param lists numbers of the parameters that are lists
 */
export function listsWrittenOut(sql: string, lists: ReadonlySet<number>): string[] {
  if (lists.size === 0) return [];
  return undeclaredLists.map(({ type }) =>
    sql.replace(/\b(any|all|some)(\s*\(\s*)\$(\d+)(\s*\))/gi, (written, word, open, number, close) =>
      lists.has(Number(number)) ? `${word}${open}CAST($${number} AS ${type.toString()})${close}` : written,
    ),
  );
}

/** What is known of a parameter before it has a value. */
export interface ParameterFacts {
  /** By the engine; undefined where it cannot tell. */
  readonly type: DuckDBType | undefined;
  /** By the client, if it says so. */
  readonly declared: DeclaredType | undefined;
  /** Whether it stands where only a list can, as in `= ANY ($1)`. */
  readonly isList: boolean;
}

function candidatesOf({ type, declared, isList }: ParameterFacts): readonly Guess[] {
  if (type !== undefined) return [{ type, sample: null }];
  if (declared?.endsWith("[]"))
    return byDeclaration[declared.slice(0, -2) as ScalarType].map((item) => guessOf(LIST(item)));
  if (isList) return undeclaredLists;
  return declared === undefined ? undeclared : [...byDeclaration[declared as ScalarType].map(guessOf), ...undeclared];
}

function guessOf(type: DuckDBType): Guess {
  return { type, sample: samples[type.typeId] ?? "0" };
}

/** Each costs the engine as much as preparing the statement once more. */
const mostGuesses = 64;

/**
 * Types for the parameters of a statement, in the order in which to try them: in all combinations, or when those are too
 * many, with all lists alike, and all others.
 */
export function guessTypes(parameters: readonly ParameterFacts[]): (readonly Guess[])[] {
  const options = parameters.map(candidatesOf);
  if (options.reduce((count, list) => count * list.length, 1) <= mostGuesses) return combinations(options);
  const steps = (isList: boolean) => {
    const lengths = parameters.map((one, index) => (one.isList === isList ? (options[index]?.length ?? 0) : 1));
    return Array.from({ length: Math.max(...lengths) }, (_, step) => step);
  };
  return steps(true).flatMap((list) =>
    steps(false).map((other) =>
      options.map((guesses, index) => {
        const step = parameters[index]?.isList ? list : other;
        return guesses[Math.min(step, guesses.length - 1)] as Guess;
      }),
    ),
  );
}

function combinations(options: readonly (readonly Guess[])[]): (readonly Guess[])[] {
  return options.reduce<(readonly Guess[])[]>(
    (all, list) => all.flatMap((guesses) => list.map((guess) => [...guesses, guess])),
    [[]],
  );
}

/** Numbers of the parameters that stand where only a list can: the parser writes `= ANY ($1)` with `unnest($1)`. */
export function listParameters(trees: readonly unknown[]): ReadonlySet<number> {
  const found = new Set<number>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { function_name: name, children } = value as SqlNode & { readonly children?: unknown };
    if (name === "unnest" && Array.isArray(children))
      for (const child of children as readonly { readonly class?: string; readonly identifier?: string }[])
        if (child.class === "PARAMETER") found.add(Number(child.identifier));
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(trees);
  return found;
}
