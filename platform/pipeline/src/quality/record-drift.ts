import type { QualityResult } from "@thoth/control/quality-record";
import type { SourceDrift } from "@thoth/ingest/source-drift";

export interface DriftedStream {
  readonly runId: string;
  readonly domain: string;
  readonly source: string;
  readonly stream: string;
  /** Epoch ms. */
  readonly now: number;
}

/** One warning for each column of a source that is new, gone or of another type. */
export function recordDrift(
  { runId, domain, source, stream, now }: DriftedStream,
  drift: SourceDrift,
): QualityResult[] {
  const record = (name: string, says: string, measured: string, expected: string | null): QualityResult => ({
    runId,
    domain,
    product: null,
    contractVersion: null,
    checkId: `drift:${stream}:${name}`,
    kind: "drift",
    column: name,
    dimension: "consistency",
    severity: "warning",
    status: "failed",
    measured,
    expected,
    says: `${name} of ${source}/${stream} ${says}`,
    judgedAt: now,
  });
  return [
    ...drift.added.map(({ name, type, where }) => {
      const place = where === undefined ? "" : `, first seen in ${where}`;
      return record(name, `is new in the source${place}`, type ?? "there", "not there");
    }),
    ...drift.gone.map(({ name, type }) => record(name, "is gone from the source", "not there", type ?? "there")),
    ...drift.changed.map(({ name, before, after }) => record(name, "has another type in the source", after, before)),
  ];
}
