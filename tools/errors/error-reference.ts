import type { ErrorEntry, ErrorTable } from "./collect-errors.ts";

const introduction = `# Error reference

Every failure that the mesh expects has a code, says what happened and where, and what to do about it. A code never
changes once it is released. What stands in \`<angle brackets>\` is filled in when the error occurs.

This page is generated from the packages' tables of errors: \`npm run generate\`.
`;

/** The page that lists every error: one section per package, one row per code. */
export function renderErrorReference(tables: readonly ErrorTable[]): string {
  const sections = tables.filter(({ entries }) => entries.length > 0).map(renderTable);
  return [introduction, ...sections].join("\n");
}

function renderTable({ file, entries }: ErrorTable): string {
  const rows = entries.map(
    ({ code, message, hint }: ErrorEntry) => `| \`${code}\` | ${cell(message)} | ${cell(hint)} |`,
  );
  const name = file.replace("/src/errors.ts", "");
  return [`## ${name}`, "", "| code | message | what to do |", "| --- | --- | --- |", ...rows, ""].join("\n");
}

/** Text as it reads, in one cell of a table. Inside `code spans` only the bar means anything. */
function cell(text: string): string {
  const parts = text.split(/(`[^`]*`)/);
  const escaped = parts.map((part, index) => (index % 2 === 1 ? part : part.replace(/[\\*_<>[\]~]/g, "\\$&")));
  return escaped
    .join("")
    .replaceAll("|", "\\|")
    .replace(/\s*\n\s*/g, "<br>");
}
