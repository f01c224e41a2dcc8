import { accessError } from "../errors.ts";
import { placeIn } from "./statement-place.ts";

/** Opened comments: the engine's time to read them grows with the square of their number. */
const mostComments = 200;

/**
 * What has to be judged by a statement's text, before the engine looks at it or because its tree does not tell.
 * @param most longest text, bytes
 * @throws MeshError `access/sql-too-large`, `access/sql-construct-refused`
 */
export function judgeText(sql: string, most: number): void {
  const size = Buffer.byteLength(sql, "utf8");
  if (size > most) throw accessError["sql-too-large"]({ what: `longer than ${most} bytes` });
  if (sql.split("/*").length > mostComments) {
    throw accessError["sql-too-large"]({ what: `one with more than ${mostComments} comments` });
  }
  const odd = /\0/.exec(sql) ?? (sql.isWellFormed() ? null : /[\ud800-\udfff]/.exec(sql));
  if (odd !== null) throw refusal(sql, odd.index, "A character that is no text");
  const repeated = notMaterialized(sql);
  if (repeated !== undefined) throw refusal(sql, repeated, "MATERIALIZED without AS before it");
}

function refusal(sql: string, index: number, what: string): Error {
  const at = placeIn(sql, Buffer.byteLength(sql.slice(0, index), "utf8"));
  return accessError["sql-construct-refused"]({ what }, { at });
}

// With it a few lines of WITH become more tables than the engine can ever plan. What is plain AS MATERIALIZED is none.
function notMaterialized(sql: string): number | undefined {
  const words = [...sql.matchAll(/(\bas\s+)?\bmaterialized\b/gi)];
  return words.find(([, as]) => as === undefined)?.index;
}
