import { ownProperties, type Part, qualityRules } from "./contract-parts.ts";
import { describeValue } from "./describe-spot.ts";
import type { Report } from "./finding.ts";
import type { SchemaObject } from "./generated/odcs.ts";

const severities = ["info", "warning", "error"];
const units = ["rows", "percent"];

/** The standard leaves these open; whether a product is published hangs on them, so here they are closed. */
export function checkRules(object: Part<SchemaObject>, report: Report): void {
  for (const owner of [object, ...ownProperties(object)]) {
    for (const { path, value } of qualityRules(owner)) {
      checkWord([...path, "severity"], value.severity, severities, report);
      checkWord([...path, "unit"], value.unit, units, report);
    }
  }
}

function checkWord(
  path: Part<unknown>["path"],
  word: string | undefined,
  known: readonly string[],
  report: Report,
): void {
  if (word === undefined || known.includes(word)) return;
  const message = `"${path.at(-1)}" of a quality rule cannot be ${describeValue(word)}`;
  report(path, { rule: "house-quality-rule", message, hint: `Write one of ${known.join(", ")}.` });
}
