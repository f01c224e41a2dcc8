import { nearest } from "@thoth/contract/spelling";
import { formatPlace } from "@thoth/kernel/mesh-error";
import { lineageOf, type MeshLineage } from "@thoth/pipeline/lineage";
import { edgesFrom, type LineageDirection, type UntracedPart, untracedOf } from "@thoth/pipeline/lineage-edges";
import type { TableLineage } from "@thoth/pipeline/lineage-table";
import type { LineageNode } from "@thoth/pipeline/lineage-walk";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { columnText, overviewText, tableText } from "../lineage-text.ts";
import { loadDomains } from "../load-domains.ts";
import { loadSettings } from "../settings.ts";

export const lineage: Command = {
  name: "mesh lineage",
  summary: "Show where data comes from and what is made from it, down to columns.",
  usage: "[domain[/product[.column]]]",
  details:
    "Read from the SQL of all domains by the engine; nothing has to have run. Besides products, cleaned and raw tables can be\n" +
    "named: <domain>/clean.<table>, <domain>/raw.<stream>. What could not be traced is told, with its place.",
  options: {
    upstream: { type: "boolean", description: "What it is made from; this is what is shown unless told otherwise." },
    downstream: { type: "boolean", description: "What is made from it." },
  },
  positionals: [0, 1],
  examples: [
    ["mesh lineage", "every product, and the products and sources it is made from"],
    ["mesh lineage ontrack-learning/units.code", "where a column comes from"],
    ["mesh lineage ontrack-learning/units --downstream", "what would change with a product"],
    ["mesh lineage ontrack-learning/units --json", "edges between columns, for programs"],
  ],
  run: showLineage,
};

async function showLineage(input: CommandInput, effects: Effects): Promise<number> {
  const direction = directionOf(input);
  const settings = await loadSettings(effects.cwd, effects.env);
  const tables = await lineageOf(await loadDomains(settings));
  const subject = findSubject(tables, input.positionals[0]);
  const starts = startsOf(subject);
  const edges = edgesFrom(tables, starts, direction);
  const unknown = untracedOf(tables, edges, starts);
  if (input.json)
    effects.out(`${JSON.stringify({ of: input.positionals[0] ?? null, direction, edges, unknown }, null, 2)}\n`);
  else effects.out(`${[...textOf(tables, subject, direction), ...unknownText(unknown)].join("\n")}\n`);
  return 0;
}

function directionOf(input: CommandInput): LineageDirection {
  if (input.flag("upstream") && input.flag("downstream"))
    throw usage(lineage, "--upstream and --downstream are asked for at once");
  return input.flag("downstream") ? "downstream" : "upstream";
}

type Subject =
  | { readonly kind: "products"; readonly products: readonly TableLineage[] }
  | { readonly kind: "table"; readonly table: TableLineage }
  | { readonly kind: "column"; readonly table: TableLineage; readonly column: string };

/** @throws MeshError `cli/unknown-lineage` */
function findSubject(tables: MeshLineage, name: string | undefined): Subject {
  const products = [...tables.values()].filter(({ layer }) => layer === "product");
  if (name === undefined) return { kind: "products", products };
  const table = tables.get(name);
  if (table !== undefined) return { kind: "table", table };
  const dot = name.lastIndexOf(".");
  const owner = dot < 0 ? undefined : tables.get(name.slice(0, dot));
  if (owner !== undefined) return { kind: "column", table: owner, column: columnIn(owner, name.slice(dot + 1)) };
  const own = products.filter(({ domain }) => domain === name);
  if (own.length > 0) return { kind: "products", products: own };
  throw cliError["unknown-lineage"]({ name, meant: nearest(name, [...tables.keys()]) });
}

function columnIn({ id, columns }: TableLineage, name: string): string {
  const names = columns.map((column) => column.name);
  if (names.includes(name)) return name;
  const meant = nearest(name, names);
  throw cliError["unknown-lineage"]({ name: `${id}.${name}`, meant: meant && `${id}.${meant}` });
}

/** Of a table all columns, and which rows it has. */
function startsOf(subject: Subject): LineageNode[] {
  if (subject.kind === "column") return [{ table: subject.table.id, column: subject.column }];
  const tables = subject.kind === "table" ? [subject.table] : subject.products;
  return tables.flatMap(({ id, columns }) => [
    ...columns.map(({ name }) => ({ table: id, column: name })),
    { table: id, column: undefined },
  ]);
}

function textOf(tables: MeshLineage, subject: Subject, direction: LineageDirection): string[] {
  if (subject.kind === "table") return tableText(tables, subject.table, direction);
  if (subject.kind === "column")
    return columnText(tables, { table: subject.table.id, column: subject.column }, direction);
  return overviewText(tables, subject.products, direction);
}

function unknownText(parts: readonly UntracedPart[]): string[] {
  if (parts.length === 0) return [];
  const lines = parts.map(
    ({ of, file, line, column, reason }) =>
      `  ${of}: ${reason} (${formatPlace({ ...(file !== undefined && { file }), line, column })})`,
  );
  return ["", "could not be traced", ...new Set(lines)];
}
