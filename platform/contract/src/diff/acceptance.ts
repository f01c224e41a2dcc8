import type { QualityRule } from "../generated/odcs.ts";

/** Values that pass a rule: intervals that do not touch, ends included unless open. */
interface Interval {
  readonly from: number;
  readonly to: number;
  readonly fromOpen?: boolean;
  readonly toOpen?: boolean;
}

const all = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

type Operator = Extract<keyof QualityRule, `must${string}`>;

const intervals: Readonly<Record<Operator, (low: number, high: number) => readonly Interval[]>> = {
  mustBe: (value) => [{ from: value, to: value }],
  mustNotBe: (value) => [
    { ...all, to: value, toOpen: true },
    { ...all, from: value, fromOpen: true },
  ],
  mustBeGreaterThan: (value) => [{ ...all, from: value, fromOpen: true }],
  mustBeGreaterOrEqualTo: (value) => [{ ...all, from: value }],
  mustBeLessThan: (value) => [{ ...all, to: value, toOpen: true }],
  mustBeLessOrEqualTo: (value) => [{ ...all, to: value }],
  mustBeBetween: (low, high) => [{ from: low, to: high }],
  mustNotBeBetween: (low, high) => [
    { ...all, to: low, toOpen: true },
    { ...all, from: high, fromOpen: true },
  ],
};

const operators = Object.keys(intervals) as Operator[];

/** What a rule demands, as written: `{ mustBeLessThan: 10 }`; undefined when it demands nothing by number. */
export function demandOf(rule: QualityRule): Readonly<Record<string, unknown>> | undefined {
  const operator = operators.find((candidate) => rule[candidate] !== undefined);
  return operator === undefined ? undefined : { [operator]: rule[operator] };
}

/** Whether a rule lets values pass that another stops. A rule without operator lets everything pass; counts are never below 0. */
export function letsMorePass(rule: QualityRule, other: QualityRule): boolean {
  const [from, to] = [accepted(other), accepted(rule)];
  if (from === undefined || to === undefined) return JSON.stringify(demandOf(rule)) !== JSON.stringify(demandOf(other));
  return !to.every((part) => from.some((whole) => contains(whole, part)));
}

function accepted(rule: QualityRule): readonly Interval[] | undefined {
  const [operator, value] = Object.entries(demandOf(rule) ?? {})[0] ?? [];
  const counts = rule.metric !== undefined || rule.rule !== undefined;
  if (operator === undefined) return counts ? [{ ...all, from: 0 }] : [all];
  const [low, high] = [value].flat();
  if (typeof low !== "number") return undefined;
  const parts = intervals[operator as Operator](low, typeof high === "number" ? high : low);
  return counts ? parts.flatMap(notNegative) : parts;
}

function notNegative(interval: Interval): Interval[] {
  const { from, to, toOpen } = interval;
  if (to < 0 || (to === 0 && toOpen)) return [];
  return [from < 0 ? { from: 0, to, ...(toOpen && { toOpen }) } : interval];
}

function contains(whole: Interval, part: Interval): boolean {
  const low = part.from > whole.from || (part.from === whole.from && (!whole.fromOpen || part.fromOpen === true));
  const high = part.to < whole.to || (part.to === whole.to && (!whole.toOpen || part.toOpen === true));
  return low && high;
}
