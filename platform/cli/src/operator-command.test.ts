import { expect, test } from "vitest";
import { parseOperatorCommand } from "./operator-command.ts";

test.each([
  { command: "run", full: false },
  { command: "run", full: true, only: "library-loans/loans" },
  { command: "run", full: false, only: "a", backfill: { range: "2026-01-01..2026-01-31", by: "week" } },
  { command: "runs", filter: {} },
  { command: "runs", filter: { since: 5 } },
  { command: "desk", call: { name: "dead" } },
  { command: "desk", call: { name: "pause", argument: "a/b" } },
  { command: "desk", call: { name: "quality", argument: { limit: 1 } } },
  { command: "desk", call: { name: "quality", argument: { domain: "d", rejected: "whole", profile: true, limit: 9 } } },
  { command: "runs", filter: { limit: 20, domain: "d", status: "failed" } },
  { command: "usage", filter: { since: 0 } },
  { command: "usage", filter: { since: 1, domain: "d", product: "p" } },
  { command: "rollback", domain: "d", product: "p" },
  { command: "rollback", domain: "d", product: "p", snapshot: "s" },
])("%j is a command", (command) => {
  expect(parseOperatorCommand(JSON.stringify(command))).toEqual(command);
});

test("what a command does not have is dropped", () => {
  expect(parseOperatorCommand('{"command":"run","full":true,"signal":{},"trigger":"schedule"}')).toEqual({
    command: "run",
    full: true,
  });
});

test.each([
  "",
  "run",
  "null",
  "[]",
  "{}",
  '{"command":"run"}',
  '{"command":"run","full":"yes"}',
  '{"command":"run","full":true,"only":["a"]}',
  '{"command":"run","full":true,"backfill":{"range":"2026","by":"year"}}',
  '{"command":"desk"}',
  '{"command":"desk","call":{"name":"drop","argument":"a"}}',
  '{"command":"desk","call":{"name":"pause"}}',
  '{"command":"desk","call":{"name":"quality"}}',
  '{"command":"desk","call":{"name":"quality","argument":{"limit":0}}}',
  '{"command":"desk","call":{"name":"quality","argument":{"limit":1,"rejected":"all"}}}',
  '{"command":"desk","call":{"name":"quality","argument":{"limit":1,"domain":1}}}',
  '{"command":"runs","filter":{"since":"yesterday"}}',
  '{"command":"runs"}',
  '{"command":"runs","filter":{"limit":-1}}',
  '{"command":"runs","filter":{"domain":{}}}',
  '{"command":"usage","filter":{}}',
  '{"command":"usage","filter":{"since":"yesterday"}}',
  '{"command":"usage","filter":{"since":0,"domain":1}}',
  '{"command":"rollback","domain":"d"}',
  '{"command":"rollback","domain":"d","product":"p","snapshot":1}',
])("%s is none", (text) => {
  expect(parseOperatorCommand(text)).toBeUndefined();
});
