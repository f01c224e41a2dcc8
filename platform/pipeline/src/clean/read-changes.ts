import { countRows } from "@thoth/warehouse/row-changes";
import { qualifiedName } from "@thoth/warehouse/sql-text";
import type { CleanContext } from "./bring-up-to-date.ts";
import { findUnread, readBy, readFrom, type Unread } from "./change-log.ts";
import type { Maintained } from "./clean-shape.ts";

/** Joined tables of which a copy would take too much, but whose changes are kept: cleaned ones with more rows than the driving one. */
export async function followedByLog(
  { layer, source, joined }: Maintained,
  { engine }: CleanContext,
): Promise<ReadonlySet<number>> {
  const driving = await countRows(engine, qualifiedName(layer, source));
  const found = new Set<number>();
  for (const [index, { schema, table }] of joined.entries()) {
    if (schema === "clean" && (await countRows(engine, qualifiedName(schema, table))) > driving) found.add(index);
  }
  return found;
}

/** The cleaned tables have been read as they are now, and from now on what becomes of them is kept. */
export async function beginReading(
  reader: string,
  names: Iterable<string>,
  { engine, tables }: CleanContext,
): Promise<void> {
  for (const table of names) {
    const state = tables.of("clean", table);
    if (state !== undefined) await readFrom(engine, reader, { table, version: state.version });
  }
}

/** The same of all that are read already. */
export async function goOnReading(reader: string, context: CleanContext): Promise<void> {
  await beginReading(reader, await readBy(context.engine, reader), context);
}

/** @returns undefined where it is not on record */
export function findCleanChanges(
  reader: string,
  table: string,
  { engine, tables }: CleanContext,
): Promise<Unread | undefined> {
  return findUnread(engine, reader, { table, version: tables.of("clean", table)?.version });
}
