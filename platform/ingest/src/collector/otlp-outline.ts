import type { Holding } from "./memory-budget.ts";
import type { Signal } from "./otlp-signal.ts";
import { OtlpTooLarge } from "./otlp-values.ts";
import type { MessageShape } from "./protobuf-wire.ts";

/** Where a message of an export lies in its body, and the messages in it, before any of them is read. */
export interface Outline {
  /** What it says itself: offsets in the body, begin and end by turns. */
  readonly own: readonly number[];
  /** Messages that lie in it, by the name of their field. */
  readonly inner: Inner;
  /** How its bytes are read, where they do not say it themselves. */
  readonly shape?: MessageShape;
}

export type Inner = { [field: string]: Outline[] };

/** A field that holds messages with an outline of their own. */
export interface Layer {
  readonly isList: boolean;
  /** What lies in them by the name of the field; absent for a record. */
  readonly layers?: Layers;
}

export type Layers = Readonly<Record<string, Layer>>;

const listOfAll = (layers: Layers): Layer => ({ isList: true, layers });
const records: Layer = { isList: true };
const points: Layer = { isList: false, layers: { dataPoints: records } };
const kinds = { gauge: points, sum: points, histogram: points, exponentialHistogram: points, summary: points };

/** What of an export is not read as a whole: from the request down to its records. */
export const exportLayers: Readonly<Record<Signal, Layers>> = {
  logs: { resourceLogs: listOfAll({ scopeLogs: listOfAll({ logRecords: records }) }) },
  traces: { resourceSpans: listOfAll({ scopeSpans: listOfAll({ spans: records }) }) },
  metrics: { resourceMetrics: listOfAll({ scopeMetrics: listOfAll({ metrics: listOfAll(kinds) }) }) },
};

/** Most records of one export. */
const mostRecords = 50_000;
/** Most messages that it may consist of: its records, and what they lie in. */
const mostParts = 4 * mostRecords;
/** What a message takes here while its export is answered, bytes of memory. */
const partBytes = 256;

/** Counts what an export consists of, as long as it is not too much. */
export class OutlineTally {
  readonly #holding: Pick<Holding, "take">;
  #records = 0;
  #parts = 0;

  constructor(holding: Pick<Holding, "take">) {
    this.#holding = holding;
  }

  get records(): number {
    return this.#records;
  }

  /** @throws OtlpTooLarge; MeshError `ingest/collector-overloaded` */
  add(isRecord: boolean): void {
    this.#parts++;
    if (isRecord) this.#records++;
    if (this.#records > mostRecords) throw new OtlpTooLarge(`An export has at most ${mostRecords} records`);
    if (this.#parts > mostParts)
      throw new OtlpTooLarge(`An export has at most ${mostParts} resources, scopes, metrics and records`);
    this.#holding.take(partBytes);
  }
}

/** Bytes that are looked at between two pauses. */
export const bytesAtATime = 256 * 1024;
