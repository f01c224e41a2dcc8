import { ownProperties, type Part } from "./contract-parts.ts";
import { describeValue } from "./describe-spot.ts";
import type { Report } from "./finding.ts";
import type { Property, SchemaObject } from "./generated/odcs.ts";

/** A product's rows are told apart by its key: lookups, relationships and cursors stand on it. */
export function checkKey(object: Part<SchemaObject>, report: Report): void {
  const columns = ownProperties(object);
  const key = columns.filter(({ value }) => value.primaryKey === true);
  if (key.length === 0) {
    const message = `Object ${describeValue(object.value.name)} has no key`;
    report(object.path, {
      rule: "house-key",
      message,
      hint: "Set `primaryKey: true` on the columns that tell two rows apart, and say so in dataGranularityDescription.",
    });
  }
  for (const column of key) checkKeyColumn(column, report);
  if (key.length > 1) checkPositions(key, report);
  for (const { path, value } of columns) {
    if (value.primaryKey === true || (value.primaryKeyPosition ?? -1) < 1) continue;
    const message = `Column "${value.name}" has a place in the key without being part of it`;
    report([...path, "primaryKeyPosition"], {
      rule: "house-key-position",
      message,
      hint: "Add `primaryKey: true`, or remove the position.",
    });
  }
}

function checkKeyColumn({ path, value }: Part<Property>, report: Report): void {
  if (value.required !== true) {
    const message = `Key column "${value.name}" may be null`;
    report(path, { rule: "house-key-required", message, hint: "Add `required: true`." });
  }
  if (value.logicalType === "array" || value.logicalType === "object") {
    const message = `Key column "${value.name}" is an ${value.logicalType}; keys are single values`;
    report([...path, "logicalType"], {
      rule: "house-key-type",
      message,
      hint: "Choose columns with single values as the key.",
    });
  }
}

function checkPositions(key: readonly Part<Property>[], report: Report): void {
  const taken = new Map<number, string | undefined>();
  for (const { path, value } of key) {
    const position = value.primaryKeyPosition ?? -1;
    const other = taken.get(position);
    const rule = "house-key-position";
    const hint = `Number the ${key.length} key columns from 1 to ${key.length}.`;
    if (position < 1 || position > key.length) {
      report(value.primaryKeyPosition === undefined ? path : [...path, "primaryKeyPosition"], {
        rule,
        message: `Key column "${value.name}" has no place between 1 and ${key.length}`,
        hint,
      });
    } else if (taken.has(position)) {
      const message = `Key columns "${other}" and "${value.name}" have the same place ${position}`;
      report([...path, "primaryKeyPosition"], { rule, message, hint });
    }
    taken.set(position, value.name);
  }
}
