import type { EventQueue } from "./event-queue.ts";
import { mayReport, type Wishes } from "./may-report.ts";
import { type Destination, type SendEffects, sendBatch } from "./send-batch.ts";
import { openSession, type Session, type SessionFacts } from "./session.ts";
import { type Consent, splitBatches, type TelemetryEvent } from "./telemetry-event.ts";

export interface TelemetryOptions extends Destination, Wishes {
  /** Who reports, as the event contract names it: `/splashkit/online`. */
  readonly source: string;
  /** Random, made once for this installation, and made anew when its user wishes. */
  readonly installId: string;
  readonly dataclassification?: "public" | "internal";
  readonly queue: EventQueue;
  readonly effects: TelemetryEffects;
  /** Time between sendings, milliseconds; 10 seconds unless given. */
  readonly sendEveryMs?: number;
  /** Told of every session that is opened. */
  readonly onSession?: (session: Session) => void;
}

export interface TelemetryEffects extends SendEffects {
  readonly randomId: () => string;
  /** 0 to 1. */
  readonly random: () => number;
  /** Calls once, later; returns what calls it off. Does not keep a process alive. */
  readonly schedule: (work: () => void, afterMs: number) => () => void;
}

/** Reports what a program counts. It does nothing, and keeps nothing, unless its user agreed. */
export interface Telemetry {
  /** Whether anything is reported. */
  readonly active: boolean;
  /** Puts an event into the queue; it is sent soon, or when there is a connection again. */
  report(type: string, data: Readonly<Record<string, unknown>>, sequence?: number): void;
  /** Counts calls in memory and reports their sums: at the start, every five minutes and at the end. */
  session(facts: SessionFacts): Session;
  /** Sends what waits, as far as it goes. @returns whether nothing waits any more */
  flush(): Promise<boolean>;
  /** What waits, for a beacon. */
  waiting(): readonly TelemetryEvent[];
  /** Sends nothing any more by itself; what waits stays in the queue. */
  close(): void;
}

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { consent } = options;
  return consent !== undefined && mayReport(options) ? new ActiveTelemetry(options, consent) : silent;
}

const silentSession: Session = {
  count: () => undefined,
  error: () => undefined,
  flush: () => undefined,
  end: () => undefined,
};

const silent: Telemetry = {
  active: false,
  report: () => undefined,
  session: () => silentSession,
  flush: async () => true,
  waiting: () => [],
  close: () => undefined,
};

const sendEveryMs = 10_000;
const longestPauseMs = 10 * 60_000;

class ActiveTelemetry implements Telemetry {
  readonly active = true;
  readonly #options: TelemetryOptions;
  readonly #consent: Consent;
  #cancel: (() => void) | undefined;
  /** Epoch ms; counts while something is planned. */
  #plannedFor = 0;
  #sending = Promise.resolve(true);
  /** How often in a row nothing could be sent. */
  #failures = 0;
  /** Epoch ms; the server asked not to send before it. */
  #pausedUntil = 0;
  #closed = false;

  constructor(options: TelemetryOptions, consent: Consent) {
    this.#options = options;
    this.#consent = consent;
    if (options.queue.list().length > 0) this.#plan(0);
  }

  report(type: string, data: Readonly<Record<string, unknown>>, sequence = 0): void {
    const { source, installId, dataclassification = "internal", queue, effects } = this.#options;
    queue.add({
      specversion: "1.0",
      id: effects.randomId(),
      source,
      type,
      subject: installId,
      time: new Date(effects.now()).toISOString(),
      datacontenttype: "application/json",
      dataclassification,
      sequence: String(sequence).padStart(4, "0"),
      data: { ...data, consent: this.#consent },
    });
    this.#plan(this.#options.sendEveryMs ?? sendEveryMs);
  }

  session(facts: SessionFacts): Session {
    const { effects, installId } = this.#options;
    const report = (type: string, data: Readonly<Record<string, unknown>>, sequence: number) =>
      this.report(type, data, sequence);
    const session = openSession({ ...facts, installId, effects, report });
    this.#options.onSession?.(session);
    return session;
  }

  /** What comes while something is being sent is sent behind it. */
  flush(): Promise<boolean> {
    this.#sending = this.#sending.then(() => this.#sendAll());
    return this.#sending;
  }

  waiting(): readonly TelemetryEvent[] {
    return this.#options.queue.list();
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  async #sendAll(): Promise<boolean> {
    const { queue, effects } = this.#options;
    if (effects.now() < this.#pausedUntil) return queue.list().length === 0;
    const { batches, tooLarge } = splitBatches(queue.list());
    queue.remove(tooLarge.map(({ id }) => id));
    for (const batch of batches) {
      const sending = await sendBatch(batch, this.#options, effects);
      if (sending.kind === "again") {
        this.#wait(sending.afterMs);
        return false;
      }
      // What the collector refuses now it would refuse again.
      queue.remove(batch.map(({ id }) => id));
      this.#failures = 0;
    }
    return true;
  }

  /** Waits longer each time, and not everybody equally long, so that clients do not come back all at once. */
  #wait(askedMs: number | undefined): void {
    const { effects } = this.#options;
    this.#failures++;
    const backOff = Math.min(longestPauseMs, sendEveryMs * 2 ** (this.#failures - 1));
    const afterMs = askedMs ?? backOff * (0.5 + effects.random() / 2);
    this.#pausedUntil = effects.now() + afterMs;
    this.#plan(afterMs);
  }

  /** What is planned stays planned, unless it can be earlier: a program that reports all the time is heard too. */
  #plan(afterMs: number): void {
    if (this.#closed) return;
    const { effects } = this.#options;
    const at = Math.max(effects.now() + afterMs, this.#pausedUntil);
    if (this.#cancel !== undefined && this.#plannedFor <= at && this.#plannedFor >= this.#pausedUntil) return;
    this.#cancel?.();
    this.#plannedFor = at;
    this.#cancel = effects.schedule(() => {
      this.#cancel = undefined;
      void this.flush();
    }, at - effects.now());
  }
}
