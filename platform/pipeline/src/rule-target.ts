import type { QualityOperator } from "@thoth/contract/product-model";

/** What a measured number is held against. */
export interface Target {
  readonly operator: QualityOperator;
  readonly threshold: number | string | boolean | readonly [number, number];
}

export type Measured = number | string | boolean | null;

/** A measure that is null (nothing to measure) meets every target; NaN meets none, and a text none that compares. */
export function meetsTarget(measured: Measured, { operator, threshold }: Target): boolean {
  if (measured === null) return true;
  if (Number.isNaN(measured)) return false;
  if (operator === "mustBe") return isSame(measured, threshold);
  if (operator === "mustNotBe") return !isSame(measured, threshold);
  const value = Number(measured);
  if (Number.isNaN(value)) return false;
  if (typeof threshold === "object") {
    const [low, high] = threshold;
    const inside = value >= low && value <= high;
    return operator === "mustNotBeBetween" ? !inside : inside;
  }
  return compare(value, operator, Number(threshold));
}

/** True when fewer are never worse and none at all is enough: the things that are counted are to blame, one by one. */
export function wantsNone({ operator, threshold }: Target): boolean {
  if (operator === "mustBe") return threshold === 0;
  if (operator === "mustBeLessThan") return Number(threshold) > 0;
  if (operator === "mustBeLessOrEqualTo") return Number(threshold) >= 0;
  return operator === "mustBeBetween" && Array.isArray(threshold) && threshold[0] <= 0;
}

/** `must be between 1 and 5` */
export function describeTarget({ operator, threshold }: Target): string {
  const words = operator.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${words} ${typeof threshold === "object" ? threshold.join(" and ") : threshold}`;
}

function compare(value: number, operator: QualityOperator, limit: number): boolean {
  if (operator === "mustBeGreaterThan") return value > limit;
  if (operator === "mustBeGreaterOrEqualTo") return value >= limit;
  return operator === "mustBeLessThan" ? value < limit : value <= limit;
}

function isSame(measured: Exclude<Measured, null>, threshold: Target["threshold"]): boolean {
  return typeof threshold === "number" ? Number(measured) === threshold : String(measured) === String(threshold);
}
