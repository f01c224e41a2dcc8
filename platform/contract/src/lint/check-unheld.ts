import { allProperties, ownProperties, type Part, qualityRules, schemaObjects } from "../contract-parts.ts";
import type { Report } from "../finding.ts";
import type { DataContract, Property } from "../generated/odcs.ts";
import { knownFormats, stringFormat } from "../string-format.ts";

/** What a contract may say by the standard, and no audit of this mesh can hold: whoever reads it would rely on nothing. */
export function checkUnheld(contract: DataContract, report: Report): void {
  for (const object of schemaObjects(contract)) {
    const columns = new Set(ownProperties(object).map(({ value }) => value));
    for (const property of allProperties(object)) {
      checkTextFormat(property, report);
      checkPattern(property, report);
      if (columns.has(property.value)) continue;
      checkTimeFormat(property, report);
      checkNested(property, report);
    }
  }
}

function checkTextFormat({ path, value }: Part<Property>, report: Report): void {
  const format = value.logicalTypeOptions?.format;
  if (value.logicalType !== "string" || format === undefined || stringFormat(format) !== "unknown") return;
  report([...path, "logicalTypeOptions", "format"], {
    rule: "house-format",
    severity: "warning",
    message: `Nobody here knows the format "${format}", so no audit holds texts against it`,
    hint: `Say it with \`pattern\`, or write one of ${knownFormats.join(", ")}.`,
  });
}

const timeTypes: readonly unknown[] = ["date", "time", "timestamp"];

/** In columns they have a type of the engine; in objects they are texts. */
function checkTimeFormat({ path, value }: Part<Property>, report: Report): void {
  const format = value.logicalTypeOptions?.format;
  if (format === undefined || !timeTypes.includes(value.logicalType)) return;
  report([...path, "logicalTypeOptions", "format"], {
    rule: "house-format",
    severity: "warning",
    message: `No audit reads a ${value.logicalType} within an object or array as "${format}"`,
    hint: "Leave the format out and write it as ISO 8601 has it, or make it a string with a `pattern`.",
  });
}

/** The engine's expressions take the same time for every text, and do without what that costs. */
const beyondEngine = /\(\?<?[=!]|\\[1-9]|\\k</;

function checkPattern({ path, value }: Part<Property>, report: Report): void {
  const pattern = value.logicalTypeOptions?.pattern;
  if (pattern === undefined || !beyondEngine.test(pattern.replaceAll("\\\\", ""))) return;
  report([...path, "logicalTypeOptions", "pattern"], {
    rule: "house-pattern",
    message: "The pattern looks ahead, behind or back, which the engine that audits cannot",
    hint: "Write it without (?=…), (?!…), (?<=…), (?<!…) and back references, or as a rule of type sql.",
  });
}

const wholeColumns = ["unique", "primaryKey"] as const;

function checkNested(property: Part<Property>, report: Report): void {
  const { path, value } = property;
  for (const word of wholeColumns) if (value[word] === true) tellUnheld([...path, word], word, report);
  for (const rule of qualityRules(property)) tellUnheld(rule.path, "a quality rule", report);
}

function tellUnheld(path: Part<Property>["path"], what: string, report: Report): void {
  report(path, {
    rule: "house-nested-promise",
    severity: "warning",
    message: `Within an object or array no audit holds ${what}`,
    hint: "Say it at the column or the object, as a rule of type sql.",
  });
}
