import { anonymous, type Principal } from "@thoth/access/decision";
import { consumerOf, networkOf } from "../consumer.ts";
import { gatewayError } from "../errors.ts";

export interface ConnectionLimits {
  /** That have signed in. */
  readonly connections: number;
  /** Of those, by `anonymous`: the rest is for who is known. */
  readonly anonymousConnections: number;
  /** Of those, by one reader; `anonymous` is another one at each address. */
  readonly readerConnections: number;
  /** Of those, from one address. */
  readonly addressConnections: number;
  /** That have not signed in yet, from one address and in all. */
  readonly pending: { readonly address: number; readonly all: number };
}

/** A connection that has not signed in yet. */
interface Pending extends Disposable {
  readonly network: string;
  readonly sendAway: (reason: Error) => void;
}

/** Who has how many connections open, so that nobody takes those of others. */
export class ConnectionShares {
  readonly #limits: ConnectionLimits;
  readonly #open = new Map<string, number>();
  /** The oldest first. */
  readonly #pending = new Set<Pending>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /**
   * Counts a connection until it has signed in. Where there are too many, from there or in all, the oldest of them goes:
   * whoever is served is through in less time than whoever only holds a place.
   * @param address as the socket gives it
   * @param sendAway told why
   * @returns what ends that
   */
  knock(address: string, sendAway: Pending["sendAway"]): Disposable {
    const network = networkOf(address);
    const { pending } = this.#limits;
    const there = [...this.#pending].filter((other) => other.network === network);
    if (there.length >= pending.address) sendOldestAway(there, pending.address, ` from ${network}`);
    const all = [...this.#pending];
    if (all.length >= pending.all) sendOldestAway(all, pending.all, "");
    const knocking: Pending = { network, sendAway, [Symbol.dispose]: () => void this.#pending.delete(knocking) };
    this.#pending.add(knocking);
    return knocking;
  }

  /**
   * Counts a connection whose reader is known.
   * @returns what ends that
   * @throws MeshError `gateway/sql-too-many-connections`
   */
  admit(principal: Principal, address: string): Disposable {
    const network = networkOf(address);
    const { connections, anonymousConnections, readerConnections, addressConnections } = this.#limits;
    const shares: [string, number, string][] = [
      ["all", connections, ""],
      [`from ${network}`, addressConnections, ` from ${network}`],
      [`of ${consumerOf(principal, network)}`, readerConnections, ` of ${principal.name}`],
    ];
    if (principal.name === anonymous.name) shares.push(["anonymous", anonymousConnections, " of anonymous"]);
    for (const [share, limit, whose] of shares)
      if (this.#count(share) >= limit) throw gatewayError["sql-too-many-connections"]({ limit, whose });
    for (const [share] of shares) this.#open.set(share, this.#count(share) + 1);
    return { [Symbol.dispose]: () => shares.forEach(([share]) => void this.#leave(share)) };
  }

  #count(share: string): number {
    return this.#open.get(share) ?? 0;
  }

  #leave(share: string): void {
    const left = this.#count(share) - 1;
    if (left > 0) this.#open.set(share, left);
    else this.#open.delete(share);
  }
}

function sendOldestAway([oldest]: readonly Pending[], limit: number, where: string): void {
  oldest?.[Symbol.dispose]();
  const whose = `${where} that have not signed in`;
  oldest?.sendAway(gatewayError["sql-too-many-connections"]({ limit, whose }));
}
