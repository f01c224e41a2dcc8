import type { Block, Inline, ProductPage, Section } from "./product-page.ts";

/** A page in Markdown as GitHub reads it. Whatever a contract says stays text. */
export function productMarkdown({ title, facts, lead, sections }: ProductPage): string {
  const parts = [
    `# ${escapeText(title)}`,
    escapeText(lead),
    table(
      ["", ""],
      facts.map(([term, value]) => [`**${escapeText(term)}**`, cell(value)]),
    ),
    ...sections.flatMap(section),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function section({ title, blocks }: Section): string[] {
  return [`## ${escapeText(title)}`, ...blocks.map(block)];
}

function block(one: Block): string {
  switch (one.kind) {
    case "text":
      return escapeText(one.text);
    case "code":
      return `\`\`\`${one.language}\n${one.text.trimEnd()}\n\`\`\``;
    case "table":
      return table(
        one.head.map(escapeText),
        one.rows.map((row) => row.map(cell)),
      );
    default:
      return one satisfies never;
  }
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function cell(value: Inline): string {
  if (typeof value === "string") return escapeText(value);
  if ("code" in value) return codeSpan(value.code);
  return value.map(cell).join("<br>");
}

/** Everything that Markdown or HTML would read as more than a letter, on one line. */
function escapeText(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  const escaped = line.replaceAll(/[\\`*_{}[\]<>|~$&]/g, (mark) => (mark === "&" ? "&amp;" : `\\${mark}`));
  return escaped.replace(/^([#>+-]|\d+[.)])(?=\s)/, "\\$1");
}

/** In a table a bar ends the cell even within code. */
function codeSpan(code: string): string {
  const line = code.replaceAll(/\s+/g, " ").trim().replaceAll("|", "\\|");
  const fence = "`".repeat(Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  const pad = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}
