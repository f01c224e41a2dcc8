import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ruleSummaries } from "./rule-table.ts";

const guide = readFileSync(new URL("../../../../docs/contracts.md", import.meta.url), "utf8");

test("the guide lists every rule in its row, with every class it can have", () => {
  for (const { row, rule, reader, writer } of ruleSummaries()) {
    const line = guide.split("\n").find((text) => text.startsWith(`| ${row} | `)) ?? "";
    // a product is renamed by its name, which identifies it; an element by the row for names
    const shown = row === 43 && rule === "renamed" ? guide : line;
    expect(shown).toContain(`\`${rule}\``);
    expect(shown).toContain(reader);
    expect(line.endsWith("| the same |") || line.includes(writer)).toBe(true);
  }
});
