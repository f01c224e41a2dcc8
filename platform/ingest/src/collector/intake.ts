import { join, relative, sep } from "node:path";
import type { Source } from "../connector.ts";
import { ingestError } from "../errors.ts";
import { type EventContract, readEventContract } from "./event-contract.ts";
import type { Signal } from "./otlp-signal.ts";

/** Says, on a stream, what the collector takes in for it. */
export type Intake =
  /** `contract`: an ODCS file relative to the domain's folder, whose one object describes the events. */
  { readonly kind: "cloud-events"; readonly contract: string } | { readonly kind: "otlp"; readonly signal: Signal };

/** As much of a domain as the collector needs. */
export interface CollectedDomain {
  readonly name: string;
  /** Absolute. */
  readonly dir: string;
  readonly sources: readonly Source[];
}

/** Where what comes in belongs. */
export interface IntakeStream {
  readonly domain: string;
  readonly stream: string;
}

export interface EventIntake extends IntakeStream {
  readonly contract: EventContract;
}

/** Who takes what: events by their type, signals by their kind. */
export interface Intakes {
  readonly events: ReadonlyMap<string, EventIntake>;
  readonly signals: ReadonlyMap<Signal, IntakeStream>;
}

/**
 * What the domains' streams take in.
 * @param root absolute root of the repository
 * @throws MeshError `ingest/intake-conflict` and those of `readEventContract`
 */
export function readIntakes(root: string, domains: readonly CollectedDomain[]): Intakes {
  const events = new Map<string, EventIntake>();
  const signals = new Map<Signal, IntakeStream>();
  for (const { intake, dir, ...place } of intakesOf(domains)) {
    if (intake.kind === "otlp") {
      claim(signals, intake.signal, place);
      continue;
    }
    const file = relative(root, join(dir, intake.contract)).split(sep).join("/");
    const contract = readEventContract(root, file);
    for (const type of contract.types) claim(events, type, { ...place, contract });
  }
  return { events, signals };
}

function intakesOf(domains: readonly CollectedDomain[]) {
  return domains.flatMap(({ name: domain, dir, sources }) =>
    sources
      .flatMap(({ streams }) => streams)
      .flatMap(({ name: stream, intake }) => (intake === undefined ? [] : [{ domain, dir, stream, intake }])),
  );
}

function claim<Name extends string, Place extends IntakeStream>(
  claims: Map<Name, Place>,
  what: Name,
  place: Place,
): void {
  const other = claims.get(what);
  if (other !== undefined && other.domain !== place.domain)
    throw ingestError["intake-conflict"]({ what, domains: [other.domain, place.domain] });
  claims.set(what, place);
}
