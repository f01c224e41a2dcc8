import type { Part } from "./contract-parts.ts";
import { capitalise, describeValue } from "./describe-spot.ts";
import type { Report } from "./finding.ts";
import type { LogicalTypeOptions, Property } from "./generated/odcs.ts";

/** One property that contradicts itself: values outside its own type, limits that leave nothing, a pattern that is none. */
export function reportProperty(property: Part<Property>, spot: string, report: Report): void {
  reportEnum(property, spot, report);
  reportPattern(property, spot, report);
  for (const [low, high] of ranges) reportRange(property, [low, high], spot, report);
}

const fits: Readonly<Partial<Record<string, (value: unknown) => boolean>>> = {
  string: (value) => typeof value === "string",
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  date: (value) => typeof value === "string",
  timestamp: (value) => typeof value === "string",
  time: (value) => typeof value === "string",
};

function reportEnum(
  { path, value: { enum: values = [], logicalType } }: Part<Property>,
  spot: string,
  report: Report,
): void {
  const seen = new Set<unknown>();
  for (const [index, { value }] of values.entries()) {
    const place = [...path, "enum", index, "value"];
    if (seen.has(value)) {
      const message = `${capitalise(spot)} lists the value ${JSON.stringify(value)} twice`;
      report(place, { rule: "odcs-enum-duplicate", message, hint: "Keep one of the two." });
    }
    seen.add(value);
    if (fits[logicalType ?? ""]?.(value) === false) {
      const message = `${capitalise(spot)} is of type ${logicalType}; its enum cannot hold ${describeValue(value)}`;
      report(place, {
        rule: "odcs-enum-type",
        message,
        hint: "Write the value as the property's own type; texts that look like something else need quotes.",
      });
    }
  }
}

function reportPattern({ path, value }: Part<Property>, spot: string, report: Report): void {
  const pattern = value.logicalTypeOptions?.pattern;
  if (pattern === undefined) return;
  try {
    new RegExp(pattern, "u");
  } catch (error) {
    const message = `The pattern of ${spot} is no regular expression: ${(error as Error).message}`;
    report([...path, "logicalTypeOptions", "pattern"], {
      rule: "odcs-pattern",
      message,
      hint: "Write an ECMA-262 expression; in single quotes backslashes stay as they are.",
    });
  }
}

const ranges: readonly (readonly [keyof LogicalTypeOptions, keyof LogicalTypeOptions])[] = [
  ["minimum", "maximum"],
  ["minLength", "maxLength"],
  ["minItems", "maxItems"],
  ["minProperties", "maxProperties"],
];

function reportRange(
  { path, value }: Part<Property>,
  [low, high]: readonly [keyof LogicalTypeOptions, keyof LogicalTypeOptions],
  spot: string,
  report: Report,
): void {
  const [from, to] = [value.logicalTypeOptions?.[low], value.logicalTypeOptions?.[high]];
  if (typeof from !== typeof to || from === undefined || to === undefined || from <= to) return;
  const message = `Nothing fits ${spot}: ${low} ${from} is above ${high} ${to}`;
  report([...path, "logicalTypeOptions", low], { rule: "odcs-empty-range", message, hint: "Swap the two." });
}
