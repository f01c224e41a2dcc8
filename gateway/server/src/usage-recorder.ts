import { randomUUID } from "node:crypto";
import type { Decision } from "@thoth/access/decision";
import type { UsageBatch, UsageSink } from "@thoth/contract/impact/read-count";
import type { ProductModel } from "@thoth/contract/product-model";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import type { Subgraph, SubgraphContext } from "@thoth/subgraph/subgraph";
import type { GraphQLSchema } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { GatewayContext } from "./request-context.ts";
import { UsageDocuments, type UsedOperation } from "./usage-document.ts";
import { describeUsage } from "./usage-meaning.ts";
import { type Use as CountedUse, type Reader, UsageTally } from "./usage-tally.ts";

/** One operation that is answered, wherever its answer comes from. */
export interface Use extends UsedOperation {
  readonly contextValue: Pick<SubgraphContext, "principal" | "purpose" | "decide" | "now">;
}

/** Records who reads what. Disposing saves what has been counted. */
export interface UsageRecorder extends AsyncDisposable {
  /** Counts a valid operation; in memory, and never throws. */
  recordUse(use: Use): void;
  /** Counts a read of which everything is known; in memory. */
  recordRead(read: CountedUse): void;
  /** Saves what has been counted. What cannot be saved is kept and tried again, and the log told. */
  flush(): Promise<void>;
}

export interface UsageRecorderParts {
  readonly schema: GraphQLSchema;
  /** All domains, also those that other processes serve. */
  readonly subgraphs: readonly Subgraph[];
  readonly sink: UsageSink;
  readonly log: ServerLog;
  /** The way by which operations are asked; `graphql` when absent. */
  readonly port?: string | undefined;
  /** Known documents, where they are shared with others that want to know what operations read. */
  readonly documents?: UsageDocuments;
  /** Time between two writes, milliseconds; what a killed process has not saved is lost. */
  readonly everyMs?: number;
  /** Different uses that are kept apart in one hour. */
  readonly most?: number;
}

const defaultEveryMs = 10_000;
/** Longest wait for the last write, milliseconds. */
const lastWriteMs = 5_000;

export function openUsageRecorder(parts: UsageRecorderParts): UsageRecorder {
  const { schema, subgraphs, log, everyMs = defaultEveryMs } = parts;
  const documents = parts.documents ?? new UsageDocuments({ schema, meaning: describeUsage(subgraphs) });
  const onOverflow = () => log.error("more different uses in this hour than are kept apart; the rest count as many");
  const tally = new UsageTally({ onOverflow, ...(parts.most === undefined ? {} : { most: parts.most }) });
  const saver = new UsageSaver(tally, parts);
  const note = oncePerReason(log, "a use cannot be counted");
  const timer = setInterval(() => void saver.flush(), everyMs).unref();
  parts.sink.follow?.(() => saver.flush());
  return {
    recordUse: (use) => {
      try {
        const reads = documents.readsOf(use);
        if (reads.length > 0) tally.add(reads, readerOf(use, parts.port ?? "graphql"));
      } catch (failure) {
        note(failure);
      }
    },
    recordRead: (read) => tally.addUse(read),
    flush: () => saver.flush(),
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await saver.finish();
    },
  };
}

/**
 * Counts every operation that is executed; what is answered without being executed calls `recordUse` itself. Disposing
 * the server disposes the recorder.
 */
export function recordUses(recorder: UsageRecorder): Plugin<GatewayContext> {
  return {
    onExecute: ({ args }) => recorder.recordUse(args),
    onDispose: () => recorder[Symbol.asyncDispose](),
  };
}

function readerOf({ contextValue: { principal, purpose, decide, now } }: Use, port: string): Reader {
  const decisions = new Map<ProductModel, Decision>();
  const decisionOf = (product: ProductModel) => {
    const decision = decisions.get(product) ?? decide(product);
    decisions.set(product, decision);
    return decision;
  };
  return {
    principal,
    purpose,
    port,
    now,
    mayRead: (product, column) => {
      const { readable, columns } = decisionOf(product);
      return readable && (column === undefined || (columns[column] ?? "denied") !== "denied");
    },
  };
}

/** Brings batches to the sink one after another. One that fails is brought again before any other. */
class UsageSaver {
  readonly #tally: UsageTally;
  readonly #sink: UsageSink;
  readonly #log: ServerLog;
  readonly #note: (failure: unknown) => void;
  readonly #writer = randomUUID();
  #sequence = 0;
  #unsaved: UsageBatch | undefined;
  #writing: Promise<void> | undefined;

  constructor(tally: UsageTally, { sink, log }: Pick<UsageRecorderParts, "sink" | "log">) {
    this.#tally = tally;
    this.#sink = sink;
    this.#log = log;
    this.#note = oncePerReason(log, "what was read cannot be saved; it is kept and tried again");
  }

  /** Resolves when everything that was counted before the call is saved, or saving has failed. */
  async flush(): Promise<void> {
    await this.#writing;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  async finish(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, lastWriteMs);
    });
    await Promise.race([this.flush(), late]);
    clearTimeout(timer);
    const lost = [...(this.#unsaved?.counts ?? []), ...this.#tally.take()];
    const reads = lost.reduce((sum, count) => sum + count.reads, 0);
    if (reads > 0) this.#log.error("the last uses could not be saved", { reads });
  }

  /** What failed before, and what has been counted since. */
  async #write(): Promise<void> {
    if (this.#unsaved !== undefined) await this.#save(this.#unsaved);
    if (this.#unsaved !== undefined) return;
    const counts = this.#tally.take();
    if (counts.length > 0) await this.#save({ writer: this.#writer, sequence: ++this.#sequence, counts });
  }

  async #save(batch: UsageBatch): Promise<void> {
    this.#unsaved = batch;
    try {
      await this.#sink.save(batch);
      this.#unsaved = undefined;
      this.#note(undefined);
    } catch (failure) {
      this.#note(failure);
    }
  }
}

/** A failure that goes on is one line in the log. */
function oncePerReason(log: ServerLog, message: string): (failure: unknown) => void {
  let before: string | undefined;
  return (failure) => {
    const reason = failure === undefined ? undefined : failure instanceof Error ? failure.message : String(failure);
    if (reason !== undefined && reason !== before) log.error(message, { reason });
    before = reason;
  };
}
