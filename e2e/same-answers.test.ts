import { decide } from "@thoth/access/decide";
import { anonymous, type Decision, type Principal } from "@thoth/access/decision";
import type { Effects } from "@thoth/cli/effects";
import { gatewayOptions } from "@thoth/cli/gateway-options";
import { loadDomains } from "@thoth/cli/load-domains";
import { openMeshAccess } from "@thoth/cli/mesh-access";
import { openPublished } from "@thoth/cli/published-reader";
import { loadSettings } from "@thoth/cli/settings";
import type { ProductModel } from "@thoth/contract/product-model";
import { createGateway, type GatewaySettings } from "@thoth/gateway/serve-gateway";
import type { Decide } from "@thoth/gateway/server-settings";
import { meshHome } from "@thoth/pipeline/mesh-home";
import { choices, type Literals, OperationGenerator, type Pick, pickFrom } from "@thoth/subgraph/fixtures/operations";
import fc from "fast-check";
import { buildClientSchema, type GraphQLSchema, getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "./mesh-process.ts";
import { publishedHome, sampleScale } from "./published-home.ts";

/**
 * Every product of every domain, with its sample data: whatever is asked by whomever, plans and cache answer as the
 * stitched executor does. `MESH_SAME_ANSWERS_CASES` says how many operations are tried.
 */
const cases = Number(process.env.MESH_SAME_ANSWERS_CASES ?? 60);

const resources = new AsyncDisposableStack();
let options: GatewaySettings;
let schema: GraphQLSchema;

beforeAll(async () => {
  const { path: home } = resources.use(await publishedHome());
  const env = { MESH_HOME: home, ...sampleScale };
  const effects = effectsFor(env);
  const settings = await loadSettings(repository, env);
  const domains = await loadDomains(settings);
  const log = { info: () => undefined, error: () => undefined };
  const readSide = resources.use(await openPublished(meshHome(home), domains, log));
  const usage = { save: async () => undefined };
  const access = resources.use(await openMeshAccess(settings, effects, log));
  const askAccess = async () => undefined;
  const parts = { settings, effects, home: meshHome(home), domains, readSide, log, usage, access, askAccess };
  const all = await gatewayOptions(parts);
  const authenticate = async (token: string | undefined): Promise<Principal> =>
    token === undefined ? anonymous : { name: token, kind: "person", roles: [], attributes: {} };
  options = { ...all, authenticate, decide: decideByName };
  schema = buildClientSchema((await ask(open({}), getIntrospectionQuery())).data);
});

afterAll(() => resources.disposeAsync());

function effectsFor(env: Readonly<Record<string, string>>): Effects {
  return {
    cwd: repository,
    env,
    pid: process.pid,
    now: () => Date.now(),
    columns: () => undefined,
    signal: new AbortController().signal,
    input: async () => "",
    out: () => undefined,
    err: () => undefined,
  };
}

function open(changes: Partial<GatewaySettings>) {
  const gateway = createGateway({ ...options, ...changes });
  resources.defer(async () => gateway.dispose());
  return gateway;
}

/** Who is called `clear` sees what anybody does; the rules of others follow from their names. */
const decideByName: Decide = (principal, product, purpose) => {
  const usual = decide(principal, product, purpose);
  if (!/^some-\d+$/.test(principal.name) || !usual.readable) return usual;
  const seed = Number(principal.name.slice(5));
  const pick: Pick = (values) =>
    values[hash(`${seed} ${product.id} ${values.length}`) % values.length] as (typeof values)[number];
  const rule = pick([false, false, true]) ? groupsOnly(product, pick) : ruleFor(product, pick);
  return { ...usual, ...rule, columns: { ...usual.columns, ...rule.columns }, fingerprint: JSON.stringify(rule) };
};

type RuleOf<Keys extends keyof Decision> = { readonly [Name in Keys]: Decision[Name] };
type Rule = RuleOf<"columns" | "masks" | "rowFilter" | "minGroupSize" | "grouping" | "salt">;

function ruleFor({ columns, key }: ProductModel, pick: Pick): Rule {
  const hideable = columns.filter(({ name }) => !key.includes(name));
  const hidden = hideable.length === 0 ? {} : { [pick(hideable).name]: pick(["masked", "denied", "clear"] as const) };
  const texts = columns.filter(({ sqlType, enumValues }) => sqlType === "VARCHAR" && enumValues === undefined);
  const hashed = texts.length === 0 || pick([true, false]) ? [] : [pick(texts).name];
  const rowFilter = pick([null, null, `hash("${key[0]}") % 3 <> 0`]);
  return {
    columns: { ...hidden, ...Object.fromEntries(hashed.map((name) => [name, "masked" as const])) },
    masks: Object.fromEntries(hashed.map((name) => [name, { kind: "hash" } as const])),
    rowFilter,
    minGroupSize: pick([1, 1, 3]),
    grouping: null,
    salt: "somebody's",
  };
}

/** The first column of the key stands for people; some others span the cells. */
function groupsOnly({ columns, key }: ProductModel, pick: Pick): Rule {
  const [subject = ""] = key;
  const others = columns.filter(
    ({ name, logicalType }) => name !== subject && ["string", "integer", "date"].includes(logicalType),
  );
  const spanning = others.length === 0 ? [] : [pick(others), pick(others.toReversed())];
  const dimensions = [...new Set(spanning.map(({ name }) => name))];
  if (dimensions.length === 0) return ruleFor({ columns, key } as ProductModel, pick);
  const access = (name: string, logicalType: string) => {
    if (dimensions.includes(name)) return "clear";
    return name !== subject && ["integer", "number"].includes(logicalType) ? "aggregated" : "denied";
  };
  return {
    columns: Object.fromEntries(columns.map(({ name, logicalType }) => [name, access(name, logicalType)])),
    masks: {},
    rowFilter: null,
    minGroupSize: 2,
    grouping: {
      subject,
      dimensions,
      types: Object.fromEntries(spanning.map(({ name, sqlType }) => [name, sqlType])),
    },
    salt: "somebody's",
  };
}

function hash(text: string): number {
  let value = 7;
  for (const letter of text) value = (value * 31 + letter.charCodeAt(0)) % 1_000_003;
  return value;
}

interface Answered {
  // biome-ignore lint/suspicious/noExplicitAny: the shape is that of a random question
  readonly data: any;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

async function ask(
  gateway: ReturnType<typeof createGateway>,
  query: string,
  { variables = {}, as }: { readonly variables?: object; readonly as?: string } = {},
): Promise<Answered> {
  const headers = { "content-type": "application/json", ...(as && { authorization: `Bearer ${as}` }) };
  const body = JSON.stringify({ query, variables });
  const response = await gateway.fetch("http://mesh.test/graphql", { method: "POST", headers, body });
  return (await response.json()) as Answered;
}

const literals: Literals = {
  String: ['"COS10001"', '"SIT202"', '"2026-T1"', '"a"', '"%"', '""', '"success"'],
  Int: ["0", "1", "3"],
  BigInt: ["0", "1", "40"],
  Float: ["0", "0.5", "-1"],
  Decimal: ['"0.5"', "0"],
  Boolean: ["true", "false"],
  Date: ['"2026-03-02"', '"2025-08-04"'],
  DateTime: ['"2026-03-01T10:00:00Z"', '"2026-10-02T00:00:00Z"'],
  Time: ['"09:30:00"'],
  Duration: ['"P12W"', '"P3Y"'],
  JSON: ["1"],
};

test.each([
  ["all domains are here", {}],
  ["one domain does not answer", { "platform-operations": "http://127.0.0.1:9/graphql" }],
] as readonly [string, Readonly<Record<string, string>>][])("%s", async (_, urls) => {
  const subgraphs = options.subgraphs.map(({ subgraph }) => {
    const url = urls[subgraph.domain];
    return url === undefined ? { subgraph } : { subgraph, url };
  });
  const [planned, stitched] = [open({ subgraphs }), open({ subgraphs, plans: false, cacheBytes: 0 })];
  const roots = Object.keys(schema.getQueryType()?.getFields() ?? {}).filter((name) => isOfProduct(name));
  expect(roots.length).toBeGreaterThan(30);
  let answered = 0;
  const property = fc.asyncProperty(choices, fc.nat(5), async (stream, who) => {
    const { source, variables } = new OperationGenerator(schema, literals, pickFrom(stream)).operation(roots);
    const as = who === 0 ? "clear" : `some-${who}`;
    const query = withoutUnusedVariables(source);
    const wanted = { variables, as };
    const [expected, first] = await Promise.all([ask(stitched, query, wanted), ask(planned, query, wanted)]);
    const told = `${as}: ${query} ${JSON.stringify(variables)}`;
    expect(comparable(first), told).toEqual(comparable(expected));
    // From the cache, where it can be.
    expect(comparable(await ask(planned, query, wanted)), `again, ${told}`).toEqual(comparable(expected));
    if (expected.errors === undefined) answered += 1;
  });
  await fc.assert(property, { numRuns: Math.ceil(cases / 2), seed: 20261122, endOnFailure: true });
  expect(answered).toBeGreaterThan(cases / 20);
});

/** The generator declares all variables that it may use; a gateway refuses those that are not. */
function withoutUnusedVariables(source: string): string {
  const [, declared = "", rest = ""] = /^query \(([^)]*)\)([\s\S]*)$/.exec(source) ?? [];
  const used = declared.split(", ").filter((one) => rest.includes(/^\$\w+/.exec(one)?.[0] ?? "-"));
  return `query ${used.length === 0 ? "" : `(${used.join(", ")})`}${rest}`;
}

function isOfProduct(field: string): boolean {
  const fields = options.catalog.map(({ model }) => model.fieldName);
  return fields.some((name) => [name, `${name}ByKey`, `${name}Aggregate`].includes(field));
}

/** Sums of floats may differ in their last digits, by the order in which the engine's threads come. */
function comparable({ data, errors = [] }: Answered) {
  const rounded = JSON.stringify(data, (_, value) =>
    typeof value === "number" ? Number(value.toPrecision(12)) : value,
  );
  return { data: rounded, errors: new Set(errors.map(({ extensions }) => extensions?.code)) };
}
