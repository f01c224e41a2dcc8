import type { FileSources } from "@thoth/subgraph/served-files";
import type { Snapshot } from "@thoth/warehouse/snapshot";

type ProductName = Pick<Snapshot, "domain" | "product">;

/** Published states of products that can still be read. */
export interface KeptStates {
  /** Told of what is current, each time that it is looked at. */
  see(current: Snapshot): void;
  /**
   * All that are kept; when that cannot be found out, those that this process knows of, if the wanted one is among them.
   * Whether its file is still there is found when it is opened.
   */
  of(product: ProductName, wanted: string): Promise<readonly Snapshot[]>;
}

/** Of one product; more than are ever kept. */
const mostKnown = 16;

/** @param ask whoever knows all of them; absent: only what has been current here is known */
export function keptStates(ask: FileSources["kept"]): KeptStates {
  const known = new Map<string, readonly Snapshot[]>();
  const nameOf = ({ domain, product }: ProductName) => `${domain}/${product}`;
  const see = (current: Snapshot) => {
    const before = known.get(nameOf(current)) ?? [];
    if (before[0]?.id === current.id) return;
    known.set(nameOf(current), [current, ...before.filter(({ id }) => id !== current.id)].slice(0, mostKnown));
  };
  return {
    see,
    of: async (product, wanted) => {
      const seen = known.get(nameOf(product)) ?? [];
      if (ask === undefined) return seen.slice(0, 1);
      try {
        const kept = await ask(product);
        known.set(nameOf(product), kept.slice(0, mostKnown));
        return kept;
      } catch (failure) {
        if (seen.some(({ id }) => id === wanted)) return seen;
        throw failure;
      }
    },
  };
}
