import { qualifiedName } from "@thoth/warehouse/sql-text";
import type { Merge, MergedRows } from "./merge-rows.ts";

/**
 * Of some keys, makes the table's rows what they are to be, where a key may have many rows and equal ones: as many copies
 * of each row as there are to be. A changed row counts once as deleted and once as inserted. Reads `clean_next` and
 * `clean_old`.
 */
export async function mergeCopies({ engine, table, signal }: Merge): Promise<MergedRows> {
  const clean = qualifiedName("clean", table);
  const deleted = await engine.run(
    `DELETE FROM ${clean} WHERE rowid IN (SELECT old.position ${copies("RIGHT JOIN")} WHERE next.copy IS NULL)`,
    [],
    { signal },
  );
  const inserted = await engine.run(
    `INSERT INTO ${clean} SELECT unnest(next.content) ${copies("LEFT JOIN")} WHERE old.copy IS NULL`,
    [],
    { signal },
  );
  return { inserted, updated: 0, deleted };
}

function copies(join: string): string {
  const numbered = "row_number() OVER (PARTITION BY content) AS copy";
  return `FROM (SELECT content, ${numbered} FROM (SELECT "new row" AS content FROM temp.clean_next AS "new row")) AS next
${join} (SELECT content, position, ${numbered} FROM temp.clean_old) AS old
ON next.content IS NOT DISTINCT FROM old.content AND next.copy = old.copy`;
}
