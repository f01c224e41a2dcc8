import type { DataContract, Property, QualityRule } from "@thoth/contract/generated/odcs";
import { type Random, seededRandom } from "@thoth/testing/random";

export interface Variant {
  /** `units: a column may be null now` */
  readonly name: string;
  readonly before: DataContract;
  readonly after: DataContract;
}

// biome-ignore lint/suspicious/noExplicitAny: edits reach anywhere into a contract
type Draft = any;

/** Changes a copy of a contract, and says whether there was anything to change. */
type Edit = (draft: Draft, random: Random) => boolean;

/** Every contract with each change alone, and with some of them together. The same seed gives the same variants. */
export function contractVariants(contracts: readonly DataContract[], seed: number): Variant[] {
  return contracts.flatMap((before) => {
    const random = seededRandom(seed).fork(`${before.domain}/${before.name}`);
    const singles = Object.entries(edits).map(([what, edit]) => vary(before, [[what, edit]], random.fork(what)));
    const several = Array.from({ length: 5 }, (_, index) => {
      const own = random.fork(`together ${index}`);
      return vary(before, own.shuffle(Object.entries(edits)).slice(0, 4), own);
    });
    return [...singles, ...several].filter((variant) => variant !== undefined);
  });
}

function vary(before: DataContract, list: readonly (readonly [string, Edit])[], random: Random): Variant | undefined {
  const after = structuredClone(before);
  const done = list.filter(([, edit]) => edit(after, random)).map(([what]) => what);
  return done.length === 0 ? undefined : { name: `${before.name}: ${done.join("; ")}`, before, after };
}

const edits: Readonly<Record<string, Edit>> = {
  "a column is gone": (draft, random) => {
    const list = columns(draft);
    list.splice(random.int(0, list.length - 1), 1);
    return true;
  },
  "a column is new": (draft) => columns(draft).push({ id: "extra", name: "extra", logicalType: "string" }) > 0,
  "a column has another name": (draft, random) => change(pick(draft, random), (one) => (one.name = `${one.name}_new`)),
  "a column has another type": (draft, random) =>
    change(
      pick(draft, random, ({ logicalType }) => logicalType === "string"),
      (one) => {
        delete one.enum;
        one.logicalType = "boolean";
      },
    ),
  "a column may be null now": (draft, random) =>
    change(
      pick(draft, random, ({ required }) => required === true),
      (one) => (one.required = false),
    ),
  "a column is never null now": (draft, random) =>
    change(
      pick(draft, random, ({ required }) => required !== true),
      (one) => (one.required = true),
    ),
  "a column is unique now": (draft, random) =>
    change(
      pick(draft, random, ({ unique }) => unique !== true),
      (one) => (one.unique = true),
    ),
  "a column leaves the key": (draft, random) =>
    change(
      pick(draft, random, ({ primaryKey }) => primaryKey === true),
      (one) => {
        delete one.primaryKey;
        delete one.primaryKeyPosition;
      },
    ),
  "a value is new in a list": (draft, random) =>
    change(
      pick(draft, random, (one) => one.enum !== undefined),
      (one) => one.enum?.push({ value: "more" }),
    ),
  "a value is gone from a list": (draft, random) =>
    change(
      pick(draft, random, (one) => (one.enum?.length ?? 0) > 1),
      (one) => one.enum?.pop(),
    ),
  "a list of values is open now": (draft, random) =>
    change(
      pick(draft, random, (one) => one.enum !== undefined),
      (one) => delete one.enum,
    ),
  "a limit is another": (draft, random) =>
    change(
      pick(draft, random, (one) => typeof one.logicalTypeOptions?.minimum === "number"),
      (one) => {
        if (one.logicalTypeOptions)
          one.logicalTypeOptions.minimum = Number(one.logicalTypeOptions.minimum) + random.pick([-1, 1]);
      },
    ),
  "a limit is new": (draft, random) =>
    change(
      pick(draft, random, ({ logicalType }) => logicalType === "string"),
      (one) => {
        one.logicalTypeOptions = { ...one.logicalTypeOptions, maxLength: 40 };
      },
    ),
  "a column is read by fewer": (draft, random) =>
    change(
      pick(draft, random, (one) => one.classification !== "restricted"),
      (one) => (one.classification = "restricted"),
    ),
  "a column is described anew": (draft, random) =>
    change(pick(draft, random), (one) => (one.description = "Said anew.")),
  "a column is deprecated": (draft, random) => change(pick(draft, random), (one) => (one.deprecated = true)),
  "a relation is gone": (draft, random) =>
    change(
      pick(draft, random, (one) => one.relationships !== undefined),
      (one) => delete one.relationships,
    ),
  "a rule is gone": (draft) => rules(draft).shift() !== undefined,
  "a rule is new": (draft) =>
    rules(draft).push({ id: "more", name: "More rows", metric: "rowCount", mustBeGreaterThan: 3 }) > 0,
  "a rule only warns": (draft, random) =>
    change(
      pickRule(draft, random, ({ severity }) => severity === "error"),
      (rule) => (rule.severity = "warning"),
    ),
  "a rule measures something else": (draft, random) =>
    change(
      pickRule(draft, random, ({ query }) => query !== undefined),
      (rule) => (rule.query = "select 0"),
    ),
  "a promise is weaker": (draft, random) => change(promise(draft, random), (one) => (one.value *= 3)),
  "a promise is gone": (draft) => draft.slaProperties.pop() !== undefined,
  "a promise is new": (draft) => draft.slaProperties.push({ property: "timeToRepair", value: 4, unit: "h" }) > 0,
  "a server is another": (draft) => change(draft.servers?.[0], (server) => (server.database = "elsewhere")),
  "a server is gone": (draft) => draft.servers?.pop() !== undefined,
  "a role may do more": (draft) => change(draft.roles?.[0], (role) => (role.access = "write")),
  "a role is new": (draft) =>
    change(draft, (one) => (one.roles = [...(one.roles ?? []), { role: "auditor", access: "read" }])),
  "it costs something": (draft) => change(draft, (one) => (one.price = { priceAmount: 5, priceCurrency: "AUD" })),
  "its terms are others": (draft) => change(draft, (one) => (one.description.limitations = "Only on Mondays.")),
  "its tags are others": (draft) => change(draft, (one) => (one.tags = ["another"])),
  "it is on its way out": (draft) => change(draft, (one) => (one.status = "deprecated")),
  "it has another version": (draft) => change(draft, (one) => (one.version = "9.0.0")),
};

function columns(draft: Draft): Property[] {
  return draft.schema[0].properties;
}

function rules(draft: Draft): QualityRule[] {
  draft.schema[0].quality ??= [];
  return draft.schema[0].quality;
}

function pick(draft: Draft, random: Random, suits: (one: Property) => boolean = () => true): Property | undefined {
  const suitable = columns(draft).filter(suits);
  return suitable.length === 0 ? undefined : random.pick(suitable);
}

function pickRule(draft: Draft, random: Random, suits: (rule: QualityRule) => boolean): QualityRule | undefined {
  const suitable = rules(draft).filter(suits);
  return suitable.length === 0 ? undefined : random.pick(suitable);
}

function promise(draft: Draft, random: Random): Draft {
  const suitable = draft.slaProperties.filter(
    ({ value, property }: Draft) => typeof value === "number" && property === "latency",
  );
  return suitable.length === 0 ? undefined : random.pick(suitable);
}

function change<Part>(part: Part | undefined, edit: (part: NonNullable<Part>) => unknown): boolean {
  if (part === undefined || part === null) return false;
  edit(part);
  return true;
}
