import type { Part } from "../contract-parts.ts";
import { describeValue, isRecord, valueAt } from "../describe-spot.ts";
import type { DocumentPath } from "../finding.ts";
import type { DataContract } from "../generated/odcs.ts";
import type { ShapeError } from "../validate-shape.ts";

/** What a message can name, in braces, and what then stands there. */
export const placeholders: Readonly<Record<string, string>> = {
  product: "the product, as domain/product",
  name: "the name of the element that is judged",
  value: "what stands where the finding points",
  missing: "the required keys that are not there",
  found: "what was found instead of what was asked for",
};

export interface Broken {
  readonly contract: DataContract;
  readonly element: Part<unknown>;
  /** Where the finding points. */
  readonly path: DocumentPath;
  readonly errors: readonly ShapeError[];
}

/** Placeholders of a template that nothing stands for. */
export function unknownPlaceholders(template: string): string[] {
  return [...template.matchAll(placeholder)].map(([, name = ""]) => name).filter((name) => !(name in placeholders));
}

export function fillTemplate(template: string, broken: Broken): string {
  return template.replace(placeholder, (whole, name: string) => fillers[name]?.(broken) ?? whole).trim();
}

const placeholder = /\{(\w*)\}/g;

const fillers: Readonly<Record<string, (broken: Broken) => string>> = {
  product: ({ contract: { domain = "?", name = "?" } }) => `${domain}/${name}`,
  name: ({ element: { value } }) => nameOf(value),
  value: ({ contract, path }) => describeValue(valueAt(contract, path)),
  missing: ({ errors }) => [...new Set(params(errors, "missingProperty"))].join(", "),
  found: ({ errors }) => params(errors, "found").join(", "),
};

/** Elements go by the key that the standard tells them apart by. */
function nameOf(value: unknown): string {
  if (!isRecord(value)) return "?";
  return String(value.name ?? value.server ?? value.role ?? value.property ?? value.major ?? value.id ?? "?");
}

function params(errors: readonly ShapeError[], name: string): string[] {
  return errors.flatMap((error) => {
    const value = (error.params as Record<string, unknown>)[name];
    return value === undefined ? [] : [String(value)];
  });
}
