import { setTimeout as wait } from "node:timers/promises";
import { openDomainLocks } from "@thoth/control/domain-locks";
import { timeOrderedId } from "@thoth/kernel/ids";
import type { Mesh } from "./mesh.ts";

/** The right to write some domains; what is not freed before is freed when it is disposed. */
export interface DomainHold extends AsyncDisposable {
  free(domain: string): Promise<void>;
}

export interface HoldOptions {
  readonly signal: AbortSignal;
  /** Called once for each domain that has to be waited for. */
  readonly onWait?: (domain: string) => void;
}

/** Whoever holds a domain may be in another process, which cannot call us. Milliseconds. */
const lookAgainMs = 200;

/**
 * Waits until nobody else writes these domains. All are taken before anything begins, in the order of their names, so
 * that two that want several never wait for each other.
 * @throws the signal's reason when it aborts
 */
export async function holdDomains(
  { control, clock }: Pick<Mesh, "control" | "clock">,
  domains: Iterable<string>,
  { signal, onWait }: HoldOptions,
): Promise<DomainHold> {
  const locks = openDomainLocks(control, clock);
  const holder = timeOrderedId(clock());
  const held = new Set<string>();
  const free = async (domain: string) => {
    if (held.delete(domain)) await locks.free(domain, holder);
  };
  await using taking = new AsyncDisposableStack();
  taking.defer(async () => {
    for (const domain of [...held]) await free(domain);
  });
  for (const domain of [...domains].sort()) {
    for (let tries = 0; !(await locks.take(domain, holder)); tries++) {
      if (tries === 0) onWait?.(domain);
      await wait(lookAgainMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
    held.add(domain);
  }
  const taken = taking.move();
  return { free, [Symbol.asyncDispose]: () => taken.disposeAsync() };
}
