import { camelCase, constantCase } from "@thoth/kernel/names";
import { ownProperties, type Part } from "./contract-parts.ts";
import { describeValue } from "./describe-spot.ts";
import type { Report } from "./finding.ts";
import type { Property, SchemaObject } from "./generated/odcs.ts";
import type { Classification } from "./product-model.ts";
import { physicalTypesFor, sqlType } from "./sql-type.ts";

export const classifications: readonly Classification[] = ["public", "internal", "confidential", "restricted"];

export const snakeCaseName = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

/** Filters combine conditions under these names, so no column can have them. */
const reserved = ["and", "or", "not"];

export function checkColumns(object: Part<SchemaObject>, report: Report): void {
  const columns = ownProperties(object);
  if (columns.length === 0) {
    const message = `Object ${describeValue(object.value.name)} has no properties`;
    report([...object.path, "properties"], {
      rule: "house-columns",
      message,
      hint: "Describe every column the product publishes.",
    });
  }
  for (const column of columns) checkColumn(column, report);
  checkFieldNames(columns, report);
}

function checkColumn(column: Part<Property>, report: Report): void {
  const { path, value } = column;
  const { name = "" } = value;
  if (!snakeCaseName.test(name) || reserved.includes(name)) {
    const message = reserved.includes(name)
      ? `The name "${name}" is taken by filters`
      : `${describeValue(name)} is no name for a column`;
    report([...path, "name"], {
      rule: "house-column-name",
      message,
      hint: "Write lower case letters and digits with single underscores, such as unit_code.",
    });
  }
  if (value.id === undefined) {
    const message = `Column "${name}" has no id`;
    report(path, {
      rule: "house-column-id",
      message,
      hint: `Add \`id: ${name}\`; it stays when the name changes, and relationships refer to it.`,
    });
  }
  if (!value.description?.trim()) {
    const message = `Column "${name}" is not described`;
    report(path, {
      rule: "house-column-description",
      message,
      hint: "Say what a value means, its unit, and what null stands for.",
    });
  }
  checkClassification(path, value, report);
  checkType(path, value, report);
  checkEnum(path, value, report);
}

function checkClassification(path: Part<Property>["path"], { name, classification }: Property, report: Report): void {
  if (classifications.some((known) => known === classification)) return;
  const rule = "house-classification";
  const hint = `Write one of ${classifications.join(", ")}; access is decided by it.`;
  if (classification === undefined) report(path, { rule, message: `Column "${name}" has no classification`, hint });
  else
    report([...path, "classification"], {
      rule,
      message: `The classification cannot be ${describeValue(classification)}`,
      hint,
    });
}

function checkType(path: Part<Property>["path"], property: Property, report: Report): void {
  const { name, logicalType, physicalType, items } = property;
  if (sqlType(property) !== undefined) return;
  if (logicalType === undefined) {
    report(path, {
      rule: "house-column-type",
      message: `Column "${name}" has no logicalType`,
      hint: "Add `logicalType`.",
    });
  } else if (logicalType === "map" || logicalType === "vector" || (logicalType === "array" && items === undefined)) {
    const message =
      logicalType === "array"
        ? `Array "${name}" does not say what its items are`
        : `Column "${name}" is a ${logicalType}, which cannot be published yet`;
    const hint =
      logicalType === "array"
        ? "Add `items` with a logicalType."
        : "Publish it as an array, or as an object, which is stored as JSON.";
    report([...path, "logicalType"], { rule: "house-column-type", message, hint });
  } else {
    const message = `Column "${name}" of type ${logicalType} cannot be stored as ${describeValue(physicalType)}`;
    const known = physicalTypesFor(logicalType);
    const hint = `Leave physicalType out, or write ${known.length > 0 ? `one of ${known.join(", ")}` : "the items' type followed by []"}.`;
    report([...path, physicalType === undefined ? "logicalType" : "physicalType"], {
      rule: "house-physical-type",
      message,
      hint,
    });
  }
}

/** GraphQL makes an enum of the values, so each must make a name, and each another one. */
function checkEnum(
  path: Part<Property>["path"],
  { name, logicalType, enum: values = [] }: Property,
  report: Report,
): void {
  if (values.length > 0 && logicalType !== "string") {
    const message = `Column "${name}" has an enum, but is no string`;
    report([...path, "enum"], {
      rule: "house-enum",
      message,
      hint: "Say the limits of numbers with logicalTypeOptions, or publish the values as texts.",
    });
    return;
  }
  const taken = new Map<string, unknown>();
  for (const [index, { value }] of values.entries()) {
    const graphName = constantCase(String(value));
    const place = [...path, "enum", index, "value"];
    const rule = "house-enum-name";
    const hint = "Spell the values apart in letters and digits, beginning with a letter, or leave the enum open.";
    if (!/^[A-Z_]/.test(graphName))
      report(place, { rule, message: `GraphQL has no name for ${describeValue(value)}`, hint });
    else if (taken.has(graphName)) {
      const message = `GraphQL has one name, ${graphName}, for ${describeValue(taken.get(graphName))} and ${describeValue(value)}`;
      report(place, { rule, message, hint });
    }
    taken.set(graphName, value);
  }
}

/** `a_1` and `a1` are two columns, but one GraphQL field. */
function checkFieldNames(columns: readonly Part<Property>[], report: Report): void {
  const taken = new Map<string, string>();
  for (const { path, value } of columns) {
    const { name = "" } = value;
    const field = camelCase(name);
    const other = taken.get(field);
    if (other !== undefined && other !== name) {
      const message = `Columns "${other}" and "${name}" would both be the GraphQL field ${field}`;
      report([...path, "name"], { rule: "house-field-name", message, hint: "Name one of them differently." });
    }
    taken.set(field, name);
  }
}
