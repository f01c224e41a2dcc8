import { expect, test } from "vitest";
import type { Domain } from "../domain.ts";
import { safeMessage } from "./safe-message.ts";

const env = { DB: "postgres://ann:pa%40ssword@db/x", KEY: "k3y-of-the-api", SHORT: "abc", EMPTY: "" };
const secrets = [...Object.keys(env), "UNSET"];
const domains = [{ sources: [{ name: "s", kind: "k", description: "", streams: [], secrets }] }] as unknown as Domain[];

test.each([
  ["ingest/no-files: no file fits sales-*.csv", "ingest/no-files: no file fits sales-*.csv"],
  ["Error: cannot reach postgres://ann:pa%40ssword@db/x", "Error: cannot reach ***"],
  ["Error: wrong password pa@ssword for abc", "Error: wrong password *** for abc"],
  ["TypeError: k3y-of-the-api, k3y-of-the-api", "TypeError: ***, ***"],
  [
    "connect https://bob:hunter2@host/path?x=1 and mysql://eve@other",
    "connect https://***@host/path?x=1 and mysql://***@other",
  ],
  ["connect postgres://bob:hunter@2@host/path", "connect postgres://***@host/path"],
  ["mail ann@example.org about https://host/@x", "mail ann@example.org about https://host/@x"],
])("%s", (message, safe) => {
  expect(safeMessage(message, domains, env)).toBe(safe);
});

test("a long text that might be the beginning of an address is no burden", () => {
  const message = "a.".repeat(500_000);
  expect(safeMessage(message, domains, env)).toBe(message);
});
