import { openLanding } from "@thoth/testing/landing";
import { expect, test } from "vitest";
import { csvFiles } from "./csv-files.ts";
import { compareColumns } from "./source-drift.ts";

const none = { added: [], gone: [], changed: [] };

test("columns that are new, gone or of another type are told apart; their order is nothing", () => {
  const [a, b] = [{ name: "a", type: "int" }, { name: "b" }];
  expect(compareColumns([a, b], [b, a])).toEqual(none);
  expect(compareColumns([a], [a, b])).toEqual({ ...none, added: [b] });
  expect(compareColumns([a, b], [a])).toEqual({ ...none, gone: [b] });
  expect(
    compareColumns(
      [a, b],
      [
        { name: "a", type: "text" },
        { name: "b", type: "int" },
      ],
    ),
  ).toEqual({
    ...none,
    changed: [{ name: "a", before: "int", after: "text" }],
  });
});

test("a file's columns are told of when they change, also those that nobody declared", async () => {
  await using landing = await openLanding();
  const columns = { id: "BIGINT", note: { type: "VARCHAR", optional: true } } as const;
  const stream = csvFiles({ name: "news", files: "news.csv", mode: "replace", columns });
  await landing.file("news.csv", "id,note,secret\n1,a,x\n");
  expect((await landing.land(stream)).drift).toEqual(none);
  expect((await landing.land(stream)).drift).toBeUndefined();
  await landing.file("news.csv", "id,secret,mood\n1,x,good\n2,y,bad\n");
  expect((await landing.land(stream)).drift).toEqual({ ...none, added: [{ name: "mood" }], gone: [{ name: "note" }] });
  await landing.file("news.csv", "id,secret,mood\n3,x,good\n");
  expect((await landing.land(stream)).drift).toEqual(none);
});
