import { setTimeout as wait } from "node:timers/promises";
import { type DomainLock, type DomainLocks, openDomainLocks } from "@thoth/control/domain-locks";
import { controlError } from "@thoth/control/errors";
import type { Presence } from "@thoth/control/presence";
import { patientControl } from "@thoth/control/server-away";
import { type AbortScope, linkScope } from "@thoth/kernel/abort-scope";
import { timeOrderedId } from "@thoth/kernel/ids";
import type { Mesh } from "./mesh.ts";

/** The right to write some domains; what is not freed before is freed when it is disposed. */
export interface DomainHold extends AsyncDisposable {
  /**
   * Follows the caller's, and aborts when a lock is lost (`control/lock-lost`) or this process has been out of the
   * control plane's sight for so long that it may be (`control/presence-lost`).
   */
  readonly signal: AbortSignal;
  /** What proves that a domain is still held. */
  lockOf(domain: string): DomainLock;
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
 * that two that want several never wait for each other. The lock of a worker that is out of sight is taken when it has
 * been so for its grace period, look for look.
 * @throws the signal's reason when it aborts
 */
export async function holdDomains(
  { control, clock }: Pick<Mesh, "control" | "clock">,
  domains: Iterable<string>,
  options: HoldOptions,
): Promise<DomainHold> {
  const { presence } = control;
  const locks = openDomainLocks(patientControl(control, options.signal), clock);
  // As long as this process lives, a lock that it has not given back is nobody else's.
  const lasting = openDomainLocks(patientControl(control, neverAborted), clock);
  const holder = timeOrderedId(clock());
  const held = new Map<string, DomainLock>();
  await using taking = new AsyncDisposableStack();
  const scope = taking.use(linkScope(options.signal));
  const giveBack = (domain: string, abandoned?: number) =>
    saidInTime(lasting.free(domain, holder, abandoned), scope.signal);
  const free = async (domain: string) => {
    if (held.delete(domain)) await giveBack(domain);
  };
  taking.use(watchLocks(presence, { scope, isLost: async () => (await locks.lost([...held.values()]))[0] }));
  taking.defer(async () => {
    for (const domain of [...held.keys()]) await free(domain);
  });
  for (const domain of [...domains].sort()) {
    held.set(domain, await takeLock({ ...locks, giveBack }, { domain, holder, graceMs: presence.graceMs }, options));
  }
  const resources = taking.move();
  return {
    signal: scope.signal,
    lockOf: (domain) => {
      const lock = held.get(domain);
      if (lock === undefined) throw new Error(`${domain} is not held`);
      return lock;
    },
    free,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

interface Taking extends DomainLocks {
  readonly giveBack: (domain: string, abandoned?: number) => Promise<void>;
}

async function takeLock(
  locks: Taking,
  { domain, holder, graceMs }: { domain: string; holder: string; graceMs: number },
  { signal, onWait }: HoldOptions,
): Promise<DomainLock> {
  let absent = { token: 0, looks: 0 };
  for (let tries = 0; ; tries++) {
    const abandoned = absent.looks * lookAgainMs > graceMs ? absent.token : undefined;
    const answer = await locks.take(domain, holder, abandoned).catch(async (failure) => {
      // It may have been taken, or be taken later, and the answer is lost.
      await locks.giveBack(domain, abandoned);
      throw failure;
    });
    if (answer.kind === "taken") return answer.lock;
    const { token } = answer;
    absent = { token, looks: answer.absent ? (token === absent.token ? absent.looks + 1 : 1) : 0 };
    if (tries === 0) onWait?.(domain);
    await wait(lookAgainMs, undefined, { signal }).catch(async () => {
      // A question whose answer was lost may have been asked again, and be answered twice.
      await locks.giveBack(domain, abandoned);
      signal.throwIfAborted();
    });
  }
}

const neverAborted = new AbortController().signal;

/** How long whoever has lost its right, or is stopped, waits until it has given back a lock, milliseconds. */
const longestFarewellMs = 1_000;

/** What a server that is away cannot be told now is told when it is back, if this process is there still: else it is free anyway. */
async function saidInTime(saying: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: overdue, resolve } = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  const hurry = () => {
    timer = setTimeout(resolve, longestFarewellMs);
  };
  if (signal.aborted) hurry();
  else signal.addEventListener("abort", hurry, { once: true });
  try {
    await Promise.race([saying, overdue]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", hurry);
    saying.catch(() => undefined);
  }
}

interface Watched {
  readonly scope: AbortScope;
  readonly isLost: () => Promise<DomainLock | undefined>;
}

/** Ends the work when its right is lost; each step that counts proves it anyway, and this spares the others. */
function watchLocks(presence: Presence, { scope, isLost }: Watched): Disposable {
  const lookForLost = async () => {
    const lost = await isLost();
    if (lost !== undefined) scope.abort(controlError["lock-lost"]({ domain: lost.domain }));
  };
  return presence.watch((change) => {
    if (change === "overdue") scope.abort(controlError["presence-lost"]({ seconds: presence.graceMs / 1000 }));
    // A server that is gone again is noticed as such; there is nothing to learn from it now.
    if (change === "back") lookForLost().catch(() => undefined);
  });
}
