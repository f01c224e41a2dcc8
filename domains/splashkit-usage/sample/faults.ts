import type { Random } from "@thoth/testing/random";
import { dayMs, isoTime } from "./calendar.ts";
import type { RecordedEvent, TelemetryEvent } from "./telemetry-event.ts";

/** One kind of fault that the sample carries, and how often; `splashkit/faults.json` lists them for scoring checks. */
export interface PlantedFault {
  readonly id: string;
  readonly description: string;
  /** Verdict that `clean.received_events` should reach; absent for faults that nothing may refuse. */
  readonly verdict?: string;
  /** Rows of the files that carry it. */
  count: number;
  /** Where it is, relative to the sources folder. */
  readonly files: readonly string[];
}

export interface EventFaults {
  /** Damages the event, now and then, and adds the copies that a retried upload would. */
  plant(recorded: RecordedEvent): RecordedEvent[];
  readonly planted: readonly PlantedFault[];
}

interface EventFault {
  readonly id: string;
  readonly description: string;
  readonly verdict?: string;
  /** Share of events. */
  readonly share: number;
  applies(event: TelemetryEvent, recordedAt: number, asOf: number): boolean;
  apply(event: TelemetryEvent, recordedAt: number): void;
}

const always = () => true;
const hasCounts = ({ data }: TelemetryEvent) => Object.keys(data.counts ?? {}).length > 0;

const eventFaults: readonly EventFault[] = [
  {
    id: "consent-missing",
    description: "The event carries no consent.",
    verdict: "consent",
    share: 0.004,
    applies: always,
    apply: ({ data }) => delete data.consent,
  },
  {
    id: "consent-after-event",
    description: "Consent was granted a day after the event happened.",
    verdict: "consent",
    share: 0.002,
    applies: ({ data }) => data.consent !== undefined,
    apply: ({ data, time }) => {
      data.consent = { version: data.consent?.version ?? "1", granted_at: isoTime(Date.parse(time) + dayMs) };
    },
  },
  {
    id: "classification-above-internal",
    description: "The sender classified the event as confidential.",
    verdict: "classification",
    share: 0.002,
    applies: always,
    apply: (event) => {
      event.dataclassification = "confidential";
    },
  },
  {
    id: "classification-missing",
    description: "The sender did not classify the event.",
    verdict: "classification",
    share: 0.001,
    applies: always,
    apply: (event) => delete event.dataclassification,
  },
  {
    id: "clock-behind",
    description: "The computer's clock stood 400 days behind.",
    verdict: "clock",
    share: 0.002,
    applies: always,
    apply: (event) => {
      const at = Date.parse(event.time) - 400 * dayMs;
      event.time = isoTime(at);
      event.data.consent = { version: "1", granted_at: isoTime(at - dayMs) };
    },
  },
  {
    id: "clock-ahead",
    description: "The computer's clock ran two days ahead.",
    verdict: "clock",
    share: 0.001,
    applies: (_, recordedAt, asOf) => recordedAt + 2 * dayMs < asOf,
    apply: (event, recordedAt) => {
      event.time = isoTime(recordedAt + 2 * dayMs);
    },
  },
  {
    id: "counts-malformed",
    description: "A count is a word or negative.",
    verdict: "malformed",
    share: 0.001,
    applies: hasCounts,
    apply: ({ data, sequence }) => {
      const broken = sequence === "0001" ? "many" : -1;
      data.counts = { ...data.counts, [Object.keys(data.counts ?? {})[0] ?? ""]: broken };
    },
  },
  {
    id: "function-unknown",
    description: "The event counts a function that the catalogue does not list; its calls stay, as `unknown`.",
    share: 0.002,
    applies: hasCounts,
    apply: ({ data }) => {
      data.counts = { ...data.counts, draw_something_else: 3 };
    },
  },
];

const retryShare = 0.005;

export function eventFaultsOf(asOf: number, random: Random): EventFaults {
  const files = ["splashkit/events/**/*.ndjson"];
  const planted: PlantedFault[] = eventFaults.map(({ id, description, verdict }) => ({
    id,
    description,
    ...(verdict === undefined ? {} : { verdict }),
    count: 0,
    files,
  }));
  const retried: PlantedFault = {
    id: "upload-retried",
    description: "The event was sent again, with the same source and id and a later recorded time.",
    verdict: "duplicate",
    count: 0,
    files,
  };
  const plant = (recorded: RecordedEvent) => {
    damage(recorded, planted, asOf, random);
    const again = recorded.recordedAt + random.int(60_000, 36 * 60 * 60 * 1000);
    if (!random.chance(retryShare) || again > asOf) return [recorded];
    retried.count++;
    return [recorded, { event: { ...recorded.event, recordedtime: isoTime(again) }, recordedAt: again }];
  };
  return { plant, planted: [...planted, retried] };
}

/** At most one fault an event, so that the counts can be told apart again. */
function damage(recorded: RecordedEvent, planted: readonly PlantedFault[], asOf: number, random: Random): void {
  let rest = random.next();
  for (const [index, fault] of eventFaults.entries()) {
    rest -= fault.share;
    if (rest >= 0) continue;
    const tally = planted[index];
    if (tally === undefined || !fault.applies(recorded.event, recorded.recordedAt, asOf)) return;
    fault.apply(recorded.event, recorded.recordedAt);
    tally.count++;
    return;
  }
}
