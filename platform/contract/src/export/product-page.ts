import { capitalise } from "../describe-spot.ts";
import { spokenUnit } from "../duration-unit.ts";
import type { Team } from "../generated/odcs.ts";
import type { ColumnModel, ProductModel, PromiseModel, QualityRuleModel } from "../product-model.ts";
import { exampleGraphql, exampleSql } from "./example-queries.ts";
import type { ExportSource } from "./export-source.ts";

/** A product in words, for whoever wants to use it. Texts are plain; how they are written is for the writer of a format. */
export interface ProductPage {
  readonly title: string;
  /** One line below the title: what it is, in numbers and names. */
  readonly facts: readonly (readonly [term: string, value: Inline])[];
  readonly lead: string;
  readonly sections: readonly Section[];
}

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly language: "graphql" | "sql"; readonly text: string }
  | { readonly kind: "table"; readonly label: string; readonly head: readonly string[]; readonly rows: readonly Row[] };

export type Row = readonly Inline[];

/** A text, or one that is code. Several stand one below the other. */
export type Inline = string | { readonly code: string } | readonly Inline[];

/** A page without anything that changes from day to day: what is served now is for the catalog to say. */
export function describePage(source: ExportSource): ProductPage {
  const { model, contract } = source;
  return {
    title: model.title,
    facts: facts(source, contract.team),
    lead: model.purpose,
    sections: [
      ...optional("How to use it", [text(model.usage)]),
      ...optional("Mind this", [text(model.limitations)]),
      ...optional("What is promised", promiseTable(model.promises)),
      { title: "Example queries", blocks: examples(model) },
      { title: "Columns", blocks: [columnTable(model)] },
      ...optional("Relations", relationTable(model)),
      ...optional("Quality rules", ruleTable(model.rules)),
      ...optional("Versions", versionTable(source)),
    ],
  };
}

function optional(title: string, blocks: readonly (Block | undefined)[]): Section[] {
  const kept = blocks.filter((block) => block !== undefined);
  return kept.length > 0 ? [{ title, blocks: kept }] : [];
}

function text(value: string): Block | undefined {
  return value === "" ? undefined : { kind: "text", text: value };
}

function facts({ model, inputs }: ExportSource, team: Team | undefined): ProductPage["facts"] {
  const { name, members } = Array.isArray(team) ? { name: undefined, members: team } : (team ?? {});
  const people = (members ?? []).map(({ name: person, username, role }) =>
    role === undefined ? (person ?? username) : `${person ?? username} (${role})`,
  );
  return [
    ["Product", { code: model.id }],
    ["Version", model.version],
    ["Status", model.status],
    ...(name === undefined ? [] : [["Team", name] as const]),
    ...(people.length === 0 ? [] : [["Contact", people] as const]),
    ...(inputs.length === 0 ? [] : [["Made from", inputs.map(({ product }) => ({ code: product }))] as const]),
    ...(model.tags.length === 0 ? [] : [["Tags", model.tags.join(", ")] as const]),
  ];
}

function examples(model: ProductModel): Block[] {
  return [
    { kind: "text", text: "In GraphQL, at the gateway:" },
    { kind: "code", language: "graphql", text: exampleGraphql(model) },
    { kind: "text", text: "In SQL, with mesh sql:" },
    { kind: "code", language: "sql", text: exampleSql(model) },
  ];
}

function columnTable(model: ProductModel): Block {
  const rows = model.columns.map((column) => [
    { code: column.name },
    { code: column.sqlType },
    columnMeaning(column, model),
    column.classification,
  ]);
  return { kind: "table", label: "Columns", head: ["Column", "Type", "Meaning", "Classification"], rows };
}

function columnMeaning(column: ColumnModel, { key }: ProductModel): Inline {
  const { name, description, required, unit, enumValues, deprecated } = column;
  const notes = [
    ...(key.includes(name) ? [key.length === 1 ? "key" : "part of the key"] : []),
    required || key.includes(name) ? "never null" : "may be null",
    ...(column.unique ? ["unique"] : []),
    ...(unit === undefined ? [] : [`in ${unit}`]),
    ...limitNotes(column),
  ];
  return [
    ...(description === "" ? [] : [description]),
    `${capitalise(notes.join(", "))}.`,
    ...(enumValues ? [`Values: ${enumValues.join(", ")}.`] : []),
    ...(deprecated === undefined ? [] : [`Deprecated: ${deprecated}`]),
  ];
}

function limitNotes({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, minLength, maxLength }: ColumnModel) {
  const notes: readonly (readonly [string, number | string | undefined, string])[] = [
    ["at least", minimum, ""],
    ["at most", maximum, ""],
    ["above", exclusiveMinimum, ""],
    ["below", exclusiveMaximum, ""],
    ["at least", minLength, minLength === 1 ? " character" : " characters"],
    ["at most", maxLength, maxLength === 1 ? " character" : " characters"],
  ];
  return notes.flatMap(([word, limit, unit]) => (limit === undefined ? [] : [`${word} ${limit}${unit}`]));
}

function relationTable({ relationships }: ProductModel): Block[] {
  const rows = relationships.map(({ fieldName, from, to }) => [
    { code: fieldName },
    { code: from.join(", ") },
    { code: `${to.domain}/${to.product}` },
    { code: to.columns.join(", ") },
  ]);
  const head = ["GraphQL field", "Column", "Leads to", "By"];
  return rows.length === 0 ? [] : [{ kind: "table", label: "Relations", head, rows }];
}

function promiseTable(promises: readonly PromiseModel[]): Block[] {
  const rows = promises.map(({ property, value, unit = "", element, description = "" }) => [
    element === undefined ? property : `${property} of ${element}`,
    `${value} ${spokenUnit(value, unit)}`.trim(),
    description,
  ]);
  return rows.length === 0 ? [] : [{ kind: "table", label: "Promises", head: ["Promise", "Value", "Meaning"], rows }];
}

function ruleTable(rules: readonly QualityRuleModel[]): Block[] {
  const rows = rules.map((rule) => [
    rule.name,
    rule.column === undefined ? "all rows" : { code: rule.column },
    ruleTest(rule),
    rule.severity === "error" ? "not published" : "published with a warning",
  ]);
  const head = ["Rule", "About", "Test", "When broken"];
  return rows.length === 0 ? [] : [{ kind: "table", label: "Quality rules", head, rows }];
}

function ruleTest({ query, metric, operator, threshold, unit = "" }: QualityRuleModel): Inline {
  const measured = query ?? metric;
  if (measured === undefined) return "judged by people";
  const limit = [threshold ?? ""].flat().join(" and ");
  const words = operator?.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`) ?? "";
  return [{ code: measured }, `${words} ${limit} ${unit}`.trim()];
}

function versionTable({ versions, model }: ExportSource): Block[] {
  const all = versions.includes(model.version) ? versions : [...versions, model.version];
  const rows = [...all].reverse().map((version) => {
    const state = versions.includes(version) ? "published" : "in work";
    return [version, version === model.version ? `${state}; described here` : state];
  });
  return [{ kind: "table", label: "Versions", head: ["Version", "State"], rows }];
}
