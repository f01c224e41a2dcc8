import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { accessError } from "../errors.ts";
import { openKey } from "../signing-key.ts";
import { auditDir, type ChainFiles, headName, listChains, segmentName } from "./audit-files.ts";
import { type AuditKey, auditKey, openRecord, type SealedRecord } from "./audit-record.ts";
import { auditKeyFile } from "./audit-trail.ts";
import { type RemovedPart, readRetention, writeRetention } from "./retention-note.ts";
import { segmentLines } from "./segment-lines.ts";

export interface RetireOptions {
  readonly home: string;
  /** Epoch ms. Segments that were last written before go. */
  readonly before: number;
  /** Absolute folder to move them into; absent: they are deleted. */
  readonly archive?: string | undefined;
  readonly key?: string;
}

/**
 * Removes old segments, whole and from the old end of each chain. The signed note of it is written first, so that a
 * removal that was cut off is finished the next time and never looks like somebody else's.
 * A writer begins a segment every day, so what is older than a day is not written to any more.
 * @returns names of the segments that were removed
 * @throws MeshError `access/audit-damaged` when the note of earlier removals is not as it was signed
 */
export async function retireSegments({ home, before, archive, key }: RetireOptions): Promise<string[]> {
  const folder = auditDir(home);
  const chains = await listChains(folder);
  if (chains.length === 0) return [];
  const secret = auditKey(key ?? (await openKey(auditKeyFile(home))));
  const note = await readRetention(folder, secret);
  if (note.kind === "forged") throw accessError["audit-damaged"]({ folder });
  const parts = new Map((note.kind === "signed" ? note.content.removed : []).map((part) => [part.chain, part]));
  const leaving: Leaving[] = [];
  for (const chain of chains) {
    const found = await oldPart(folder, chain, { before, key: secret });
    if (found === undefined) continue;
    parts.set(chain.writer, found.part);
    leaving.push(found);
  }
  if (leaving.length === 0) return [];
  const named = await namedChains(folder, chains, leaving);
  const kept = [...parts.values()].filter(({ chain, whole }) => !whole || named.has(chain));
  await writeRetention(folder, { removed: kept }, secret);
  if (archive !== undefined) await mkdir(archive, { recursive: true, mode: 0o700 });
  const files = leaving.flatMap((one) => one.files);
  for (const file of files) await takeAway(join(folder, file), archive && join(archive, file));
  return files.filter((file) => file.endsWith(".ndjson"));
}

interface Leaving {
  readonly part: RemovedPart;
  readonly files: readonly string[];
}

async function oldPart(
  folder: string,
  { writer, segments, hasHead }: ChainFiles,
  { before, key }: { readonly before: number; readonly key: AuditKey },
): Promise<Leaving | undefined> {
  const old: number[] = [];
  for (const number of segments) {
    if ((await stat(join(folder, segmentName(writer, number)))).mtimeMs >= before) break;
    old.push(number);
  }
  const newest = old.at(-1);
  if (newest === undefined) return undefined;
  const last = await lastRecord(join(folder, segmentName(writer, newest)), key);
  // What is not as it was written is evidence, and stays.
  if (last === undefined) return undefined;
  const whole = old.length === segments.length;
  const part = { chain: writer, sequence: last.sequence, mac: last.mac, segment: newest, whole };
  const files = old.map((number) => segmentName(writer, number));
  // A process that still runs writes a new head with its next record.
  return { part, files: whole && hasHead ? [...files, headName(writer)] : files };
}

/** Chains that those which stay name, and those that are on their way out: their removal must be explained. */
async function namedChains(folder: string, chains: readonly ChainFiles[], leaving: readonly Leaving[]) {
  const named = new Set(leaving.map(({ part }) => part.chain));
  for (const { writer, segments } of chains) {
    if (segments[0] !== 1) continue;
    for (const name of await followsOf(join(folder, segmentName(writer, 1)))) named.add(name);
  }
  return named;
}

async function followsOf(path: string): Promise<readonly string[]> {
  for await (const { text } of segmentLines(path)) {
    const names = /"follows":(\[[^\]]*\])/.exec(text)?.[1];
    return names === undefined ? [] : (JSON.parse(names) as string[]);
  }
  return [];
}

async function lastRecord(path: string, key: AuditKey): Promise<SealedRecord | undefined> {
  let last: SealedRecord | undefined;
  for await (const { text, whole } of segmentLines(path)) {
    const record = openRecord(text, key);
    if (record === undefined && whole) return undefined;
    last = record ?? last;
  }
  return last;
}

async function takeAway(file: string, archived: string | undefined): Promise<void> {
  if (archived === undefined) await rm(file, { force: true });
  else await rename(file, archived);
}
