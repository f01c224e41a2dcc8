import { hash, randomUUID } from "node:crypto";
import type { LogRecord } from "./event-log.ts";
import { logRecords } from "./otlp-logs.ts";
import { metricRecords } from "./otlp-metrics.ts";
import { largestRecord, type OtlpPart, tooLarge } from "./otlp-part.ts";
import type { Signal } from "./otlp-signal.ts";
import { spanRecords } from "./otlp-spans.ts";
import { attributesOf, type OtlpObject, OtlpRejection, OtlpUnreadable, objectOf, textOf } from "./otlp-values.ts";

/** One record of an export: what is kept of it, or why it cannot be. */
export type OtlpRecord = ReadRecord & {
  /** That had to be read for it, at most. */
  readonly bytes: number;
};

type ReadRecord =
  | { readonly record: LogRecord }
  /** `problem`: in words for whoever sent it. */
  | { readonly problem: string };

/** Records of one scope, each computed when it is called, so that one that is wrong does not take others with it. */
export type ScopeRecords = Iterable<ScopeRecord>;

export interface ScopeRecord {
  /** As sent, with what its metric says. */
  readonly bytes: number;
  /** @throws OtlpRejection, OtlpUnreadable */
  readonly compute: () => OtlpObject;
}

const shapes = {
  logs: { resources: "resourceLogs", scopes: "scopeLogs", records: logRecords },
  traces: { resources: "resourceSpans", scopes: "scopeSpans", records: spanRecords },
  metrics: { resources: "resourceMetrics", scopes: "scopeMetrics", records: metricRecords },
} as const;

/** What records of a signal carry as their source; keys are made for it. */
export function sourceOfSignal(signal: Signal): string {
  return `/otlp/${signal}`;
}

/**
 * The records of an export, one at a time.
 * @param now epoch ms
 * @source OTLP 1.x: ExportLogsServiceRequest, ExportTraceServiceRequest, ExportMetricsServiceRequest
 */
export function* otlpRecords(signal: Signal, request: OtlpPart, now: number): Generator<OtlpRecord, void, void> {
  const naming = { signal, seen: new Map<string, number>(), now, receipt: randomUUID() };
  let described: { readonly scope: OtlpPart; readonly says: OtlpObject } | undefined;
  for (const { compute, bytes, resource, scope } of scopeRecords(signal, request)) {
    const read = readRecord(() => {
      if (described?.scope !== scope) described = { scope, says: describeScope(resource, scope) };
      return nameRecord({ ...compute(), ...described.says }, naming);
    });
    yield { ...read, bytes: bytes + resource.ownBytes + scope.ownBytes };
  }
}

/** What all records take together, each with its resource and scope; bytes as sent. */
export function spreadBytes(signal: Signal, request: OtlpPart): number {
  let sum = 0;
  for (const { bytes, resource, scope } of scopeRecords(signal, request))
    sum += bytes + resource.ownBytes + scope.ownBytes;
  return sum;
}

interface PlacedRecord extends ScopeRecord {
  readonly resource: OtlpPart;
  readonly scope: OtlpPart;
}

function* scopeRecords(signal: Signal, request: OtlpPart): Generator<PlacedRecord, void, void> {
  const { resources, scopes, records } = shapes[signal];
  for (const resource of request.inner(resources))
    for (const scope of resource.inner(scopes))
      for (const record of records(scope)) yield { ...record, resource, scope };
}

function readRecord(compute: () => LogRecord): ReadRecord {
  try {
    return { record: compute() };
  } catch (failure) {
    if (failure instanceof OtlpRejection || failure instanceof OtlpUnreadable) return { problem: failure.message };
    throw failure;
  }
}

/** What a resource and a scope say about everything in them. */
function describeScope(resource: OtlpPart, owner: OtlpPart): OtlpObject {
  const scope = objectOf(owner.own().scope, "scope");
  return {
    resource: attributesOf(objectOf(resource.own().resource, "resource")),
    scope: textOf(scope, "name"),
    scope_version: textOf(scope, "version"),
  };
}

interface Naming {
  readonly signal: Signal;
  readonly seen: Map<string, number>;
  readonly now: number;
  /** Of this request alone. */
  readonly receipt: string;
}

/**
 * OTLP gives records no id, and clients send a request again when its answer was lost. So a record is named by what it says,
 * and by how often its request has said the same before. What says no time may well happen twice: it is never taken for
 * something that is known, since what is kept twice can be found and what is lost cannot.
 */
function nameRecord(record: OtlpObject, { signal, seen, now, receipt }: Naming): LogRecord {
  const json = JSON.stringify(record);
  if (Buffer.byteLength(json) > largestRecord) throw tooLarge();
  const said = record.time === undefined ? `${receipt} ${json}` : json;
  const digest = hash("sha256", said, "base64url").slice(0, 22);
  const times = seen.get(digest) ?? 0;
  seen.set(digest, times + 1);
  const id = times === 0 ? digest : `${digest}.${times}`;
  return { id, source: sourceOfSignal(signal), recordedtime: new Date(now).toISOString(), ...record };
}
