import type { Clock } from "@thoth/kernel/clock";
import { accessFiles, FollowedList } from "./access-files.ts";
import { type Agreement, isFor } from "./agreement.ts";
import type { Principal } from "./decision.ts";
import { isAgreement, isServiceKey } from "./kept-entries.ts";
import type { ScramVerifier } from "./scram-verifier.ts";
import { findServiceKey, idOfServiceKey, isServiceKeyGood, type ServiceKey, serviceOf } from "./service-key.ts";
import { servicePrefix } from "./token-claims.ts";

/** Who may read what, and which machines have keys, as a process knows it. What changes counts here within a second. */
export interface AccessBook extends Disposable {
  /** Another number whenever something has changed. */
  readonly version: number;
  /** Every agreement that may count now or later, and some of those that have ended. */
  agreements(): readonly Agreement[];
  /** Those that are granted to this consumer for any major version of the product, in force or not yet or no more. */
  agreementsFor(principal: Principal, productId: string): readonly Agreement[];
  /** @returns the key that this text is, also one that is not good any more */
  findKey(text: string): ServiceKey | undefined;
  /**
   * For a login by SCRAM-SHA-256. A user is the name of a machine, or `mk_` and the id of one of its keys; the newest key
   * counts for the name, so that an older one needs its id once there is another.
   * @returns undefined when there is no key that is good now
   */
  scramVerifier(user: string): ScramLogin | undefined;
  /** A machine as each of its keys that are good now lets it ask; none when it has no such key. @param name `service:grades` */
  servicesNamed(name: string): readonly Principal[];
  /** Tells of every change, within a second of it. @returns ends that */
  changed(listener: () => void): () => void;
  /** Looks for changes now, rather than within a quarter of a second. */
  look(): void;
}

export interface ScramLogin extends ScramVerifier {
  /** Who has logged in, when the password was right. */
  readonly principal: Principal;
  readonly keyId: string;
}

export interface AccessBookOptions {
  readonly home: string;
  readonly clock: Clock;
  /** Told once of each state of the files that cannot be read. Until there is another, nobody is allowed anything. */
  readonly onTrouble: (failure: Error) => void;
  /** Between two looks that nobody asks for, milliseconds; a quarter of a second unless given. */
  readonly pollMs?: number;
}

/** Time between two looks at the files, milliseconds. */
const lookEveryMs = 250;

export function openAccessBook({ home, clock, onTrouble, pollMs = lookEveryMs }: AccessBookOptions): AccessBook {
  const files = accessFiles(home);
  const troubles: Error[] = [];
  const note = (failure: unknown) => void troubles.push(failure as Error);
  const agreements = new FollowedList({
    file: files.agreements,
    name: "agreements",
    isEntry: isAgreement,
    onTrouble: note,
  });
  const keys = new FollowedList({ file: files.keys, name: "keys", isEntry: isServiceKey, onTrouble: note });
  const listeners = new Set<() => void>();
  let version = 0;
  let lookedAt = Number.NaN;
  let byProduct: ReadonlyMap<string, readonly Agreement[]> = new Map();
  let byId: ReadonlyMap<string, ServiceKey> = new Map();
  const look = () => {
    lookedAt = clock();
    const isOther = [agreements.follow(), keys.follow()].includes(true);
    if (!isOther) return;
    version++;
    [byProduct, byId] = [new Map(), new Map()];
    byProduct = Map.groupBy(
      agreements.entries.filter(({ status }) => status === "granted"),
      ({ product }) => product,
    );
    byId = new Map(keys.entries.map((key) => [key.id, key]));
    for (const listener of listeners) attempt(listener, note);
    // Told last: whatever is done about it, what is not allowed any more is forgotten by then.
    for (const trouble of troubles.splice(0)) onTrouble(trouble);
  };
  /** Whoever asks looks too: a busy process may be late with its timers. */
  const follow = () => {
    if (!(Math.abs(clock() - lookedAt) < lookEveryMs)) look();
  };
  /** Who has just been given a key uses it at once. */
  const sought = <Found>(find: () => Found | undefined): Found | undefined => {
    follow();
    const found = find();
    if (found !== undefined) return found;
    look();
    return find();
  };
  look();
  const timer = setInterval(look, pollMs).unref();
  return {
    get version() {
      follow();
      return version;
    },
    agreements: () => {
      follow();
      return agreements.entries;
    },
    agreementsFor: (principal, productId) => {
      follow();
      return (byProduct.get(productId) ?? []).filter((one) => isFor(one, principal));
    },
    findKey: (text) => sought(() => findServiceKey(byId, text)),
    scramVerifier: (user) => sought(() => loginOf(user, [...byId.values()], clock())),
    servicesNamed: (name) => {
      follow();
      return servicesOf(name, [...byId.values()], clock());
    },
    changed: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    look,
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** One listener that fails keeps nothing from the others. */
function attempt(listener: () => void, onTrouble: (failure: unknown) => void): void {
  try {
    listener();
  } catch (failure) {
    onTrouble(failure);
  }
}

function servicesOf(name: string, keys: readonly ServiceKey[], now: number): readonly Principal[] {
  const good = keys.filter((key) => isServiceKeyGood(key, now));
  return good.map(serviceOf).filter((service) => service.name === name);
}

function loginOf(user: string, keys: readonly ServiceKey[], now: number): ScramLogin | undefined {
  const id = idOfServiceKey(user);
  const name = user.startsWith(servicePrefix) ? user.slice(servicePrefix.length) : user;
  const [key] = keys
    .filter((one) => isServiceKeyGood(one, now) && (id === undefined ? one.name === name : one.id === id))
    .toSorted((a, b) => b.createdAt - a.createdAt);
  return key === undefined ? undefined : { ...key.scram, principal: serviceOf(key), keyId: key.id };
}
