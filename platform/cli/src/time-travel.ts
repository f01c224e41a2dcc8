import { notYet } from "@thoth/access/secured-sql/offers";
import { readDate } from "@thoth/contract/lifecycle/written-date";
import type { PastSnapshot } from "@thoth/control/snapshot-pointers";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { type Command, usage } from "./command.ts";
import type { CommandInput } from "./command-input.ts";
import type { KeptSnapshots } from "./desk-call.ts";
import { cliError } from "./errors.ts";
import { isoTime } from "./iso-times.ts";

/** Which states of products are asked, other than the current ones. Instants are epoch ms. */
export interface Journey {
  /** Every product as it was then. */
  readonly at: number | undefined;
  /** Product → the id of a snapshot, or an instant: `ontrack-learning/units`. */
  readonly products: ReadonlyMap<string, string | number>;
}

/** The states that a journey leads to. */
export interface Chosen {
  readonly snapshots: readonly Snapshot[];
  /** Why there is none of any other product. */
  readonly absent: (product: string) => string;
}

export const journeyOptions = {
  snapshot: {
    type: "string",
    value: "<domain/product>=<id or time>",
    multiple: true,
    description: "An older state of a product; mesh snapshots lists them. Can be given several times.",
  },
  at: { type: "string", value: "<time>", description: "Every product as it was then: 2026-03-02T09:00:00Z." },
} as const;

/** @returns undefined when the current state is asked @throws MeshError `cli/usage` */
export function parseJourney(input: CommandInput, command: Command, now: number): Journey | undefined {
  const instant = (text: string, option: string) => {
    const at = readDate(text);
    if (at === undefined) throw usage(command, `--${option} takes a time such as 2026-03-02T09:00:00Z, not ${text}`);
    if (at > now) throw usage(command, `--${option} ${text} lies in the future`);
    return at;
  };
  const products = input.texts("snapshot").map((text) => {
    const [, product = "", wanted = ""] = /^([^=/]+\/[^=/]+)=(.+)$/.exec(text) ?? [];
    if (product === "") throw usage(command, `--snapshot takes domain/product=<id or time>, not ${text}`);
    return [product, /^\d{4}-\d\d-\d\d/.test(wanted) ? instant(wanted, "snapshot") : wanted] as const;
  });
  const twice = products.find(([product], index) => products.findIndex(([other]) => other === product) < index);
  if (twice !== undefined) throw usage(command, `--snapshot is given twice for ${twice[0]}`);
  const at = input.text("at");
  if (at === undefined && products.length === 0) return undefined;
  return { at: at === undefined ? undefined : instant(at, "at"), products: new Map(products) };
}

/** The instants that have to be looked up, in order. */
export function instantsOf({ at, products }: Journey): number[] {
  const named = [...products.values()].filter((wanted) => typeof wanted === "number");
  return [...new Set([...(at === undefined ? [] : [at]), ...named])];
}

/**
 * @param known as asked for with `instantsOf(journey)`
 * @param all of the mesh: `ontrack-learning/units`
 * @throws MeshError `cli/unknown-product`, `cli/no-such-snapshot` with those that are kept
 */
export function chooseSnapshots(journey: Journey, known: KeptSnapshots, all: readonly string[]): Chosen {
  const instants = instantsOf(journey);
  const servedAt = (instant: number) => known.served[instants.indexOf(instant)] ?? [];
  const own = (product: string) => known.kept.filter((one) => nameOf(one) === product);
  const named = [...journey.products].map(([product, wanted]) => {
    if (!all.includes(product)) throw cliError["unknown-product"]({ name: product, known: all });
    const found =
      typeof wanted === "string"
        ? own(product).find(({ id }) => id === wanted)
        : servedAt(wanted).find((one) => nameOf(one) === product && one.prunedAt === null);
    if (found !== undefined) return found;
    const says = typeof wanted === "string" ? wanted : isoTime(wanted);
    throw cliError["no-such-snapshot"]({ product, wanted: says, kept: own(product).map(describe) });
  });
  const { at } = journey;
  const others = at === undefined ? known.kept.filter(({ current }) => current) : servedAt(at);
  const rest = others.filter((one) => !journey.products.has(nameOf(one)));
  return {
    snapshots: [...named, ...rest.filter(({ prunedAt }) => prunedAt === null)],
    absent: (product) => {
      if (at === undefined) return notYet(product);
      const gone = rest.find((one) => nameOf(one) === product);
      const kept = own(product).map(describe).join("; ") || "none";
      return gone === undefined
        ? `It was first published after ${isoTime(at)}. Kept: ${kept}.`
        : `Snapshot ${gone.id}, which it served at ${isoTime(at)}, is not kept any more. Kept: ${kept}.`;
    },
  };
}

function describe({ id, publishedAt, current }: PastSnapshot): string {
  return `${id} of ${isoTime(publishedAt)}${current ? " (served now)" : ""}`;
}

function nameOf({ domain, product }: PastSnapshot): string {
  return `${domain}/${product}`;
}
