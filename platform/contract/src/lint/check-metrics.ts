import { allProperties, ownProperties, type Part, qualityRules, schemaObjects } from "../contract-parts.ts";
import { quote } from "../describe-spot.ts";
import type { Report } from "../finding.ts";
import type { DataContract, Property, QualityRule, SchemaObject } from "../generated/odcs.ts";

const ofValues = ["nullValues", "missingValues", "invalidValues"];

/** Metrics that count values belong to a property, those that count rows to the object. */
export function checkMetrics(contract: DataContract, report: Report): void {
  for (const object of schemaObjects(contract)) {
    for (const rule of qualityRules(object)) {
      checkObjectMetric(rule, object, report);
      checkPercent(rule, report);
    }
    for (const rule of allProperties(object).flatMap((property: Part<Property>) => qualityRules(property))) {
      if (rule.value.metric === "rowCount")
        reportLevel(rule, "counts rows, which a property does not have", "Write the rule under the object.", report);
      checkPercent(rule, report);
    }
  }
}

function checkObjectMetric(rule: Part<QualityRule>, object: Part<SchemaObject>, report: Report): void {
  const { metric, arguments: given } = rule.value;
  if (metric !== undefined && ofValues.includes(metric))
    reportLevel(rule, "counts values of one property", "Write the rule under the property.", report);
  if (metric !== "duplicateValues") return;
  const names = Array.isArray(given?.properties) ? given.properties.map(String) : [];
  const known = ownProperties(object).map(({ value }) => value.name);
  const path = [...rule.path, ...(given === undefined ? [] : ["arguments"])];
  const [missing] = names.filter((name) => !known.includes(name));
  if (names.length > 0 && missing === undefined) return;
  report(path, {
    rule: "odcs-metric-arguments",
    message:
      missing === undefined
        ? "Duplicates of the object are counted without saying over which properties"
        : `Duplicates are counted over ${quote(missing)}, which is no property of the object`,
    hint: "Add `arguments: { properties: [..] }` with names of the object's properties.",
  });
}

function reportLevel({ path, value }: Part<QualityRule>, problem: string, hint: string, report: Report): void {
  report([...path, "metric"], { rule: "odcs-metric-level", message: `The metric ${value.metric} ${problem}`, hint });
}

const bounds = [
  "mustBe",
  "mustBeGreaterThan",
  "mustBeGreaterOrEqualTo",
  "mustBeLessThan",
  "mustBeLessOrEqualTo",
  "mustBeBetween",
] as const;

/** A share outside 0 to 100 is either always or never kept. */
function checkPercent({ path, value }: Part<QualityRule>, report: Report): void {
  if (value.unit !== "percent" || value.type === "sql" || value.type === "custom") return;
  for (const operator of bounds) {
    const outside = [value[operator]].flat().find((limit) => typeof limit === "number" && (limit < 0 || limit > 100));
    if (outside === undefined) continue;
    report([...path, operator], {
      rule: "house-quality-percent",
      message: `No share is ${outside} percent`,
      hint: "Write a number from 0 to 100, or `unit: rows`.",
    });
  }
}
