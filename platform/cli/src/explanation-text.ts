import type { FieldExplanation } from "@thoth/subgraph/planned-execution";
import { valuesText } from "@thoth/subgraph/values-text";
import type { QueryExplanation } from "./mesh-config.ts";

/** How a query would be answered, for people. */
export function explanationText(explanation: QueryExplanation): string {
  if ("errors" in explanation) {
    return explanation.errors.map(({ message }) => `The gateway would refuse this: ${message}`).join("\n");
  }
  if (explanation.fields === null) return "All of it is left to the stitched executor: it is not a plain query.";
  return explanation.fields.map(fieldText).join("\n\n");
}

/** The same for programs: `{ fields: [{ key, kind, reason?, sql?, params?, reads?, cost }] }` or `{ errors }`. */
export function explanationJson(explanation: QueryExplanation): string {
  if ("errors" in explanation) return JSON.stringify(explanation);
  const fields = explanation.fields?.map((field) => {
    const { key, kind, cost } = field;
    if (field.kind === "fallback") return { key, kind, reason: field.reason, cost };
    const { sql, params, reads } = field.statement ?? {};
    return { key, kind, sql, params, reads: reads && [...reads.keys()].map(({ id }) => id), cost };
  });
  return JSON.stringify({ fields: fields ?? null }, bigintText);
}

function fieldText(field: FieldExplanation): string {
  if (field.kind === "fallback")
    return `${field.key}: the stitched executor, because ${field.reason}${costText(field)}`;
  const { statement } = field;
  if (statement === undefined) return `${field.key}: known without asking anybody`;
  const reads = [...statement.reads.keys()].map(({ id, version }) => `${id} ${version}`).join(", ");
  const params = statement.params.map((value, index) => `$${index + 1} = ${JSON.stringify(value, bigintText)}`);
  const lines = [
    `${field.key}: one statement over ${reads}${costText(field)}`,
    ...statement.sql.split("\n"),
    ...params,
  ];
  return lines.join("\n  ");
}

function costText({ cost: { scanned, written } }: FieldExplanation): string {
  if (scanned === 0 && written === 0) return "";
  return `\n  looks at up to ${valuesText(scanned)} values and writes up to ${valuesText(written)}`;
}

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
