import type { WebhookStore } from "@thoth/control/webhook-store";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import { type DeliveryParts, deliver } from "./deliver.ts";

export interface SenderOptions extends Omit<DeliveryParts, "signal"> {
  readonly store: WebhookStore;
  readonly log: ServerLog;
  /** Between two looks for what is due, milliseconds. */
  readonly everyMs: number;
}

/** Told when something may have been published: what is due is sent at once. */
export interface WebhookSender extends AsyncDisposable {
  look(): Promise<void>;
}

/** Deliveries that are under way at a time. */
const mostAtOnce = 10;

/**
 * Sends what is due until it is disposed. A delivery is noted as made only after its receiver has taken it, so what a crash
 * interrupts is made again.
 */
export function openWebhookSender(options: SenderOptions): WebhookSender {
  const { log, everyMs } = options;
  const stopping = new AbortController();
  let looking: Promise<void> | undefined;
  let reported = "";
  const look = (): Promise<void> => {
    if (stopping.signal.aborted) return Promise.resolve();
    looking ??= sendDue(options, stopping.signal)
      .then(() => {
        reported = "";
      })
      .catch((failure: unknown) => {
        const reason = String(failure);
        if (reason !== reported) log.error("webhooks cannot be looked after; they are tried again", { reason });
        reported = reason;
      })
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };
  const timer = setInterval(() => void look(), everyMs).unref();
  return {
    look,
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      stopping.abort();
      await looking;
    },
  };
}

async function sendDue(options: SenderOptions, signal: AbortSignal): Promise<void> {
  const { store, timeoutMs, log } = options;
  await store.enqueue();
  while (!signal.aborted) {
    const due = await store.claim(mostAtOnce, 3 * timeoutMs);
    if (due.length === 0) return;
    await Promise.all(
      due.map(async (delivery) => {
        const end = await deliver(delivery, { ...options, signal });
        // Who is stopped makes it again, and it is no failure.
        if (signal.aborted && end.state !== "delivered") return;
        await store.settle(delivery, end);
        if (end.state === "dead")
          log.error("a webhook was given up", { webhook: delivery.webhook.id, problem: end.problem });
      }),
    );
  }
}
