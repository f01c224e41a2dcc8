import { type AnomalyMeasure, type CustomCheck, parseCustomCheck } from "@thoth/contract/custom-check";
import type { ProductModel, QualityRuleModel } from "@thoth/contract/product-model";
import type { ColumnProfile, ProductProfile } from "@thoth/control/quality-record";
import { type AnomalyOptions, type AnomalyVerdict, judgeAnomaly, type Point } from "./anomaly.ts";
import type { TableProfile } from "./profile-table.ts";

/** A measure of a product that its own history does not let expect. */
export interface Anomaly {
  /** `anomaly:rowCount`, `anomaly:mean:fee` */
  readonly id: string;
  readonly column: string | undefined;
  readonly dimension: string;
  readonly severity: QualityRuleModel["severity"];
  readonly measured: number;
  readonly verdict: Extract<AnomalyVerdict, { kind: "unusual" | "continuing" }>;
  readonly says: string;
  /** Of the contract, where it asks for this measure. */
  readonly line: number;
}

type Profile = Pick<TableProfile, "rowCount" | "columns">;
/** Snapshots before, oldest first. */
export type ProfileHistory = readonly (Profile & Pick<ProductProfile, "profiledAt">)[];

/** History beyond this says little about today, and reading it takes time. */
export const judgedProfiles = 120;

/**
 * Holds the profile of rows that are about to be published against those of the snapshots before. What is unusual warns,
 * unless a rule of the contract (`engine: thoth`, `check: anomaly`) says what it means. What goes on being unusual in the
 * same way is not told again, but keeps the severity error where a rule asks for it: it must not pass by being repeated.
 */
export function judgeProfile(model: ProductModel, history: ProfileHistory, now: ProfileHistory[number]): Anomaly[] {
  const asked = model.rules.flatMap((rule) => anomalyRule(rule));
  const measures = measuresOf(model, asked);
  const verdictOf = (measure: Measure) => {
    const [point] = pointsOf(measure, [now]);
    if (point === undefined) return undefined;
    return { point, verdict: judgeAnomaly(pointsOf(measure, history), point, optionsOf(measure)) };
  };
  const rows = measures.find(({ measure }) => measure === "rowCount");
  const isOtherSize = rows !== undefined && isNews(verdictOf(rows)?.verdict);
  return measures.flatMap((measure): Anomaly[] => {
    // Of fewer rows a larger share is distinct: that is no news beside the number of rows.
    if (isOtherSize && measure.measure === "distinctShare" && !measure.isAsked) return [];
    const judged = verdictOf(measure);
    if (judged === undefined) return [];
    const { point, verdict } = judged;
    if (verdict.kind !== "unusual" && !(verdict.kind === "continuing" && measure.severity === "error")) return [];
    const { id, column, severity, line } = measure;
    const dimension = measure.dimension ?? dimensions[measure.measure];
    return [
      { id, column, dimension, severity, measured: point.value, verdict, says: describe(measure, history), line },
    ];
  });
}

/** `expected about 1,204` for people; the numbers are in the verdict. */
export function describeExpectation({
  expected,
  spread,
}: {
  readonly expected: number;
  readonly spread: number;
}): string {
  return `about ${rounded(expected)}, give or take ${rounded(spread)}`;
}

function isNews(verdict: AnomalyVerdict | undefined): boolean {
  return verdict?.kind === "unusual" || verdict?.kind === "continuing";
}

interface Measure {
  readonly id: string;
  readonly measure: AnomalyMeasure;
  readonly column: string | undefined;
  readonly dimension: string | undefined;
  readonly severity: QualityRuleModel["severity"];
  readonly threshold: number | undefined;
  /** A rule of the contract asks for it. */
  readonly isAsked: boolean;
  readonly line: number;
}

const dimensions = {
  rowCount: "completeness",
  nullShare: "completeness",
  distinctShare: "uniqueness",
  mean: "accuracy",
  median: "accuracy",
} as const satisfies Record<AnomalyMeasure, string>;

const ofColumns = ["nullShare", "distinctShare", "mean", "median"] as const;

function anomalyRule(rule: QualityRuleModel) {
  if (rule.type !== "custom") return [];
  const check: CustomCheck | { problem: string } = parseCustomCheck(rule);
  return "problem" in check || check.kind !== "anomaly" ? [] : [{ rule, check }];
}

function measuresOf(model: ProductModel, asked: readonly ReturnType<typeof anomalyRule>[number][]): Measure[] {
  const all: Pick<Measure, "measure" | "column">[] = [
    { measure: "rowCount", column: undefined },
    ...model.columns.flatMap(({ name }) => ofColumns.map((measure) => ({ measure, column: name }))),
  ];
  return all.flatMap(({ measure, column }): Measure[] => {
    const id = ["anomaly", measure, ...(column === undefined ? [] : [column])].join(":");
    const found = asked.find(({ check }) => check.measure === measure && check.column === column);
    const line = found?.rule.line ?? model.columns.find(({ name }) => name === column)?.line ?? 1;
    if (found === undefined && column !== undefined && saysNothing(measure, column, model)) return [];
    const { severity = "warning", dimension } = found?.rule ?? {};
    return [
      {
        id,
        measure,
        column,
        dimension,
        severity,
        threshold: found?.check.threshold,
        isAsked: found !== undefined,
        line,
      },
    ];
  });
}

/** What names things grows with them, and its middle is nobody's. */
function saysNothing(measure: AnomalyMeasure, column: string, { key, relationships }: ProductModel): boolean {
  if (key.includes(column)) return true;
  const isName = /(^|_)id$/.test(column) || relationships.some(({ from }) => from.includes(column));
  return isName && (measure === "mean" || measure === "median");
}

function pointsOf({ measure, column }: Measure, history: ProfileHistory): Point[] {
  return history.flatMap(({ profiledAt, rowCount, columns }) => {
    const found = columns.find(({ name }) => name === column);
    const value = measure === "rowCount" ? rowCount : found && measured(measure, found, rowCount);
    return value === undefined ? [] : [{ at: profiledAt, value }];
  });
}

function measured(measure: AnomalyMeasure, column: ColumnProfile, rowCount: number): number | undefined {
  if (rowCount === 0) return undefined;
  if (measure === "nullShare") return column.nulls / rowCount;
  if (measure === "distinctShare") return column.distinct === undefined ? undefined : column.distinct / rowCount;
  return measure === "mean" ? column.mean : column.quantiles?.[2];
}

/** Distinct values are estimated, with an error of a few percent; a share of a hundredth more or less is nothing to tell. */
function optionsOf({ measure, threshold }: Measure): AnomalyOptions {
  const given = threshold === undefined ? {} : { threshold };
  if (measure === "nullShare") return { ...given, floor: { share: 0, value: 0.005 } };
  if (measure === "distinctShare") return { ...given, floor: { share: 0.25, value: 0.01 } };
  if (measure === "rowCount") return { ...given, floor: { share: 0.1, value: 1 } };
  return { ...given, floor: { share: 0.05 } };
}

const words = {
  rowCount: "the number of rows",
  nullShare: "the share of nulls",
  distinctShare: "the share of distinct values",
  mean: "the mean",
  median: "the median",
} as const satisfies Record<AnomalyMeasure, string>;

function describe({ measure, column }: Measure, history: ProfileHistory): string {
  const what = column === undefined ? words[measure] : `${words[measure]} of ${column}`;
  return `${what} is unlike that of the ${history.length} snapshots before`;
}

function rounded(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3 });
}
