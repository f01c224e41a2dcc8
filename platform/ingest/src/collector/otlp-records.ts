import { hash } from "node:crypto";
import type { LogRecord } from "./event-log.ts";
import { logRecords } from "./otlp-logs.ts";
import { metricRecords } from "./otlp-metrics.ts";
import type { Signal } from "./otlp-signal.ts";
import { spanRecords } from "./otlp-spans.ts";
import { attributesOf, listOf, type OtlpObject, OtlpRejection, objectOf, textOf } from "./otlp-values.ts";

/** What a request holds: records to keep, and how many cannot be. */
export interface OtlpRecords {
  readonly records: readonly LogRecord[];
  readonly rejected: number;
  /** Why the first of them was rejected. */
  readonly reason?: string;
}

/** What a resource and a scope say about everything in them. */
export interface OtlpScope {
  readonly resource: OtlpObject;
  readonly scope: string | undefined;
  readonly scope_version: string | undefined;
}

/** Records of one scope, each computed when it is called, so that one that is wrong does not take others with it. */
export type ScopeRecords = Iterable<() => Readonly<Record<string, unknown>>>;

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
 * The records of an export request.
 * @throws OtlpUnreadable
 * @source OTLP 1.x: ExportLogsServiceRequest, ExportTraceServiceRequest, ExportMetricsServiceRequest
 */
export function otlpRecords(signal: Signal, request: OtlpObject, now: number): OtlpRecords {
  const { resources, scopes, records: recordsOf } = shapes[signal];
  const records: LogRecord[] = [];
  const seen = new Map<string, number>();
  let rejected = 0;
  let reason: string | undefined;
  for (const resource of listOf(request, resources)) {
    const attributes = attributesOf(objectOf(resource.resource, "resource"));
    for (const scope of listOf(resource, scopes)) {
      const shared = describeScope(attributes, scope);
      for (const compute of recordsOf(scope)) {
        try {
          records.push(nameRecord({ ...compute(), ...shared }, { signal, seen, now }));
        } catch (failure) {
          if (!(failure instanceof OtlpRejection)) throw failure;
          rejected++;
          reason ??= failure.message;
        }
      }
    }
  }
  return { records, rejected, ...(reason !== undefined && { reason }) };
}

function describeScope(resource: OtlpObject, owner: OtlpObject): OtlpScope {
  const scope = objectOf(owner.scope, "scope");
  return { resource, scope: textOf(scope, "name"), scope_version: textOf(scope, "version") };
}

/**
 * OTLP gives records no id, and clients send a request again when its answer was lost. So a record is named by what it says,
 * and by how often its request has said the same before.
 */
function nameRecord(
  record: Readonly<Record<string, unknown>>,
  { signal, seen, now }: { readonly signal: Signal; readonly seen: Map<string, number>; readonly now: number },
): LogRecord {
  const digest = hash("sha256", JSON.stringify(record), "base64url").slice(0, 22);
  const times = seen.get(digest) ?? 0;
  seen.set(digest, times + 1);
  const id = times === 0 ? digest : `${digest}.${times}`;
  return { id, source: sourceOfSignal(signal), recordedtime: new Date(now).toISOString(), ...record };
}
