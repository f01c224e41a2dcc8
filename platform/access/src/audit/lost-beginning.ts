import { existsSync } from "node:fs";
import { join } from "node:path";
import { firstAccessRecordAt } from "../access-records.ts";
import { auditDir, beginningOf, listChains, retentionName } from "./audit-files.ts";
import { auditKeyFile } from "./audit-trail.ts";

/** By how much a clock may have been wrong, milliseconds. */
const toleranceMs = 3_600_000;

/**
 * Whether a trail begins later than agreements or keys that its home has kept: no change of them counts before the trail was
 * told of it. So a trail is missed also when its key is gone with it, and after another one was begun in its place.
 */
export async function isBeginningLost(home: string): Promise<boolean> {
  const first = firstAccessRecordAt(home);
  const folder = auditDir(home);
  // What was old has been removed, and a signed note tells of that.
  if (first === undefined || existsSync(join(folder, retentionName))) return false;
  const [oldest] = await listChains(folder);
  if (oldest === undefined) return !existsSync(auditKeyFile(home));
  return first < (beginningOf(oldest.writer) ?? first) - toleranceMs;
}
