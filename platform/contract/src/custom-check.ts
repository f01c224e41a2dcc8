import type { QualityRuleModel } from "./product-model.ts";

/** The engine that runs here; rules of type `custom` for another one are refused. */
export const customEngine = "thoth";

/** What a rule of type `custom` asks of our engine. */
export type CustomCheck =
  /** Every row meets a condition; one that is null counts as met, as in a CHECK constraint. */
  | { readonly kind: "rows"; readonly where: string }
  /** The newest time in a column lies at most so far back. */
  | { readonly kind: "freshness"; readonly column: string; readonly maxLagHours: number }
  /** A measure of the product stays within what its own history lets expect. */
  | {
      readonly kind: "anomaly";
      readonly measure: AnomalyMeasure;
      readonly column?: string;
      /** In median absolute deviations. */
      readonly threshold?: number;
    };

export type AnomalyMeasure = (typeof anomalyMeasures)[number];

const anomalyMeasures = ["rowCount", "nullShare", "distinctShare", "mean", "median"] as const;

export interface CustomProblem {
  readonly problem: string;
  readonly hint: string;
}

type CustomRule = Pick<QualityRuleModel, "engine" | "implementation" | "column">;

/** Reads `engine` and `implementation` of a rule of type `custom`. */
export function parseCustomCheck({ engine, implementation, column }: CustomRule): CustomCheck | CustomProblem {
  if (engine !== customEngine)
    return {
      problem: `no engine ${engine ?? "without a name"} runs here`,
      hint: `Write \`engine: ${customEngine}\` with one of its checks, a rule of type sql, or type text for people to read.`,
    };
  const given = typeof implementation === "object" && implementation !== null ? implementation : {};
  const { check, ...rest } = given as Record<string, unknown>;
  const parse = typeof check === "string" && Object.hasOwn(parsers, check) ? parsers[check] : undefined;
  return parse?.({ ...(column !== undefined && { column }), ...rest }) ?? notUnderstood;
}

type Given = Readonly<Record<string, unknown>>;

const notUnderstood: CustomProblem = {
  problem: `the engine ${customEngine} does not understand its implementation`,
  hint: "Write { check: rows, where: <condition> }, { check: freshness, column: <time>, maxLagHours: <n> } or { check: anomaly, measure: rowCount }; docs/quality.md has them all.",
};

const parsers: Readonly<Record<string, (given: Given) => CustomCheck | undefined>> = {
  rows: ({ where }) => (typeof where === "string" && where.trim() !== "" ? { kind: "rows", where } : undefined),
  freshness: ({ column, maxLagHours }) =>
    typeof column === "string" && isPositive(maxLagHours) ? { kind: "freshness", column, maxLagHours } : undefined,
  anomaly: ({ measure, column, threshold }) => {
    const known = anomalyMeasures.find((candidate) => candidate === measure);
    if (known === undefined || (threshold !== undefined && !isPositive(threshold))) return undefined;
    if ((known === "rowCount") !== (column === undefined)) return undefined;
    return {
      kind: "anomaly",
      measure: known,
      ...(typeof column === "string" && { column }),
      ...(isPositive(threshold) && { threshold }),
    };
  },
};

function isPositive(value: unknown): value is number {
  return typeof value === "number" && value > 0 && Number.isFinite(value);
}
