import { existsSync } from "node:fs";
import { join } from "node:path";
import { openKey } from "../signing-key.ts";
import type { ChainHead } from "./audit-chain.ts";
import {
  auditDir,
  type ChainFiles,
  headName,
  listChains,
  registerName,
  retentionName,
  segmentName,
} from "./audit-files.ts";
import { type AuditKey, auditKey, firstPrevious, openRecord, type SealedRecord } from "./audit-record.ts";
import { auditKeyFile } from "./audit-trail.ts";
import { type AuditFinding, ChainCheck } from "./chain-check.ts";
import { readRegister } from "./chain-register.ts";
import { type RemovedPart, readRetention } from "./retention-note.ts";
import { segmentLines } from "./segment-lines.ts";
import { type ReadNote, readNote } from "./signed-note.ts";

export interface AuditVerdict {
  readonly findings: readonly AuditFinding[];
  readonly chains: number;
  readonly records: number;
}

export interface VerifyOptions {
  /** 64 hexadecimal digits; absent: `keys/audit.key` of the home. */
  readonly key?: string;
  readonly signal?: AbortSignal;
}

/** Reads a home's trail from end to end; changes nothing, and may be asked while it is written. */
export async function verifyAuditTrail(home: string, { key, signal }: VerifyOptions = {}): Promise<AuditVerdict> {
  const folder = auditDir(home);
  const chains = await listChains(folder);
  const hasKey = existsSync(auditKeyFile(home));
  const hex = key ?? (hasKey ? await openKey(auditKeyFile(home)) : undefined);
  if (hex === undefined) return { findings: chains.length === 0 ? [] : [keyGone], chains: chains.length, records: 0 };
  // The key is made for the first record.
  if (
    hasKey &&
    !existsSync(join(folder, registerName)) &&
    !existsSync(join(folder, retentionName)) &&
    chains.length === 0
  )
    return { findings: [trailGone], chains: 0, records: 0 };
  return new Verifier(folder, auditKey(hex), signal).verify(chains);
}

const keyGone: AuditFinding = {
  fault: "wrong-key",
  file: "keys/audit.key",
  message: "the key of the trail is gone, so nothing in it can be verified",
};

const trailGone: AuditFinding = {
  fault: "chain-removed",
  file: registerName,
  message: "there is a key and nothing that was sealed with it: nothing could be written, or all of it is gone",
};

const registerGone: AuditFinding = {
  fault: "chain-removed",
  file: registerName,
  message: "the register of the newest chains is gone, so any of them may be, too",
};

class Verifier {
  readonly #folder: string;
  readonly #key: AuditKey;
  readonly #signal: AbortSignal | undefined;
  readonly #findings: AuditFinding[] = [];
  /** Chain → how it is known. */
  readonly #named = new Map<string, string>();
  /** Chain → sequence that it had come to when a later one was begun. */
  readonly #ends = new Map<string, number>();
  #hasRegister = false;
  #isRegisterMissing = false;
  #records = 0;

  constructor(folder: string, key: AuditKey, signal: AbortSignal | undefined) {
    this.#folder = folder;
    this.#key = key;
    this.#signal = signal;
  }

