import type { ProductModel, ValueModel } from "@thoth/contract/product-model";
import { subjectOf } from "@thoth/contract/roles/subject";
import { stringFormat } from "@thoth/contract/string-format";
import { isSecretName } from "@thoth/ingest/secret-names";
import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import { type Check, stagedTable } from "./check.ts";
import type { Target } from "./rule-target.ts";

const none: Target = { operator: "mustBe", threshold: 0 };

/**
 * What a contract implies for the people in a product. It holds whatever else the contract says of quality: rows that break
 * it would be shown about people who have not agreed, or would name people whom they must not name.
 */
export function consentChecks(model: ProductModel): Check[] {
  const purposes = Object.entries(model.consent.columns);
  return [
    ...purposes.flatMap(([purpose, column]) => [
      answered(column, purpose, model),
      ...oneAnswer(column, purpose, model),
    ]),
    ...model.columns.flatMap((column) => (column.personalData === "pseudonym" ? namesNobody(column, model) : [])),
    ...model.columns.flatMap((column) =>
      secrets(column.name, column, column.name).map((path) => noSecret(path, column)),
    ),
  ];
}

type Guard = Pick<Check, "severity" | "target" | "guards">;
const guard: Guard = { severity: "error", target: none, guards: "consent" };

/** A column that says nothing of anybody has lost what people answered. */
function answered(column: string, purpose: string, model: ProductModel): Check {
  const name = quoteIdentifier(column);
  return {
    ...guard,
    id: `consent:answered:${column}`,
    column,
    dimension: "completeness",
    measure: { kind: "aggregate", sql: `CASE WHEN count(*) > 0 AND count(${name}) = 0 THEN 1 ELSE 0 END` },
    says: `${column} must hold an answer about ${purpose} of somebody at least, and is null throughout`,
    line: lineOf(column, model),
  };
}

/**
 * Who has said yes in one row and no in another: none of the rows may be shown before that is cleared up. Where people are a
 * part of the key, they may have answered for each of what the rest of it names, and the contract cannot tell: then it warns.
 */
function oneAnswer(column: string, purpose: string, model: ProductModel): Check[] {
  const subject = subjectOf(model.columns);
  if (subject === undefined) return [];
  const [person, consent] = [quoteIdentifier(subject), quoteIdentifier(column)];
  const staged = stagedTable(model);
  const torn = `SELECT ${person} FROM ${staged} WHERE ${person} IS NOT NULL GROUP BY ALL
HAVING bool_or(${consent} IS TRUE) AND bool_or(${consent} IS FALSE)`;
  const rows = `${staged} AS entry WHERE entry.${person} IN (${torn})`;
  const check: Check = {
    ...guard,
    severity: model.key.includes(subject) ? "warning" : "error",
    id: `consent:one-answer:${column}`,
    column,
    dimension: "consistency",
    measure: { kind: "statement", sql: `SELECT count(*) FROM ${rows}` },
    rows: { kind: "query", sql: `SELECT entry.rowid FROM ${rows}` },
    says: `a person of ${subject} must have one answer in ${column} about ${purpose}`,
    line: lineOf(column, model),
  };
  return [check];
}

/** What is a person's name or address stands for nobody: it is that person. */
function namesNobody({ name, line }: ProductModel["columns"][number], { columns }: ProductModel): Check[] {
  const text = `${quoteIdentifier(name)}::VARCHAR`;
  const named = columns.filter(({ personalData }) => personalData === "direct");
  const conditions = [
    `regexp_full_match(${text}, ${quoteLiteral(addressPattern)}, 'i')`,
    ...named.map((direct) => `${text} = ${quoteIdentifier(direct.name)}::VARCHAR`),
  ];
  const check: Check = {
    ...guard,
    id: `privacy:pseudonym:${name}`,
    column: name,
    dimension: "conformity",
    ...counted(conditions.map((condition) => `(${condition})`).join(" OR ")),
    says: `${name} must stand for a person and neither be an e-mail address nor what ${named.map((direct) => direct.name).join(", ") || "another column"} holds`,
    line,
  };
  return [check];
}

const address = stringFormat("email");
const addressPattern = typeof address === "object" ? address.pattern : "";

/** `api_token`, `client.password`: columns and described fields whose names are those of secrets. */
function secrets(path: string, { properties = [], items }: ValueModel, name?: string): string[] {
  const own = name !== undefined && isSecretName(name) ? [path] : [];
  const inside = properties.flatMap((field) => secrets(`${path}.${field.name}`, field, field.name));
  return [...own, ...inside, ...(items === undefined ? [] : secrets(`${path}[]`, items))];
}

/** Sources never read what is called so; a query that fills it would publish it. */
function noSecret(path: string, { name, line }: ProductModel["columns"][number]): Check {
  return {
    ...guard,
    id: `privacy:secret:${path}`,
    column: name,
    dimension: "conformity",
    ...counted(`${quoteIdentifier(name)} IS NOT NULL`),
    says: `${path} is called as a secret is, and must hold nothing`,
    line,
  };
}

function counted(condition: string): Pick<Check, "measure" | "rows"> {
  return {
    measure: { kind: "aggregate", sql: `count(*) FILTER (WHERE ${condition})` },
    rows: { kind: "condition", sql: condition },
  };
}

function lineOf(name: string, { columns }: ProductModel): number {
  return columns.find((column) => column.name === name)?.line ?? 1;
}
