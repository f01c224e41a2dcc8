import { describeProduct } from "@thoth/contract/describe-product";
import type { ReadTarget } from "@thoth/contract/follow-link";
import { announcedEnd } from "@thoth/contract/lifecycle/describe-deprecation";
import { supersede } from "@thoth/contract/lifecycle/previous-major";
import { withOtherMajors } from "@thoth/contract/other-majors";
import { parseContract } from "@thoth/contract/parse-contract";
import type { ProductModel } from "@thoth/contract/product-model";
import { snakeCase } from "@thoth/kernel/names";
import type { MappedTable } from "@thoth/warehouse/mapped-table";

/** A product in the fewest words that still make a whole contract. */
export interface SmallProduct {
  /** `campus/courses` */
  readonly id: string;
  /** Name of the schema object: `course` gives the GraphQL type `Course`. */
  readonly object: string;
  /** Column → ODCS property without id and name; a text alone is its `logicalType`. */
  readonly columns: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;
  readonly key: readonly string[];
  /** GraphQL field → the product it leads to (`campus/courses`, `campus/courses@1.0.0`), and the columns that hold its key. */
  readonly relations?: Readonly<Record<string, { readonly to: string; readonly from: readonly string[] }>>;
  /** How far the data may lie behind, in hours; 24 unless given. */
  readonly latencyHours?: number;
  readonly tags?: readonly string[];
  /** Ids of the products it is made of. */
  readonly inputPorts?: readonly string[];
  /** SELECT that yields the columns; the engine casts them to the contract's types. Absent: never published. */
  readonly rows?: string;
  /** Of the contract; `1.0.0` unless given. */
  readonly version?: string;
  /** Further keys of the contract. */
  readonly contract?: Readonly<Record<string, unknown>>;
  /** The major version before, and the SELECT over this one's table that yields its columns. */
  readonly previous?: { readonly promised: SmallProduct; readonly sql: string };
}

export interface SmallContract {
  readonly product: SmallProduct;
  /** YAML, as a domain would have written it. */
  readonly text: string;
  readonly model: ProductModel;
  /** Served beside it. */
  readonly previous: readonly { readonly model: ProductModel; readonly mapped: MappedTable }[];
}

/** Writes the contracts of a few products that may refer to each other, and reads them as the mesh would. */
export function smallContracts(products: readonly SmallProduct[]): SmallContract[] {
  const all = products.flatMap((product) => [product, ...(product.previous ? [product.previous.promised] : [])]);
  const texts = new Map(all.map((product) => [fileOf(product), contractText(product, products)]));
  const readTarget: ReadTarget = (path) => parseContract(texts.get(atRoot(path)) ?? "", atRoot(path));
  const read = (product: SmallProduct) => {
    const file = fileOf(product);
    const text = texts.get(file) ?? "";
    const parsed = parseContract(text, file);
    return { text, parsed, model: describeProduct(parsed, { file, readTarget }) };
  };
  return products.map((product) => {
    const { text, parsed, model } = read(product);
    if (product.previous === undefined) return { product, text, model: { ...model, otherMajors: [] }, previous: [] };
    const { promised, sql } = product.previous;
    const earlier = read(promised).model;
    const announced = parsed.contract && announcedEnd(parsed.contract, earlier.major);
    const old = supersede(earlier, model, announced);
    const mapped = { table: old.tableName, query: { file: `v${old.major}.sql`, sql }, columns: old.columns };
    const [current = model, before = old] = withOtherMajors([model, old]);
    return { product, text, model: current, previous: [{ model: before, mapped }] };
  });
}

function fileOf({ id, version = "1.0.0" }: Pick<SmallProduct, "id" | "version">): string {
  return `contracts/published/${id}/${version}.odcs.yaml`;
}

function atRoot(path: string): string {
  return path.replace(/^(\.\.\/)+/, "");
}

/** JSON is YAML too. */
function contractText(product: SmallProduct, products: readonly SmallProduct[]): string {
  const [domain = "", name = ""] = product.id.split("/");
  const contract = {
    apiVersion: "v3.2.0",
    kind: "DataContract",
    id: product.id,
    name,
    domain,
    version: product.version ?? "1.0.0",
    status: "active",
    tags: product.tags ?? [],
    description: { purpose: `Why ${name} are kept.`, limitations: "Few rows.", usage: `Count ${name}.` },
    schema: [schemaObject(product, products)],
    slaProperties: [{ property: "latency", value: product.latencyHours ?? 24, unit: "h", driver: "operational" }],
    ...product.contract,
  };
  return `${JSON.stringify(contract, null, 2)}\n`;
}

function schemaObject({ id, object, columns, key, relations = {} }: SmallProduct, products: readonly SmallProduct[]) {
  return {
    id: object,
    name: object,
    physicalName: snakeCase(id.split("/")[1] ?? ""),
    physicalType: "table",
    logicalType: "object",
    description: `One row a ${object}.`,
    properties: Object.entries(columns).map(([name, column]) => property(name, column, key)),
    relationships: Object.entries(relations).map(([field, { to, from }]) => ({
      from: from.map((column) => `${object}.${column}`),
      to: keyReferences(to, products),
      customProperties: [{ property: "graphqlField", value: field }],
    })),
  };
}

function property(name: string, column: SmallProduct["columns"][string], key: readonly string[]) {
  const position = key.indexOf(name) + 1;
  return {
    id: name,
    name,
    description: `The ${name.replaceAll("_", " ")}.`,
    classification: "public",
    ...(position > 0 && { primaryKey: true, primaryKeyPosition: position, required: true }),
    ...(typeof column === "string" ? { logicalType: column } : column),
  };
}

function keyReferences(id: string, products: readonly SmallProduct[]): string[] {
  const [name, version] = id.split("@");
  const all = products.flatMap((product) => [product, ...(product.previous ? [product.previous.promised] : [])]);
  const target = all.find(
    (product) => product.id === name && (version === undefined || (product.version ?? "1.0.0") === version),
  );
  if (target === undefined)
    throw new Error(`no product ${id} among ${products.map((product) => product.id).join(", ")}`);
  return target.key.map((column) => `../../../../${fileOf(target)}#/schema/${target.object}/properties/${column}`);
}
