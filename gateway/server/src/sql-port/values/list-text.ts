import type { ArrayValue } from "./array-value.ts";

/** An array as the engine writes lists: `['a', NULL]`. */
export function listText(value: ArrayValue): string {
  const items = value.map((item) => {
    if (item === null) return "NULL";
    return typeof item === "string" ? `'${item.replace(/['\\]/g, "\\$&")}'` : listText(item);
  });
  return `[${items.join(", ")}]`;
}
