import { expect, test } from "vitest";
import { judgeAnswer } from "./judge-answer.ts";

const range = { "shop/entries": { from: 3, to: 4 }, "stock/items": { from: 1, to: 1 } };
const data = (...parts: string[]) => `{"data":{${parts.join(",")}}}`;

test.each([
  [
    "all of one snapshot",
    200,
    data('"entrySnapshot":3', '"entrySnapshot":3', '"itemSnapshot":1'),
    undefined,
    "answered",
  ],
  ["the one that is being published", 200, data('"entrySnapshot":4'), undefined, "answered"],
  ["says nothing of a product", 200, data('"a":null'), undefined, "answered"],
  ["two snapshots of a product", 200, data('"entrySnapshot":3', '"entrySnapshot":4'), undefined, /snapshots 3 and 4/],
  ["an old one", 200, data('"entrySnapshot":2'), undefined, /2, when 3 had been published/],
  ["one that does not exist", 200, data('"itemSnapshot":2'), undefined, /nobody has published/],
  ["turned away", 503, "busy", "1", "shed"],
  ["turned away for good", 503, "busy", undefined, /503 without Retry-After/],
  ["an error beside data", 200, `{"errors":[{"message":"no"}],"data":{}}`, undefined, /200 \{"errors"/],
  ["a failure of the server", 500, "{}", undefined, /500/],
])("an answer with %s", (_what, status, body, retryAfter, expected) => {
  const verdict = judgeAnswer({ status, body, retryAfter, bytes: body.length }, range);
  if (typeof expected === "string") expect(verdict).toEqual({ kind: expected });
  else expect(verdict).toEqual({ kind: "failed", reason: expect.stringMatching(expected) });
});
