import { join } from "node:path";
import { retentionName } from "./audit-files.ts";
import type { AuditKey } from "./audit-record.ts";
import { type ReadNote, readNote, writeNote } from "./signed-note.ts";

/** What was removed of one chain, from its old end. */
export interface RemovedPart {
  readonly chain: string;
  /** Of the last record that was removed. */
  readonly sequence: number;
  readonly mac: string;
  /** Number of the last segment that was removed. */
  readonly segment: number;
  /** When that was written, in ISO 8601. */
  readonly until?: string;
  /** Whether the chain was over: nothing of it is left. */
  readonly whole: boolean;
}

/** What was removed because it was old. Signed, so that nobody else's removal passes for it. */
export interface RetentionNote {
  readonly removed: readonly RemovedPart[];
}

export function readRetention(folder: string, key: AuditKey): Promise<ReadNote<RetentionNote>> {
  return readNote<RetentionNote>(join(folder, retentionName), key);
}

export function writeRetention(folder: string, note: RetentionNote, key: AuditKey): Promise<void> {
  return writeNote(join(folder, retentionName), note, key);
}
