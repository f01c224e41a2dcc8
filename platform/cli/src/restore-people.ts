import { type ProductState, presentPeople } from "@thoth/access/present-people";
import type { ProductModel } from "@thoth/contract/product-model";
import type { CurrentSnapshot, PastSnapshot } from "@thoth/control/snapshot-pointers";
import { timeOrderedId } from "@thoth/kernel/ids";
import { tableNameOf } from "@thoth/kernel/major-names";
import type { Mesh } from "@thoth/pipeline/mesh";
import { openSpillFolder } from "@thoth/warehouse/locked-engine";
import { attachStatement } from "@thoth/warehouse/open-engine";
import { type SnapshotWriter, writeSnapshot } from "@thoth/warehouse/publish-snapshot";
import { openScratchEngine } from "@thoth/warehouse/scratch-engine";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { snapshotFile, verifySnapshot } from "@thoth/warehouse/snapshot-store";
import { qualifiedName } from "@thoth/warehouse/sql-text";
import { cliError } from "./errors.ts";

/** Memory for copying one snapshot; what needs more is left on disk. */
const memoryLimit = "512MiB";

/**
 * Publishes an older state without people who are not known to agree any more, as a snapshot of its own.
 * @throws MeshError `cli/consent-unknown`; the product then serves what it served
 */
export async function restorePeople(
  mesh: Mesh,
  model: ProductModel,
  { chosen, newest }: { readonly chosen: PastSnapshot; readonly newest: PastSnapshot },
): Promise<CurrentSnapshot> {
  const { domain, product, tableName } = model;
  await refuseUnreadable(mesh, model, newest);
  await using stack = new AsyncDisposableStack();
  const tmpDir = await openSpillFolder(mesh.home.tmpDir, "restore-", stack);
  const engine = stack.use(await openScratchEngine({ tmpDir, memoryLimit }));
  const stateOf = (name: string, snapshot: Snapshot) => attached(engine, { name, snapshot, mesh, tableName });
  const states = { older: await stateOf("older", chosen), newest: await stateOf("newest", newest) };
  const select = presentPeople(model, states);
  if (select === undefined) throw unknown(model, "its states do not both have the columns that tell people apart");
  const publishedAt = mesh.clock();
  const id = timeOrderedId(publishedAt);
  const file = snapshotFile(mesh.home.snapshotsDir, domain, product, id);
  const written = await writeSnapshot(engine, { file, select, table: tableName, orderBy: model.key, key: model.key });
  const { contractVersion, watermark, runId } = chosen;
  const restoredFrom = chosen.restoredFrom ?? chosen.id;
  const names = { id, domain, product, contractVersion, runId, restoredFrom };
  return mesh.pointers.publish({ ...names, ...written, publishedAt, watermark });
}

async function refuseUnreadable(mesh: Mesh, model: ProductModel, newest: PastSnapshot): Promise<void> {
  const { domain, product, tableName } = model;
  if (tableNameOf(product, newest.contractVersion) !== tableName)
    throw unknown(model, `its newest state was published as version ${newest.contractVersion}`);
  if (newest.prunedAt !== null) throw unknown(model, "its newest state is not kept any more");
  try {
    await verifySnapshot(snapshotFile(mesh.home.snapshotsDir, domain, product, newest.id), tableName);
  } catch (cause) {
    throw unknown(model, "its newest state cannot be read", cause);
  }
}

function unknown({ id }: ProductModel, reason: string, cause?: unknown): Error {
  return cliError["consent-unknown"]({ product: id, reason }, cause === undefined ? {} : { cause });
}

interface Attaching {
  readonly name: string;
  readonly snapshot: Snapshot;
  readonly mesh: Mesh;
  readonly tableName: string;
}

async function attached(engine: SnapshotWriter, { name, snapshot, mesh, tableName }: Attaching): Promise<ProductState> {
  const { domain, product, id } = snapshot;
  const file = snapshotFile(mesh.home.snapshotsDir, domain, product, id);
  await engine.run(attachStatement(file, name, { read_only: true }));
  const table = qualifiedName(name, "main", tableName);
  const columns = await engine.query(`select column_name from (describe ${table})`);
  return { table, columns: new Set(columns.map(({ column_name }) => String(column_name))) };
}
