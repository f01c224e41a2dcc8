import type { OtlpPart } from "./otlp-part.ts";
import type { ScopeRecords } from "./otlp-records.ts";
import {
  attributesOf,
  countOf,
  enumOf,
  integerOf,
  listOf,
  numberOf,
  type OtlpObject,
  OtlpRejection,
  objectOf,
  plainInteger,
  textOf,
  timeOf,
} from "./otlp-values.ts";

/** One record is one data point. */
export function* metricRecords(scope: OtlpPart): ScopeRecords {
  for (const metric of scope.inner("metrics")) {
    let isKnown = false;
    for (const kind of kinds)
      for (const data of metric.inner(kind)) {
        isKnown = true;
        const bytes = metric.ownBytes + data.ownBytes;
        for (const point of data.inner("dataPoints"))
          yield {
            bytes: bytes + point.ownBytes,
            compute: () => pointRecord({ metric: metric.own(), kind, data: data.own(), point: point.own() }),
          };
      }
    if (!isKnown) yield { bytes: 0, compute: refuseUnknownKind };
  }
}

function refuseUnknownKind(): never {
  throw new OtlpRejection("a metric has no data that is known here");
}

const kinds = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] as const;

interface Measured {
  readonly metric: OtlpObject;
  readonly kind: (typeof kinds)[number];
  readonly data: OtlpObject;
  readonly point: OtlpObject;
}

function pointRecord({ metric, kind, data, point }: Measured) {
  const name = textOf(metric, "name");
  if (name === undefined) throw new OtlpRejection("a metric has no name");
  const isSimple = kind === "gauge" || kind === "sum";
  return {
    name,
    unit: textOf(metric, "unit"),
    kind,
    // 1 delta, 2 cumulative
    temporality: kind === "gauge" || kind === "summary" ? undefined : enumOf(data, "aggregationTemporality", 2),
    is_monotonic: kind === "sum" ? data.isMonotonic === true : undefined,
    start_time: timeOf(point, "startTimeUnixNano"),
    time: timeOf(point, "timeUnixNano"),
    value: isSimple ? simpleValue(point) : undefined,
    count: isSimple ? undefined : (countOf(point, "count") ?? 0),
    sum: isSimple ? undefined : numberOf(point, "sum"),
    distribution: isSimple ? undefined : distributionOf(point, kind),
    attributes: attributesOf(point),
  };
}

function simpleValue(point: OtlpObject): number | null | undefined {
  const integer = integerOf(point, "asInt");
  return integer === undefined ? numberOf(point, "asDouble") : Number(integer);
}

/** A zero may be left out on the wire; it is the same as one that is there. */
function distributionOf(point: OtlpObject, kind: Measured["kind"]) {
  const ends = { min: numberOf(point, "min"), max: numberOf(point, "max") };
  if (kind === "summary") return { quantiles: listOf(point, "quantileValues").map(quantileOf) };
  if (kind === "histogram")
    return {
      ...ends,
      bucket_counts: scalarsOf(point, "bucketCounts", countOf),
      explicit_bounds: scalarsOf(point, "explicitBounds", numberOf),
    };
  return {
    ...ends,
    scale: plainInteger(integerOf(point, "scale")) ?? 0,
    zero_count: countOf(point, "zeroCount") ?? 0,
    positive: bucketsOf(objectOf(point.positive, "positive")),
    negative: bucketsOf(objectOf(point.negative, "negative")),
  };
}

function bucketsOf(buckets: OtlpObject) {
  return {
    offset: plainInteger(integerOf(buckets, "offset")) ?? 0,
    counts: scalarsOf(buckets, "bucketCounts", countOf),
  };
}

function quantileOf(value: OtlpObject) {
  return { quantile: numberOf(value, "quantile") ?? 0, value: numberOf(value, "value") ?? 0 };
}

function scalarsOf<Scalar>(
  owner: OtlpObject,
  field: string,
  read: (item: OtlpObject, field: string) => Scalar,
): Scalar[] {
  const list = owner[field] ?? [];
  if (!Array.isArray(list)) throw new OtlpRejection(`${field} is no list`);
  return list.map((item) => read({ [field]: item }, field));
}
