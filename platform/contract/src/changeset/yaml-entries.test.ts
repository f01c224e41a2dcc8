import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { appendEntry, replaceEntry, replaceTop } from "./yaml-entries.ts";

test.each([
  ["votes:\n", "votes:\n  - { by: lead }\n"],
  ["votes: []\nacks:\n", "votes:\n  - { by: lead }\nacks:\n"],
  ["acks:\n\n# next\nvotes:", "acks:\n\n# next\nvotes:\n  - { by: lead }\n"],
  [
    "votes:\n  - { by: a } # why\n\n# next\nacks:\n",
    "votes:\n  - { by: a } # why\n  - { by: lead }\n\n# next\nacks:\n",
  ],
  ["votes:\n  - by: a\n    vote: approve\nacks:\n", "votes:\n  - by: a\n    vote: approve\n  - { by: lead }\nacks:\n"],
  ["votes:\n  - { by: a }", "votes:\n  - { by: a }\n  - { by: lead }\n"],
])("an entry is added to %j", (text, expected) => {
  expect(appendEntry(text, "votes", { by: "lead" })).toBe(expected);
});

test("an entry takes the place of another one, and comments stay", () => {
  const text = "votes:\n  - { by: a } # first\n  # second\n  - { by: b }\n";
  const replaced = replaceEntry(text, "votes", { index: 0, entry: { by: "a", vote: "reject" } });
  expect(replaced).toBe("votes:\n  - { by: a, vote: reject } # first\n  # second\n  - { by: b }\n");
});

test("a value at the top is replaced, or added at the end", () => {
  const text = "# head\na: 1 # one\nlist:\n  - x\n  - y\n\n# tail\nz: 2\n";
  expect(replaceTop(text, "list", ["w"])).toBe("# head\na: 1 # one\nlist:\n  - w\n\n# tail\nz: 2\n");
  expect(replaceTop(text, "released", { at: "now" })).toBe(`${text}released:\n  at: now\n`);
});

test("whatever is said stays on one line and is read as it was said", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("two\nlines", "a: b # c", "- x", "{", "null", "7", ""),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), (reasons) => {
      const text = reasons.reduce((grown, reason) => appendEntry(grown, "votes", { reason }), "votes:\n");
      expect(parse(text)).toEqual({ votes: reasons.length === 0 ? null : reasons.map((reason) => ({ reason })) });
      expect(text.split("\n").length).toBe(reasons.length + 2);
    }),
  );
});

test("git keeps what two people add at once", () => {
  const folder = mkdtempSync(join(tmpdir(), "merge-"));
  try {
    const base = "acks:\n\n# votes\nvotes:\n";
    const at = (name: string) => join(folder, name);
    writeFileSync(at("base"), base);
    writeFileSync(at("ours"), appendEntry(base, "votes", { by: "a", vote: "approve" }));
    writeFileSync(
      at("theirs"),
      appendEntry(appendEntry(base, "votes", { by: "b", vote: "approve" }), "acks", { by: "b" }),
    );
    execFileSync("git", ["merge-file", "--union", at("ours"), at("base"), at("theirs")]);
    const merged = parse(readFileSync(at("ours"), "utf8"));
    expect(merged.acks).toEqual([{ by: "b" }]);
    expect(merged.votes.map((vote: { by: string }) => vote.by).sort()).toEqual(["a", "b"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
