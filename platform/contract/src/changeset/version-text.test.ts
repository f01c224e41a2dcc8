import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDocument } from "yaml";
import { withoutVersion, withVersion } from "./version-text.ts";

test.each([
  ["version: 1.0.0\nid: a\n", "version: 2.0.0\nid: a\n"],
  ["# top\nversion:   '1.0.0'   # why\n", "# top\nversion:   '2.0.0'   # why\n"],
  ['id: a\n"version": "1.0.0"', 'id: a\n"version": "2.0.0"'],
  ["{ id: a, version: 1.0.0 }\n", "{ id: a, version: 2.0.0 }\n"],
  ["version:\n  1.0.0\nschema:\n  - version: 1.0.0\n", "version:\n  2.0.0\nschema:\n  - version: 1.0.0\n"],
  ["id: a\r\nversion: 1.0.0\r\nname: b\r\n", "id: a\r\nversion: 2.0.0\r\nname: b\r\n"],
])("%j becomes %j", (text, expected) => {
  expect(withVersion(text, "2.0.0")).toBe(expected);
});

test("nothing but the version changes, and the way there is forgotten", () => {
  const part = fc.stringMatching(/^[a-z]{1,8}$/);
  const version = fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)).map((parts) => parts.join("."));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), part, version, version, (before, after, from, to) => {
      const text = `${before.map((word, index) => `k${index}: ${word} # ${word}\n`).join("")}version: ${from}\nlast: ${after}\n`;
      const raised = withVersion(text, to);
      expect(parseDocument(raised).toJS()).toEqual({ ...parseDocument(text).toJS(), version: to });
      expect(withVersion(raised, from)).toBe(text);
      expect(withoutVersion(raised)).toBe(withoutVersion(text));
    }),
  );
});
