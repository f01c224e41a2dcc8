import type { FileOrder } from "@thoth/subgraph/file-plan";
import { gatewayError } from "../errors.ts";

export const fileFormats = ["json", "ndjson", "csv", "parquet", "arrow"] as const;
export type FileFormat = (typeof fileFormats)[number];

/** What an address below `/products` leads to. */
export type FileRoute =
  | { readonly kind: "catalog" }
  | ({ readonly kind: "product" } & ProductAddress)
  | ({ readonly kind: "contract" } & ProductAddress)
  | ({ readonly kind: "file"; readonly format: FileFormat } & ProductAddress);

export interface ProductAddress {
  /** `ontrack-learning/units` */
  readonly product: string;
  /** Undefined: the current one. */
  readonly major: number | undefined;
}

/** What the parameters of a file's address say. Columns go by the names of the contract. */
export interface FileParameters {
  readonly select: readonly string[] | undefined;
  /** JSON, as GraphQL's `where` of the product. */
  readonly where: unknown;
  readonly order: readonly FileOrder[] | undefined;
  readonly limit: number | undefined;
  readonly after: string | undefined;
  /** Id of a published state. */
  readonly snapshot: string | undefined;
  readonly purpose: string | undefined;
  readonly safe: boolean;
}

const name = "[a-z0-9]+(?:-[a-z0-9]+)*";
const address = new RegExp(`^/products/(${name}/${name})(?:/v([1-9][0-9]{0,3}))?(/contract|\\.[a-z]+)?$`);

/**
 * @param path as it came, still encoded: the names of products need no encoding, so what is encoded is none of them
 * @returns undefined when there is nothing of this kind
 */
export function parseRoute(path: string): FileRoute | undefined {
  if (path === "/products" || path === "/products/") return { kind: "catalog" };
  const [, product, version, rest] = address.exec(path) ?? [];
  if (product === undefined) return undefined;
  const at = { product, major: version === undefined ? undefined : Number(version) };
  if (rest === undefined) return { kind: "product", ...at };
  if (rest === "/contract") return { kind: "contract", ...at };
  const format = fileFormats.find((one) => rest === `.${one}`);
  return format === undefined ? undefined : { kind: "file", format, ...at };
}

const known = ["select", "where", "order", "limit", "after", "snapshot", "purpose", "safe"] as const;

/** @throws MeshError `gateway/unknown-parameter`, `gateway/bad-parameter` */
export function parseParameters(query: URLSearchParams, format: FileFormat): FileParameters {
  const allowed: readonly string[] = format === "csv" ? known : known.filter((each) => each !== "safe");
  for (const parameter of query.keys()) {
    if (!allowed.includes(parameter)) throw gatewayError["unknown-parameter"]({ parameter, known: allowed });
    if (query.getAll(parameter).length > 1) throw bad(parameter, "is given more than once");
  }
  const text = (parameter: (typeof known)[number]) => query.get(parameter) ?? undefined;
  return {
    select: names(text("select"), "select"),
    where: parseWhere(text("where")),
    order: names(text("order"), "order")?.map(parseTerm),
    limit: wholeNumber(text("limit")),
    after: text("after"),
    snapshot: text("snapshot"),
    purpose: text("purpose"),
    safe: parseFlag(text("safe")),
  };
}

function names(text: string | undefined, parameter: string): string[] | undefined {
  if (text === undefined) return undefined;
  const list = text.split(",").map((each) => each.trim());
  if (list.some((each) => each === "")) throw bad(parameter, "has an empty place in its list");
  return list;
}

function parseTerm(term: string): FileOrder {
  return term.startsWith("-") ? { column: term.slice(1), direction: "DESC" } : { column: term, direction: "ASC" };
}

function parseWhere(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw bad("where", "is not JSON", cause);
  }
}

/** More rows than any table has. */
const mostRows = 1_000_000_000_000;

function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,13}$/.test(text) && Number(text) <= mostRows) return Number(text);
  throw bad("limit", "is not a whole number of rows");
}

function parseFlag(text: string | undefined): boolean {
  if (text === undefined || text === "0") return false;
  if (text === "1") return true;
  throw bad("safe", "is neither 1 nor 0");
}

function bad(parameter: string, problem: string, cause?: unknown) {
  const context = { at: { path: parameter }, ...(cause === undefined ? {} : { cause }) };
  return gatewayError["bad-parameter"]({ parameter, problem }, context);
}
