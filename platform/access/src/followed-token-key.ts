import type { KeyObject } from "node:crypto";
import type { Clock } from "@thoth/kernel/clock";
import { accessError } from "./errors.ts";
import { lookAtFile, stampOf } from "./file-look.ts";
import { readTokenKey, tokenKeyFile } from "./signing-key.ts";

/** What verifies this mesh's tokens, as it is at each moment. */
export interface VerifyingKey {
  /** The same object for as long as it is the same key; undefined while there is none, and no token of this mesh is good. */
  readonly publicKey: KeyObject | undefined;
  /** Looks for a change now. */
  look(): void;
}

export interface FollowedKeyOptions {
  readonly home: string;
  readonly clock: Clock;
  /** Told once of each state of the file in which it is no key. */
  readonly onTrouble: (failure: Error) => void;
}

/** Time between two looks at the file, milliseconds. Whoever asks looks: without tokens it costs nothing. */
const lookEveryMs = 250;

/** The home's key as its file is: who removes or replaces it voids what it signed within a second, in every process. */
export function followTokenKey({ home, clock, onTrouble }: FollowedKeyOptions): VerifyingKey {
  const file = tokenKeyFile(home);
  let [stamp, lookedAt] = ["", Number.NaN];
  let publicKey: KeyObject | undefined;
  const look = () => {
    lookedAt = clock();
    const found = lookAtFile(file);
    if (stampOf(found) === stamp) return;
    stamp = stampOf(found);
    publicKey = undefined;
    try {
      if (found === undefined) throw accessError["signing-key-gone"]({ file }, { at: { file } });
      publicKey = readTokenKey(home).publicKey;
    } catch (failure) {
      onTrouble(failure as Error);
    }
  };
  look();
  return {
    get publicKey() {
      if (!(Math.abs(clock() - lookedAt) < lookEveryMs)) look();
      return publicKey;
    },
    look,
  };
}
