import { constants, copyFile, link, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, syncFolder } from "@thoth/kernel/replace-file";
import { accessError } from "../errors.ts";
import { openKey } from "../signing-key.ts";
import { auditDir, type ChainFiles, headName, listChains, segmentName } from "./audit-files.ts";
import { type AuditKey, auditKey, openRecord, type SealedRecord } from "./audit-record.ts";
import { auditKeyFile } from "./audit-trail.ts";
import { readRegister } from "./chain-register.ts";
import { type RemovedPart, readRetention, writeRetention } from "./retention-note.ts";
import { segmentLines } from "./segment-lines.ts";

export interface RetireOptions {
  readonly home: string;
  /** Epoch ms. Segments whose last record was sealed before go. */
  readonly before: number;
  /** Absolute folder to move them into; absent: they are deleted. */
  readonly archive?: string | undefined;
  readonly key?: string;
}

/**
 * Removes old segments, whole and from the old end of each chain. They lie in the archive before the signed note of their
 * removal is written, and that is before they go: a removal that was cut off is finished the next time, and never looks
 * like somebody else's.
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
  const register = await readRegister(folder, secret);
  for (const name of register.kind === "signed" ? register.content.chains : []) named.add(name);
  const kept = [...parts.values()].filter(({ chain, whole }) => !whole || named.has(chain));
  const files = leaving.flatMap((one) => one.files);
  if (archive !== undefined) await keepIn(archive, folder, files);
  await writeRetention(folder, { removed: kept }, secret);
  for (const file of files) await rm(join(folder, file), { force: true });
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
  const old: { readonly number: number; readonly last: SealedRecord }[] = [];
  for (const number of segments) {
    const last = await oldEnd(join(folder, segmentName(writer, number)), { before, key });
    if (last === undefined) break;
    old.push({ number, last });
  }
  const newest = old.at(-1);
  if (newest === undefined) return undefined;
  const { sequence, mac, at } = newest.last;
  const whole = old.length === segments.length;
  const part = { chain: writer, sequence, mac, segment: newest.number, until: String(at), whole };
  const files = old.map(({ number }) => segmentName(writer, number));
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

/**
 * The last record of a segment that is old. What the file system says of its time only spares reading the others: anybody
 * who can write there can set that, and the record's own time is sealed.
 * @returns undefined for one that is not, and for one that is not as it was written, which is evidence and stays
 */
async function oldEnd(
  path: string,
  { before, key }: { readonly before: number; readonly key: AuditKey },
): Promise<SealedRecord | undefined> {
  if ((await stat(path)).mtimeMs >= before) return undefined;
  const last = await lastRecord(path, key);
  return last !== undefined && Date.parse(String(last.at)) < before ? last : undefined;
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

async function keepIn(archive: string, folder: string, files: readonly string[]): Promise<void> {
  await makeFolder(archive, 0o700);
  for (const file of files) await keepFile(join(folder, file), join(archive, file));
  await syncFolder(archive);
}

/** Another name for the same file where that can be, else a copy, as on another disk. One that is there is as it should be. */
async function keepFile(file: string, kept: string): Promise<void> {
  try {
    await link(file, kept);
  } catch (failure) {
    const { code } = failure as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOENT") return;
    const draft = `${kept}.part`;
    await copyFile(file, draft, constants.COPYFILE_FICLONE);
    {
      await using handle = await open(draft, "r+");
      await handle.sync();
    }
    await rename(draft, kept);
  }
}
