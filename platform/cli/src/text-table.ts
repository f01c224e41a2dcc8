import type { SqlRow } from "@thoth/warehouse/query-engine";
import { shownText } from "./shown-text.ts";

const widest = 60;

/** Rows as aligned text with a header; numbers to the right. */
export function formatTable(rows: readonly SqlRow[]): string {
  const [first] = rows;
  if (first === undefined) return "(no rows)";
  const names = Object.keys(first);
  const heads = names.map(shownText);
  const cells = rows.map((row) => names.map((name) => formatCell(row[name])));
  const widths = heads.map((name, i) => Math.max(name.length, ...cells.map((line) => line[i]?.length ?? 0)));
  const numeric = names.map((name) => rows.every((row) => ["number", "bigint"].includes(typeof (row[name] ?? 0))));
  const align = (line: readonly string[]) =>
    line
      .map((cell, i) => (numeric[i] === true ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  return [align(heads), align(widths.map((width) => "─".repeat(width))), ...cells.map(align)].join("\n");
}

/** A value that JSON can carry: whole numbers that a reader would round become text, bytes hexadecimal digits. */
export function jsonValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function formatCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const plain = jsonValue(value);
  const text =
    typeof plain === "object" ? JSON.stringify(plain, (_key, inner: unknown) => jsonValue(inner)) : String(plain);
  return shownText(text.length > widest ? `${text.slice(0, widest - 1)}…` : text);
}
