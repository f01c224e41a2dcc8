import { join } from "node:path";
import type { Clock } from "@thoth/kernel/clock";
import { accessError } from "../errors.ts";
import { openKey } from "../signing-key.ts";
import { AuditChain } from "./audit-chain.ts";
import type { AuditEntry } from "./audit-entry.ts";
import { auditDir } from "./audit-files.ts";
import { AuditQueue, type QueuedEntry } from "./audit-queue.ts";
import { auditKey } from "./audit-record.ts";

/** Where every read and every refusal is written down. Disposing writes what is still in memory. */
export interface AuditTrail extends AsyncDisposable {
  /** Written within a second; never throws and never waits. */
  record(entry: AuditEntry): void;
  /**
   * Resolves when the entry is on disk.
   * @throws MeshError `access/audit-unavailable` when it cannot be written; it is not in the trail then
   */
  recorded(entry: AuditEntry): Promise<void>;
}

export interface AuditTrailOptions {
  readonly home: string;
  readonly clock: Clock;
  /** 64 hexadecimal digits; absent: `keys/audit.key` of the home, made when there is none. */
  readonly key?: string;
  readonly log: AuditLog;
  /** Size from which a new segment is begun, bytes. */
  readonly segmentBytes?: number;
}

export interface AuditLog {
  error(message: string, details?: Readonly<Record<string, unknown>>): void;
}

export function auditKeyFile(home: string): string {
  return join(home, "keys", "audit.key");
}

/** Opens nothing before there is something to write: a process that records nothing leaves nothing. */
export function openAuditTrail(options: AuditTrailOptions): AuditTrail {
  const writer = new TrailWriter(options);
  return {
    record: (entry) => writer.record(entry),
    recorded: (entry) => writer.recorded(entry),
    [Symbol.asyncDispose]: () => writer.close(),
  };
}

/** Between two writes of what nobody waits for, milliseconds. */
const writeEveryMs = 500;
/** Between two records of refusals that are only counted, milliseconds. */
const countEveryMs = 10_000;
/** Records sealed in one go: a few milliseconds of the event loop at most. */
const mostAtOnce = 500;

/** Brings entries to the chain in groups, one after another: who comes while one is being written is in the next. */
class TrailWriter {
  readonly #options: AuditTrailOptions;
  readonly #queue = new AuditQueue();
  #chain: Promise<AuditChain> | undefined;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #countTimer: NodeJS.Timeout | undefined;
  readonly #trouble: (failure: unknown) => string;
  readonly #headTrouble: (failure: unknown) => string;
  #isClosed = false;

  constructor(options: AuditTrailOptions) {
    this.#options = options;
    this.#trouble = oncePerReason(
      options,
      "the audit trail cannot be written; protected reads are refused until it can",
    );
    this.#headTrouble = oncePerReason(options, "how far the audit trail goes cannot be noted; its records are written");
  }

  record(entry: AuditEntry): void {
    const added = this.#isClosed ? "full" : this.#queue.add(entry);
    if (added === "queued") this.#timer ??= setTimeout(() => void this.#writeNow(), writeEveryMs).unref();
    if (added === "counted") this.#tellCounted();
  }

  recorded(entry: AuditEntry): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const added = this.#isClosed ? "full" : this.#queue.add(entry, { written: resolve, failed: reject });
    if (added === "full")
      return Promise.reject(
        accessError["audit-unavailable"]({ reason: this.#isClosed ? "it is closed" : "too much waits for the disk" }),
      );
    if (added === "queued") void this.#writeNow();
    else this.#tellCounted();
    return promise;
  }

  /** In a while; a write of something else brings them along. */
  #tellCounted(): void {
    this.#countTimer ??= setTimeout(() => void this.#writeNow(), countEveryMs).unref();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writeNow();
    // What was only counted while that was under way.
    await this.#writeNow();
    for (const timer of [this.#timer, this.#countTimer]) clearTimeout(timer);
    try {
      await (await this.#chain)?.close();
    } catch (failure) {
      this.#trouble(failure);
    }
  }

  #writeNow(): Promise<void> {
    for (const timer of [this.#timer, this.#countTimer]) clearTimeout(timer);
    this.#timer = undefined;
    this.#countTimer = undefined;
    this.#writing ??= this.#writeAll();
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    // Those who come in the same turn of the event loop share the first group.
    await new Promise(setImmediate);
    do {
      const group = this.#queue.take(mostAtOnce, (times) => this.#lostEntry(times));
      if (group.length === 0 || (await this.#write(group))) continue;
      this.#timer ??= setTimeout(() => void this.#writeNow(), writeEveryMs).unref();
      break;
    } while (!this.#queue.isEmpty);
    this.#writing = undefined;
  }

  async #write(group: readonly QueuedEntry[]): Promise<boolean> {
    try {
      const chain = await this.#open();
      await chain.append(group.map(({ content }) => content()));
      this.#trouble(undefined);
      for (const { written } of group.flatMap(({ waiting }) => waiting)) written();
      return true;
    } catch (cause) {
      const failure = accessError["audit-unavailable"]({ reason: this.#trouble(cause) }, { cause });
      this.#queue.putBack(group);
      for (const { failed } of group.flatMap(({ waiting }) => waiting)) failed(failure);
      return false;
    }
  }

  #open(): Promise<AuditChain> {
    this.#chain ??= this.#begin().catch((failure: unknown) => {
      this.#chain = undefined;
      throw failure;
    });
    return this.#chain;
  }

  async #begin(): Promise<AuditChain> {
    const { home, clock, key, segmentBytes } = this.#options;
    return new AuditChain({
      folder: auditDir(home),
      key: auditKey(key ?? (await openKey(auditKeyFile(home)))),
      clock,
      onHeadTrouble: (failure) => void this.#headTrouble(failure),
      ...(segmentBytes !== undefined && { segmentBytes }),
    });
  }

  #lostEntry(times: number): Readonly<Record<string, unknown>> {
    return { at: new Date(this.#options.clock()).toISOString(), event: "lost", times };
  }
}

/** A trouble that goes on is one line in the log; undefined ends it. */
function oncePerReason({ log, home }: AuditTrailOptions, message: string): (failure: unknown) => string {
  let before = "";
  return (failure) => {
    const reason = failure === undefined ? "" : ((failure as NodeJS.ErrnoException).code ?? (failure as Error).message);
    if (reason !== "" && reason !== before) log.error(message, { folder: auditDir(home), reason });
    before = reason;
    return reason;
  };
}
