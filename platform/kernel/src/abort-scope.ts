/** A signal that follows its parent and a deadline, and lets go of both when disposed. */
export interface AbortScope extends Disposable {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

/**
 * Links a new scope under a long-lived parent. `AbortSignal.any` keeps its listeners until the parent
 * is collected; a disposed scope leaves none behind.
 * @param deadlineMs milliseconds until the scope aborts with a `TimeoutError`; absent means no deadline
 */
export function linkScope(parent?: AbortSignal, deadlineMs?: number): AbortScope {
  const controller = new AbortController();
  const follow = () => controller.abort(parent?.reason);
  if (parent?.aborted) follow();
  else parent?.addEventListener("abort", follow, { once: true });
  const expire = () => controller.abort(new DOMException(`timed out after ${deadlineMs} ms`, "TimeoutError"));
  const timer = deadlineMs === undefined ? undefined : setTimeout(expire, deadlineMs);
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]() {
      clearTimeout(timer);
      parent?.removeEventListener("abort", follow);
    },
  };
}
