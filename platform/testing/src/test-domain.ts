import { snakeCase } from "@thoth/kernel/names";
import type { Schedule } from "@thoth/pipeline/orchestrate/schedule";

/** A whole domain in few words; `domainFiles` writes the folder that a team would have written. */
export interface TestDomain {
  readonly name: string;
  /** Stream → its CSV file: `<stream>.csv` in the sources folder lands in `raw.<stream>`. */
  readonly streams?: Readonly<Record<string, TestStream>>;
  /** Table → the text of `clean/<table>.sql`. */
  readonly clean?: Readonly<Record<string, string>>;
  readonly products?: Readonly<Record<string, TestProduct>>;
  readonly schedule?: Schedule;
  /** Further sources, as TypeScript expressions. */
  readonly sources?: readonly TestSource[];
}

export interface TestStream {
  /** Column → DuckDB type. */
  readonly columns: Readonly<Record<string, string>>;
  readonly eventTime?: string;
  readonly maxRejectedShare?: number;
  /** Streams of one name share a source; `files` unless given. */
  readonly source?: string;
}

export interface TestSource {
  /** `import { controlPlane } from "@thoth/ingest/control-plane"` */
  readonly imports: string;
  /** `controlPlane("mesh")` */
  readonly expression: string;
}

export interface TestProduct {
  /** The text of `product.sql`. */
  readonly sql: string;
  /** Column → ODCS property without id and name; a text alone is its `logicalType`. */
  readonly columns: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;
  readonly key: readonly string[];
  readonly inputPorts?: readonly string[];
  readonly schedule?: Schedule;
  /** Whether the contract is published as well, so that other domains can refer to it. */
  readonly published?: boolean;
  /** Of the contract; `1.0.0` unless given. */
  readonly version?: string;
  /** Quality rules of the whole object, as ODCS has them. */
  readonly quality?: readonly unknown[];
  /** Further keys of the contract. */
  readonly contract?: Readonly<Record<string, unknown>>;
  /** Major version → the text of `previous/v<N>.sql`, and the contract that was published of it. */
  readonly previous?: Readonly<Record<number, { readonly sql: string; readonly contract: PublishedProduct }>>;
}

/** What a contract says of a product. */
export type PublishedProduct = Omit<TestProduct, "sql" | "inputPorts" | "schedule" | "published" | "previous">;

/** Path relative to the domain's folder → content. */
export function domainFiles(domain: TestDomain): Record<string, string> {
  const files: Record<string, string> = {
    "package.json": JSON.stringify({ name: `@test/${domain.name}`, version: "0.1.0", type: "module" }),
    "domain.ts": definitionText(domain),
  };
  for (const [table, sql] of Object.entries(domain.clean ?? {})) files[`clean/${table}.sql`] = sql;
  for (const [name, product] of Object.entries(domain.products ?? {})) {
    files[`products/${name}/product.sql`] = product.sql;
    files[`products/${name}/contract.odcs.yaml`] = contractText(domain.name, name, product);
    for (const [major, { sql }] of Object.entries(product.previous ?? {}))
      files[`products/${name}/previous/v${major}.sql`] = sql;
  }
  return files;
}

/** Path relative to the repository → content: the published contracts, of earlier major versions as well. */
export function publishedFiles({ name: domain, products = {} }: TestDomain): Record<string, string> {
  const contracts = Object.entries(products).flatMap(([name, { previous = {}, published = false, ...product }]) =>
    [...Object.values(previous).map(({ contract }) => contract), ...(published ? [product] : [])].map((contract) => {
      const { version = "1.0.0" } = contract;
      return [`contracts/published/${domain}/${name}/${version}.odcs.yaml`, contractText(domain, name, contract)];
    }),
  );
  return Object.fromEntries(contracts);
}

/** A product's contract, one property a line, so that places in errors can be told apart. JSON is YAML too. */
export function contractText(domain: string, name: string, product: PublishedProduct): string {
  const contract = {
    apiVersion: "v3.2.0",
    kind: "DataContract",
    id: `${domain}/${name}`,
    name,
    domain,
    version: product.version ?? "1.0.0",
    status: "active",
    description: { purpose: `Why ${name} is kept.`, limitations: "Few rows.", usage: `Read ${name}.` },
    schema: [schemaObject(name, product)],
    slaProperties: [{ property: "latency", value: 1, unit: "d" }],
    ...product.contract,
  };
  return `${JSON.stringify(contract, null, 1)}\n`;
}

function schemaObject(name: string, { columns, key, quality }: PublishedProduct) {
  return {
    id: snakeCase(name),
    name: snakeCase(name),
    physicalName: snakeCase(name),
    physicalType: "table",
    logicalType: "object",
    description: `One row of ${name}.`,
    properties: Object.entries(columns).map(([column, property]) => propertyOf(column, property, key)),
    ...(quality && { quality }),
  };
}

function propertyOf(name: string, property: TestProduct["columns"][string], key: readonly string[]) {
  const position = key.indexOf(name) + 1;
  return {
    id: name,
    name,
    description: `The ${name}.`,
    classification: "public",
    ...(position > 0 && { primaryKey: true, primaryKeyPosition: position, required: true }),
    ...(typeof property === "string" ? { logicalType: property } : property),
  };
}

function definitionText({ name, streams = {}, products = {}, sources = [], schedule }: TestDomain): string {
  const bySource = Map.groupBy(Object.entries(streams), ([, stream]) => stream.source ?? "files");
  const written = [...bySource].map(([source, entries]) => {
    const list = entries.map(([stream, { columns, eventTime, maxRejectedShare }]) => {
      const options = { name: stream, files: `${stream}.csv`, mode: "replace", columns, eventTime, maxRejectedShare };
      return `csvFiles(${JSON.stringify(options)})`;
    });
    return `{ name: ${JSON.stringify(source)}, kind: "files", description: "Files.", streams: [${list.join(",\n    ")}] }`;
  });
  const listed = Object.entries(products).map(([product, { inputPorts, schedule: own }]) => {
    return { name: product, inputPorts, schedule: own };
  });
  const imports = [
    ...(written.length === 0 ? [] : ['import { csvFiles } from "@thoth/ingest/csv-files"']),
    'import { defineDomain } from "@thoth/pipeline/domain"',
    ...sources.map((source) => source.imports),
  ];
  return `${imports.map((line) => `${line};\n`).join("")}
export default defineDomain({
  name: ${JSON.stringify(name)},
  title: ${JSON.stringify(name)},
  description: "A domain of a test.",
  owner: "test team",
  stewards: [],
  sources: [${[...written, ...sources.map((source) => source.expression)].join(",\n    ")}],
  products: ${JSON.stringify(listed)},${schedule === undefined ? "" : `\n  schedule: ${JSON.stringify(schedule)},`}
});
`;
}
