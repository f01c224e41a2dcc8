import type { WriteSide } from "@thoth/warehouse/write-side";
import { pipelineError } from "../errors.ts";
import type { Reconciliation } from "../quality/reconcile-clean.ts";
import { printSelect, type SelectNode } from "../quality/select-tree.ts";
import type { CleanKey, Maintained } from "./clean-shape.ts";
import { keyName, ofAffectedKeys, withKeys } from "./edit-select.ts";
import type { MergedRows } from "./merge-rows.ts";

export interface Merged extends MergedRows {
  /** Rows of the cleaned table before and after. */
  readonly before: number;
  readonly after: number;
  /** Rows of the driving table. */
  readonly landed: number;
}

/**
 * Counts again, in other ways than the merge did, what the cleaned table must hold now: as many rows as were there, less
 * those deleted, with those inserted; of the keys with new rows one each; and without keys as many as pass the query's
 * WHERE. The old rows of other keys were counted when they came. Inside the transaction of the merge.
 * @returns undefined where rows are left out by more than WHERE and copies
 * @throws MeshError `pipeline/counts-differ`
 */
export async function reconcileMerged(
  engine: WriteSide,
  table: string,
  shape: Maintained,
  merged: Merged,
): Promise<Reconciliation | undefined> {
  const { node, kind, layer, source, joined } = shape;
  const { before, after, inserted, deleted, landed } = merged;
  const refuse = (expected: number, found: number, how: string) => {
    if (expected !== found) throw pipelineError["counts-differ"]({ what: `clean.${table}`, expected, found, how });
  };
  refuse(before + inserted - deleted, after, `${before} before, ${inserted} inserted, ${deleted} deleted`);
  if (kind === "groups" || kind === "joined") return undefined;
  if (joined.length > 0) {
    if (isPlain(node)) await requireKeys(engine, shape, refuse);
    return undefined;
  }
  const passed = await countOf(engine, printSelect(engine, { ...node, ...plain }));
  const filtered = landed - passed;
  const name = `${layer}.${source}`;
  if (kind === "rows") refuse(passed, after, `${landed} in ${name}, ${filtered} left out`);
  if (kind === "latest") {
    if (!isPlain(node)) return undefined;
    await requireKeys(engine, shape, refuse);
  }
  return { source: name, landed, filtered, duplicates: passed - after, clean: after };
}

type Refuse = (expected: number, found: number, how: string) => void;

async function requireKeys(engine: WriteSide, shape: Maintained, refuse: Refuse): Promise<void> {
  const expected = await countOf(engine, keysThatPass(engine, shape));
  const found = await countRows(engine, "temp.clean_next");
  refuse(expected, found, `as many as keys of new rows in ${shape.layer}.${shape.source} that are not left out`);
}

const plain = { modifiers: [], qualify: null };

/** Whether nothing but the order decides which row of a key is kept. */
function isPlain({ qualify }: SelectNode): boolean {
  return (qualify as { type?: string } | null)?.type !== "CONJUNCTION_AND";
}

async function keysThatPass(engine: WriteSide, { node, keys }: Maintained): Promise<string> {
  const rows = await printSelect(engine, ofAffectedKeys(withKeys({ ...node, ...plain }, keys), keys));
  const names = keys.map((_: CleanKey, index) => `"${keyName(index)}"`);
  return `SELECT DISTINCT ${names.join(", ")} FROM (${rows})`;
}

async function countOf(engine: WriteSide, select: Promise<string>): Promise<number> {
  return countRows(engine, `(${await select})`);
}

async function countRows(engine: WriteSide, from: string): Promise<number> {
  const [row] = await engine.query(`SELECT count(*) AS count FROM ${from}`);
  return Number(row?.count);
}
