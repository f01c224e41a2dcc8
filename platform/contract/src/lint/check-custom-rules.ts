import {
  objectRelationships,
  ownProperties,
  type Part,
  propertyRelationships,
  qualityRules,
  schemaObjects,
} from "../contract-parts.ts";
import { parseCustomCheck } from "../custom-check.ts";
import { capitalise } from "../describe-spot.ts";
import type { Report } from "../finding.ts";
import type { CustomProperty, DataContract, QualityRule } from "../generated/odcs.ts";

const severities: readonly unknown[] = ["info", "warning", "error"];

/** What a contract asks of the engine that runs here, and says of rows that lead nowhere. */
export function checkCustomRules(contract: DataContract, report: Report): void {
  for (const object of schemaObjects(contract)) {
    for (const rule of qualityRules(object)) checkEngine(rule, undefined, report);
    for (const property of ownProperties(object)) {
      for (const rule of qualityRules(property)) checkEngine(rule, property.value.name, report);
      for (const link of propertyRelationships(property)) checkSeverity(link, report);
    }
    for (const link of objectRelationships(object)) checkSeverity(link, report);
  }
}

function checkEngine({ path, value }: Part<QualityRule>, column: string | undefined, report: Report): void {
  if (value.type !== "custom") return;
  const { engine, implementation } = value;
  const parsed = parseCustomCheck({
    ...(engine !== undefined && { engine }),
    implementation,
    ...(column !== undefined && { column }),
  });
  if (!("problem" in parsed)) return;
  const place = engine === undefined || implementation === undefined ? path : [...path, "engine"];
  report(place, {
    rule: "house-quality-engine",
    message: `The rule cannot be run: ${parsed.problem}`,
    hint: capitalise(parsed.hint),
  });
}

function checkSeverity(
  { path, value }: Part<{ readonly customProperties?: readonly CustomProperty[] }>,
  report: Report,
): void {
  const { customProperties = [] } = value;
  const index = customProperties.findIndex(({ property }) => property === "severity");
  if (index < 0 || severities.includes(customProperties[index]?.value)) return;
  report([...path, "customProperties", index, "value"], {
    rule: "house-relationship-severity",
    message: "The severity of the relationship is not one that is known",
    hint: "Write info, warning or error: what it means when a row leads nowhere.",
  });
}
