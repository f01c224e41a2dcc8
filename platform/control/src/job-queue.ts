import type { Clock } from "@thoth/kernel/clock";
import type { ControlHandle } from "./control-plane.ts";
import type { RunTrigger } from "./run.ts";

/** What is asked for: that a target runs. */
export interface JobRequest {
  /** `ontrack-learning` or `ontrack-learning/units` */
  readonly target: string;
  readonly trigger: RunTrigger;
  /** Counts from 1. */
  readonly attempt: number;
  /** The run that led to this one, such as the publish of a product that the target reads. */
  readonly parentRunId?: string;
  /** The run of the attempt before. */
  readonly retryOf?: string;
}

export interface QueuedJob {
  readonly jobId: string;
  readonly request: JobRequest;
  readonly state: "waiting" | "active";
  /** When it may begin, epoch ms. */
  readonly startAfter: number;
}

/** A job that nobody tries any more. */
export interface DeadJob {
  readonly jobId: string;
  readonly request: JobRequest;
  /** Epoch ms. */
  readonly since: number;
  readonly reason: string;
}

export interface SendOptions {
  /** Epoch ms; at once when absent. */
  readonly startAfter?: number;
  /** Sends it in this transaction. */
  readonly handle?: ControlHandle;
}

export interface WorkOptions {
  /** Jobs at a time in this process. */
  readonly concurrency: number;
  /** Seconds between two looks when nothing is sent from this process, 0.5 or more. */
  readonly pollSeconds: number;
  readonly clock: Clock;
}

/**
 * Runs one job. What it throws puts the job with the dead ones; a control plane that went away has it sent again.
 * @param dueAt since when it could have begun, epoch ms by the database's clock
 */
export type JobHandler = (jobId: string, request: JobRequest, dueAt: number) => Promise<void>;

/** Jobs that wait for a worker, in the control plane: as durable as the ledger, and open to every process on it. */
export interface JobQueue extends AsyncDisposable {
  /**
   * Puts a job in the queue. A target waits once only, however often it is asked for.
   * @returns undefined when it waits already
   */
  send(request: JobRequest, options?: SendOptions): Promise<string | undefined>;
  /**
   * Takes jobs until the queue is closed, or the returned resource is disposed, which waits for those under way. A job
   * is claimed before its handler is called, and the claim goes in the transaction that settles it.
   */
  work(handler: JobHandler, options: WorkOptions): Promise<AsyncDisposable>;
  /** Removes a job, whatever it is doing: the worker that had it is gone. */
  remove(jobId: string, options?: Pick<SendOptions, "handle">): Promise<void>;
  /** Puts a job that nobody works on any more with the dead ones. */
  bury(jobId: string, reason: string, options?: Pick<SendOptions, "handle">): Promise<void>;
  /** Forgets that a target is dead, for it has succeeded since. */
  forget(target: string): Promise<void>;
  /** Sends a dead job again, as a first attempt. @returns false when the target is not dead */
  revive(target: string): Promise<boolean>;
}

/** Why a job is not tried again. */
export class JobGaveUp extends Error {}

export interface JobQueueOptions {
  /** `send`: to put jobs in. `work`: to take them out as well, and to keep the queue's tables in order. */
  readonly role: "send" | "work";
  /** Told of what the queue cannot help; it goes on. */
  readonly onTrouble: (message: string) => void;
}
