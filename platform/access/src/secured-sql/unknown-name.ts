import { nearestName } from "@thoth/warehouse/nearest-name";

/** What somebody is told of a name that there is none of. */
export interface UnknownName {
  readonly message: string;
  /** What was probably meant, or what there is; undefined when there is nothing to choose from. */
  readonly hint: string | undefined;
}

/**
 * What the engine says of a column or table that it does not find, in plain words.
 * @param message as the engine wrote it
 * @param columns of the tables that the statement reads, as far as its reader knows them
 * @returns undefined when the message is about something else
 */
export function unknownName(message: string, columns: readonly string[]): UnknownName | undefined {
  for (const { pattern, words, isColumn } of kinds) {
    const { groups } = pattern.exec(message) ?? {};
    if (groups === undefined) continue;
    const { name = "", table, candidates = "" } = groups;
    const guesses = [...candidates.matchAll(quotedName)].map(([, guess = ""]) => guess.split(".").at(-1) ?? "");
    return { message: words(name, table ?? ""), hint: hintFor(name, isColumn ? [...columns, ...guesses] : guesses) };
  }
  return undefined;
}

interface Kind {
  readonly pattern: RegExp;
  readonly words: (name: string, table: string) => string;
  readonly isColumn: boolean;
}

const quotedName = /"((?:[^"]|"")*)"/g;
const name = '"(?<name>(?:[^"]|"")*)"';
const candidates = String.raw`(?:\s*Candidate \w+: (?<candidates>[^\n]*))?`;

const kinds: readonly Kind[] = [
  {
    pattern: new RegExp(`^Referenced column ${name} (?:was )?not found[^\\n]*${candidates}`),
    words: (column) => `Column "${column}" does not exist`,
    isColumn: true,
  },
  {
    pattern: new RegExp(
      `^(?:Values list|Table) "(?<table>[^"]*)" does not have a column named ${name}[^\\n]*${candidates}`,
    ),
    words: (column, table) => `Table "${table}" has no column "${column}"`,
    isColumn: true,
  },
  {
    pattern: new RegExp(`^Referenced table ${name} not found[^\\n]*${candidates}`),
    words: (table) => `Table "${table}" does not exist in the FROM clause`,
    isColumn: false,
  },
  {
    pattern: new RegExp(`^Could not find key ${name} in struct[^\\n]*${candidates}`),
    words: (key) => `The object has no field "${key}"`,
    isColumn: false,
  },
];

const mostListed = 20;

function hintFor(wrong: string, names: readonly string[]): string | undefined {
  const known = [...new Set(names)];
  if (known.length === 0) return undefined;
  const nearest = nearestName(wrong, known);
  if (nearest !== undefined) return `Did you mean ${nearest}?`;
  const more = known.length > mostListed ? `, and ${known.length - mostListed} more` : "";
  return `There is: ${known.slice(0, mostListed).join(", ")}${more}.`;
}
