import { join } from "node:path";
import type { ProductModel } from "@thoth/contract/product-model";
import { timeOrderedId } from "@thoth/kernel/ids";
import { buildSubgraph } from "@thoth/subgraph/build-subgraph";
import type { GraphExtension } from "@thoth/subgraph/graph-extension";
import type { CatalogEntry } from "@thoth/subgraph/served-graph";
import type { Subgraph } from "@thoth/subgraph/subgraph";
import { writeSnapshot } from "@thoth/warehouse/publish-snapshot";
import { openReadSide, type ReadSide, type ReadSideOptions } from "@thoth/warehouse/read-side";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { snapshotFile } from "@thoth/warehouse/snapshot-store";
import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import { openWriteSide } from "@thoth/warehouse/write-side";
import { type SmallContract, type SmallProduct, smallContracts } from "./small-contract.ts";
import { tempDir } from "./temp-dir.ts";

/** Domains with published products, as a gateway finds them, without pipelines or control plane. */
export interface SmallMesh extends AsyncDisposable {
  readonly readSide: ReadSide;
  readonly snapshotDir: string;
  /** One a domain, in the order in which the products name them. */
  readonly subgraphs: readonly Subgraph[];
  readonly catalog: readonly CatalogEntry[];
  subgraph(domain: string): Subgraph;
  model(id: string): ProductModel;
  /** Publishes a snapshot with the rows of the SELECT and serves it. */
  publish(id: string, rows: string, times?: SnapshotTimes): Promise<Snapshot>;
}

/** Epoch ms. */
export interface SnapshotTimes {
  readonly publishedAt?: number;
  readonly watermark?: number | null;
}

export interface SmallMeshOptions {
  /** When everything is published, epoch ms. */
  readonly now: number;
  /** Makes the masks of texts; random when absent. */
  readonly maskKey?: string;
  /** Domain → what its `graph.ts` adds. */
  readonly extensions?: Readonly<Record<string, readonly GraphExtension[]>>;
  /** What the read side may use; the engine's own default when absent. */
  readonly limits?: Pick<ReadSideOptions, "memoryLimit" | "tmpDir" | "threads">;
}

/** `await using mesh = await openSmallMesh([{ id: "campus/courses", … }], { now })` */
export async function openSmallMesh(products: readonly SmallProduct[], options: SmallMeshOptions): Promise<SmallMesh> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir());
  const contracts = smallContracts(products);
  const [snapshotDir, tmpDir] = [join(dir.path, "snapshots"), join(dir.path, "tmp")];
  const engine = stack.use(
    await openWriteSide({ file: join(dir.path, "write.duckdb"), pseudonymKey: "a key for tests", tmpDir }),
  );
  const catalogs = [...new Set(contracts.map(({ model }) => model.catalogName))];
  const { maskKey, limits } = options;
  // However busy the machine of a test is, who asks has their turn.
  const readSide = stack.use(await openReadSide({ maxWaitMs: 600_000, ...limits, snapshotDir, catalogs, maskKey }));
  const find = (id: string) => contractOf(contracts, id);
  const publish: SmallMesh["publish"] = async (
    id,
    rows,
    { publishedAt = options.now, watermark = publishedAt } = {},
  ) => {
    const { model, previous } = find(id);
    const snapshot = { ...identity(model, publishedAt), watermark };
    const file = snapshotFile(snapshotDir, model.domain, model.product, snapshot.id);
    const content = {
      file,
      select: castColumns(model, rows),
      table: model.tableName,
      orderBy: model.key,
      key: model.key,
    };
    const written = { ...snapshot, ...(await writeSnapshot(engine, content)) };
    await readSide.attach(written, { table: model.tableName, mapped: previous.map(({ mapped }) => mapped) });
    return written;
  };
  for (const { product } of contracts) if (product.rows !== undefined) await publish(product.id, product.rows);
  const subgraphs = buildSubgraphs(contracts, options);
  const resources = stack.move();
  return {
    readSide,
    snapshotDir,
    subgraphs,
    catalog: contracts.map(catalogEntry),
    subgraph: (domain) => subgraphOf(subgraphs, domain),
    model: (id) => find(id).model,
    publish,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** One a domain, for a process that serves snapshots which another one has published. */
export function buildSubgraphs(
  contracts: readonly SmallContract[],
  { extensions = {} }: Pick<SmallMeshOptions, "extensions"> = {},
): Subgraph[] {
  const models = contracts.flatMap(({ model, previous }) => [model, ...previous.map((earlier) => earlier.model)]);
  return [...Map.groupBy(models, ({ domain }) => domain)].map(([domain, products]) => {
    const foreign = models.filter((model) => model.domain !== domain && products.some((own) => refersTo(own, model)));
    return buildSubgraph({ domain, products, foreign, extensions: extensions[domain] ?? [] });
  });
}

function refersTo({ relationships }: ProductModel, { domain, product, major }: ProductModel): boolean {
  return relationships.some(({ to }) => to.domain === domain && to.product === product && to.major === major);
}

function identity({ domain, product, version }: ProductModel, publishedAt: number) {
  const id = timeOrderedId(publishedAt);
  return { id, domain, product, contractVersion: version, publishedAt, runId: `run of ${id}` };
}

function castColumns({ columns }: ProductModel, rows: string): string {
  const casts = columns.map(
    ({ name, sqlType }) => `CAST(${quoteIdentifier(name)} AS ${sqlType}) AS ${quoteIdentifier(name)}`,
  );
  return `SELECT ${casts.join(", ")} FROM (${rows}\n)`;
}

export function catalogEntry({ model, text, product, previous }: SmallContract): CatalogEntry {
  return {
    model,
    previous: previous.map((earlier) => earlier.model),
    domainTitle: `The ${model.domain}`,
    owner: `${model.domain} team`,
    stewards: [`${model.domain} steward`],
    inputPorts: product.inputPorts ?? [],
    contractText: text,
  };
}

function contractOf(contracts: readonly SmallContract[], id: string): SmallContract {
  const found = contracts.find(({ product }) => product.id === id);
  if (found === undefined) throw new Error(`the small mesh has no product ${id}`);
  return found;
}

function subgraphOf(subgraphs: readonly Subgraph[], name: string): Subgraph {
  const found = subgraphs.find(({ domain }) => domain === name);
  if (found === undefined) throw new Error(`the small mesh has no domain ${name}`);
  return found;
}
