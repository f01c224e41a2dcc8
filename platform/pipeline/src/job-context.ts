import type { RunOutcome } from "@thoth/control/run";
import type { LogLevel } from "@thoth/control/run-log";
import type { StreamStates } from "@thoth/ingest/stream-state";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { Domain } from "./domain.ts";
import type { Mesh } from "./mesh.ts";
import type { TableStates } from "./table-states.ts";

/** A domain's write side while its jobs run, with what it knows about its own tables. Jobs of one domain run one after another. */
export interface Warehouse {
  readonly engine: WriteSide;
  /** How much memory the engine gave itself: `18.8 GiB`. */
  readonly ownMemory: string;
  readonly streams: StreamStates;
  readonly tables: TableStates;
}

/** What one job works with. */
export interface JobContext extends Warehouse {
  readonly mesh: Mesh;
  readonly domain: Domain;
  readonly runId: string;
  /** Load and compute everything again, whatever has been done before. */
  readonly full: boolean;
  readonly signal: AbortSignal;
  /** Adds a line to what `mesh runs show` tells of this run; never a value of a row. */
  readonly log: (level: LogLevel, message: string) => Promise<void>;
}

/** `partial`: rows were held back, as the contract or the stream allows. */
export type JobOutcome = Omit<RunOutcome, "status"> & { readonly status?: "partial" };

/** A failure together with the step it happened in. */
export class StepFailure extends Error {
  readonly step: string;

  constructor(step: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.step = step;
  }
}

/** Runs one step of a job and names it when it fails; of nested steps the innermost counts. */
export async function step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new StepFailure(name, cause);
  }
}