  async verify(chains: readonly ChainFiles[]): Promise<AuditVerdict> {
    const removed = await this.#removedParts();
    await this.#noteRegistered();
    for (const chain of chains) await this.#noteEnds(chain);
    for (const chain of chains) await this.#verifyChain(chain, removed.get(chain.writer));
    if (this.#isRegisterMissing) this.#findings.push(registerGone);
    // Looked up again: one that began meanwhile may be in the register and not in the list.
    const there = new Set((await listChains(this.#folder)).map(({ writer }) => writer));
    for (const [writer, by] of this.#named) {
      if (there.has(writer) || removed.has(writer)) continue;
      const message = `all of the chain ${writer} is gone; ${by}`;
      this.#findings.push({ fault: "chain-removed", file: segmentName(writer, 1), message });
    }
    return { findings: this.#findings, chains: chains.length, records: this.#records };
  }

  async #noteRegistered(): Promise<void> {
    const register = await readRegister(this.#folder, this.#key);
    this.#hasRegister = register.kind !== "absent";
    if (register.kind === "forged") this.#reportForged(register.keyId, registerName);
    if (register.kind !== "signed") return;
    for (const name of register.content.chains) this.#named.set(name, "the register has it");
  }

  async #noteEnds({ writer, segments }: ChainFiles): Promise<void> {
    if (segments[0] !== 1) return;
    for await (const { text } of segmentLines(join(this.#folder, segmentName(writer, 1)), this.#signal)) {
      const ends = openRecord(text, this.#key)?.ends ?? {};
      for (const [chain, sequence] of Object.entries(ends as Readonly<Record<string, number>>))
        this.#ends.set(chain, Math.max(sequence, this.#ends.get(chain) ?? 0));
      return;
    }
  }

  async #removedParts(): Promise<ReadonlyMap<string, RemovedPart>> {
    const note = await readRetention(this.#folder, this.#key);
    if (note.kind === "forged") this.#reportForged(note.keyId, retentionName);
    return new Map(note.kind === "signed" ? note.content.removed.map((part) => [part.chain, part]) : []);
  }

  /** The head is read first, so that a chain that grows meanwhile is never shorter than it says. */
  async #verifyChain(chain: ChainFiles, removed: RemovedPart | undefined): Promise<void> {
    const { writer } = chain;
    const head = await readNote<ChainHead>(join(this.#folder, headName(writer)), this.#key);
    const segments = await this.#segmentsOf(chain, removed?.segment ?? 0);
    const before = { sequence: removed?.sequence ?? 0, mac: removed?.mac ?? firstPrevious };
    const check = new ChainCheck(writer, before);
    const foreignKey = await this.#foreignKey(writer, segments, head);
    if (foreignKey !== undefined) {
      this.#reportForged(foreignKey, segmentName(writer, segments[0] ?? 1));
      return;
    }
    if (head.kind === "forged") this.#reportForged(undefined, headName(writer));
    let expected = (removed?.segment ?? 0) + 1;
    let end = { file: segmentName(writer, segments.at(-1) ?? expected), line: 1 };
    for (const number of segments) {
      this.#reportMissing(writer, expected, number);
      end = await this.#readSegment(check, segmentName(writer, number), number === segments.at(-1));
      expected = number + 1;
    }
    const last = head.kind === "signed" ? head.content : undefined;
    if (last !== undefined) this.#reportMissing(writer, expected, last.segment + 1);
    const known = Math.max(last?.sequence ?? 0, this.#ends.get(writer) ?? 0);
    this.#findings.push(...check.finish(known, end));
    if (head.kind === "absent" && !check.isClosed && segments.length > 0) {
      const message = "the chain has neither an end nor a head: what its process wrote last is gone, or its head is";
      this.#findings.push({ fault: "cut-tail", ...end, message });
    }
  }

  /** Without those that a removal which was cut off has left. A chain with a head may have grown meanwhile. */
  async #segmentsOf(chain: ChainFiles, removed: number): Promise<number[]> {
    const { writer, hasHead } = chain;
    const now = hasHead ? (await listChains(this.#folder)).find((one) => one.writer === writer) : chain;
    return (now?.segments ?? []).filter((number) => number > removed);
  }

  async #readSegment(check: ChainCheck, file: string, isLast: boolean) {
    let end = { file, line: 1 };
    for await (const { text, line, whole } of segmentLines(join(this.#folder, file), this.#signal)) {
      const place = { file, line };
      const record = openRecord(text, this.#key);
      end = { file, line: line + 1 };
      if (record !== undefined) {
        this.#records += 1;
        check.addSealed(record, place);
        if (record.event === "opened") this.#noteOpened(record);
      } else if (!whole && isLast && !check.isClosed) {
        const message = "the last record was not finished: its process was killed, or is writing it now";
        this.#findings.push({ fault: "torn", ...place, message });
        end = place;
      } else check.addUnsealed(place);
    }
    return end;
  }

  /** The id of the key that sealed a chain, when it is not the one that is here. */
  async #foreignKey(
    writer: string,
    segments: readonly number[],
    head: ReadNote<ChainHead>,
  ): Promise<string | undefined> {
    const [first] = segments;
    if (first === undefined) return head.kind === "forged" ? head.keyId : undefined;
    for await (const { text } of segmentLines(join(this.#folder, segmentName(writer, first)), this.#signal)) {
      const keyId = /"event":"opened","key":"([0-9a-f]{16})"/.exec(text)?.[1] ?? this.#key.id;
      return keyId === this.#key.id ? undefined : keyId;
    }
    return undefined;
  }

  #noteOpened({ writer, follows, registered }: SealedRecord): void {
    this.#isRegisterMissing ||= registered === true && !this.#hasRegister;
    for (const name of Array.isArray(follows) ? follows : [])
      this.#named.set(String(name), `${writer} was begun after it`);
  }

  #reportMissing(writer: string, expected: number, number: number): void {
    for (let missing = expected; missing < number; missing += 1) {
      const file = segmentName(writer, missing);
      this.#findings.push({ fault: "segment-removed", file, message: "this segment is gone" });
    }
  }

  #reportForged(keyId: string | undefined, file: string): void {
    const other = keyId !== undefined && keyId !== this.#key.id;
    this.#findings.push(
      other
        ? { fault: "wrong-key", file, message: `it was sealed with the key ${keyId}; this home has ${this.#key.id}` }
        : { fault: "changed", file, message: "it is not as it was signed" },
    );
  }
}
