import { allProperties, type Part, schemaObjects } from "../contract-parts.ts";
import { describeValue } from "../describe-spot.ts";
import type { Report } from "../finding.ts";
import type { DataContract, Property } from "../generated/odcs.ts";

/** Readers copy examples into their queries, so an example is a value that can occur. */
export function checkExamples(contract: DataContract, report: Report): void {
  for (const property of schemaObjects(contract).flatMap(allProperties)) checkProperty(property, report);
}

function checkProperty({ path, value: property }: Part<Property>, report: Report): void {
  for (const [index, example] of (property.examples ?? []).entries()) {
    const problem = example === null ? undefined : misfit(property, example);
    if (problem === undefined) continue;
    report([...path, "examples", index], {
      rule: "house-example",
      message: `${describeValue(example)} is no example of "${property.name}": ${problem}`,
      hint: "Give a value that the column can hold, or leave the example out.",
    });
  }
}

function misfit(
  { logicalType, enum: values, logicalTypeOptions: options = {} }: Property,
  example: unknown,
): string | undefined {
  if (values && !values.some(({ value }) => value === example)) return "it is not in the enum";
  if (logicalType === "integer" && !Number.isInteger(Number(example))) return "it is no whole number";
  if (logicalType === "number" && Number.isNaN(Number(example))) return "it is no number";
  if (logicalType === "boolean" && typeof example !== "boolean") return "it is neither true nor false";
  const pattern = options.pattern === undefined ? undefined : expression(options.pattern);
  if (logicalType === "string" && pattern && !pattern.test(String(example)))
    return `it does not match ${options.pattern}`;
  return undefined;
}

/** A pattern that is none is reported where it stands. */
function expression(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return undefined;
  }
}
