import type { PromiseModel } from "../product-model.ts";

/** What of an SLO follows from a promise. */
export interface ServiceLevel {
  /** `At most 48 hours behind` */
  readonly title: string;
  readonly indicator: object;
  readonly budgetingMethod: "Occurrences" | "Timeslices";
  readonly objective: object;
}

/**
 * A contract promises without saying how often the promise may be missed, and OpenSLO allows no target of 100 %:
 * where the promise is no share itself, this is the share of time, or of cases, in which it holds.
 */
const usualTarget = 0.99;

/** Undefined for promises that are not measured from day to day, such as retention, and for values that are no measure. */
export function serviceLevel(promise: PromiseModel, product: string): ServiceLevel | undefined {
  const measure = measures[promise.property];
  return measure?.(promise, { product, ...(promise.element !== undefined && { element: promise.element }) });
}

interface About {
  readonly product: string;
  readonly element?: string;
}

type Measure = (promise: PromiseModel, about: About) => ServiceLevel | undefined;

/** Freshness is judged by time, not by runs: at one run a day a single failure would spend the budget of months. */
const measures: Readonly<Record<string, Measure>> = {
  latency: duration("lag", "At most", "behind", "Timeslices"),
  frequency: duration("snapshot-age", "A new state at least every", "", "Timeslices"),
  timeToDetect: duration("time-to-detect", "Incidents are seen within", "", "Occurrences"),
  timeToNotify: duration("time-to-notify", "Incidents are told within", "", "Occurrences"),
  timeToRepair: duration("time-to-repair", "Incidents are repaired within", "", "Occurrences"),
  availability: availability,
  errorRate: errorRate,
  throughput: throughput,
};

function duration(measure: string, before: string, after: string, method: ServiceLevel["budgetingMethod"]): Measure {
  return ({ durationMs }, about) => {
    if (durationMs === undefined) return undefined;
    return {
      title: `${before} ${inWords(durationMs)} ${after}`.trim(),
      indicator: { thresholdMetric: source({ ...about, measure, unit: "s" }) },
      budgetingMethod: method,
      objective: { op: "lte", value: durationMs / 1000, target: usualTarget, ...slices(method) },
    };
  };
}

function availability(promise: PromiseModel, about: About): ServiceLevel | undefined {
  const share = shareOf(promise);
  if (share === undefined) return undefined;
  return {
    title: `${percent(share)} of requests are answered`,
    indicator: {
      ratioMetric: {
        counter: true,
        good: source({ ...about, measure: "requests", status: "ok" }),
        total: source({ ...about, measure: "requests" }),
      },
    },
    budgetingMethod: "Occurrences",
    objective: { target: share },
  };
}

function errorRate(promise: PromiseModel, about: About): ServiceLevel | undefined {
  const share = shareOf(promise);
  if (share === undefined) return undefined;
  return {
    title: `At most ${percent(share)} of requests fail`,
    indicator: {
      ratioMetric: {
        counter: true,
        bad: source({ ...about, measure: "requests", status: "error" }),
        total: source({ ...about, measure: "requests" }),
      },
    },
    budgetingMethod: "Occurrences",
    objective: { target: rounded(1 - share) },
  };
}

function throughput({ value, unit = "" }: PromiseModel, about: About): ServiceLevel | undefined {
  const amount = Number(value);
  if (typeof value === "boolean" || !Number.isFinite(amount)) return undefined;
  return {
    title: `At least ${amount} ${unit}`.trim(),
    indicator: { thresholdMetric: source({ ...about, measure: "throughput", unit }) },
    budgetingMethod: "Timeslices",
    objective: { op: "gte", value: amount, target: usualTarget, ...slices("Timeslices") },
  };
}

function source(spec: object) {
  return { metricSource: { type: "ThothMesh", spec } };
}

function slices(method: ServiceLevel["budgetingMethod"]) {
  return method === "Timeslices" ? { timeSliceTarget: 1, timeSliceWindow: "1h" } : {};
}

/** A ratio in [0, 1): `99`, `99.5 percent` and `0.995` mean shares; 100 % is no target that can be kept. */
function shareOf({ value, unit }: PromiseModel): number | undefined {
  const amount = Number(typeof value === "string" ? value.replace(/\s*%$/, "") : value);
  if (typeof value === "boolean" || !Number.isFinite(amount) || amount < 0) return undefined;
  const isPercent = amount > 1 || /^(%|percent|pct)$/i.test(unit ?? "") || String(value).endsWith("%");
  const share = isPercent ? amount / 100 : amount;
  return share > 1 ? undefined : Math.min(rounded(share), 0.9999);
}

/** Without the tail that binary fractions leave. */
function rounded(share: number): number {
  return Number(share.toFixed(6));
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(4))} %`;
}

const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
] as const;

/** In the largest unit that leaves no rest. */
export function inWords(durationMs: number): string {
  const [unit, size] = units.find(([, length]) => durationMs > 0 && durationMs % length === 0) ?? ["second", 1000];
  const count = durationMs / size;
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
