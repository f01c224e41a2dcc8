import { readCurrentSnapshots, watchCurrentSnapshots } from "@thoth/warehouse/current-snapshots";
import type { Snapshot } from "@thoth/warehouse/snapshot";

/** What is current now, and again after each publish. */
export type SnapshotSource = (signal: AbortSignal) => AsyncIterable<readonly Snapshot[]>;

/**
 * Follows `<dir>/current.json`. What is replaced before it was asked for is left out in favour of what is newest.
 * @param onError told when the file cannot be read; the next change is waited for
 */
export function followedSnapshots(dir: string, onError: (error: unknown) => void): SnapshotSource {
  return async function* follow(signal) {
    let newest: readonly Snapshot[] | undefined = await readCurrentSnapshots(dir);
    let wake: (() => void) | undefined;
    const onChange = (snapshots: readonly Snapshot[]) => {
      newest = snapshots;
      wake?.();
    };
    signal.addEventListener("abort", () => wake?.(), { once: true });
    watchCurrentSnapshots(dir, onChange, { signal, onError });
    while (!signal.aborted) {
      if (newest === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const next = newest;
      newest = undefined;
      yield next;
    }
  };
}

/** A state that stays as it is. */
export function fixedSnapshots(snapshots: readonly Snapshot[]): SnapshotSource {
  return async function* fixed() {
    yield snapshots;
  };
}
