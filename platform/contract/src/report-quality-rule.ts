import type { Part } from "./contract-parts.ts";
import { capitalise } from "./describe-spot.ts";
import type { Report } from "./finding.ts";
import type { QualityRule } from "./generated/odcs.ts";

export function reportQualityRule({ path, value }: Part<QualityRule>, spot: string, report: Report): void {
  for (const operator of ["mustBeBetween", "mustNotBeBetween"] as const) {
    const range = value[operator];
    if (range === undefined || range[0] < range[1]) continue;
    const message = `${capitalise(spot)} has its bounds the wrong way round: ${range[0]} is not below ${range[1]}`;
    report([...path, operator], { rule: "odcs-empty-range", message, hint: "Write the smaller number first." });
  }
  const asWritten = value.arguments?.pattern;
  if (value.metric !== "invalidValues" || value.arguments?.validValues !== undefined || asWritten !== undefined) return;
  const message = `${capitalise(spot)} counts invalid values without saying which are valid`;
  report(path, {
    rule: "odcs-metric-arguments",
    message,
    hint: "Add `arguments` with `validValues: [..]` or `pattern`.",
  });
}
