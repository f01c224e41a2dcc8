import type { CustomProperty } from "../generated/odcs.ts";

/**
 * What the standard has no key for. Columns, and the contract itself, carry the first five as custom properties; the
 * entries of `previousMajors` have them as keys.
 */
export const lifecycleWords = {
  /** Date of the announcement. */
  since: "deprecatedSince",
  /** Date from which it may be gone. Of a whole contract it is the SLA property of that name. */
  until: "endOfSupport",
  /** Name of the column to use instead; of a contract `<domain>/<product>` or its GraphQL field. */
  replacement: "replacedBy",
  /** Why, for readers. */
  reason: "deprecationReason",
  /** List of `{ from, to }`: when it is switched off for a while. */
  brownOuts: "brownOuts",
  /** Of a contract: list of `{ major, … }`, what becomes of the major versions before. */
  previousMajors: "previousMajors",
} as const;

/** The named values of an element's custom properties. */
export function customValues(customProperties: readonly CustomProperty[] = []): Readonly<Record<string, unknown>> {
  return Object.fromEntries(customProperties.map(({ property, value }) => [property, value]));
}
