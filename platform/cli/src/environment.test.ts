import { describe, expect, test } from "vitest";
import { folderNameFrom, numberFrom, remotesFrom, textFrom, timeFrom, urlFrom } from "./environment.ts";

test.each([
  [{}, undefined],
  [{ MESH_HOME: "" }, undefined],
  [{ MESH_HOME: "  " }, undefined],
  [{ MESH_HOME: " var " }, "var"],
])("the text of %j is %j", (env, value) => {
  expect(textFrom(env, "MESH_HOME")).toBe(value);
});

describe("numbers", () => {
  const port = (text: string) => numberFrom({ MESH_PORT: text }, "MESH_PORT", { min: 0, max: 65_535, whole: true });

  test.each([
    ["4000", 4000],
    ["0", 0],
    ["65535", 65_535],
    ["", undefined],
  ])("%j is the port %j", (text, value) => {
    expect(port(text)).toBe(value);
  });

  test.each(["65536", "-1", "80.5", "eighty", "4000x", "NaN", "Infinity"])("%j is no port", (text) => {
    expect(() => port(text)).toThrow(
      expect.objectContaining({
        code: "cli/usage",
        message: `MESH_PORT is ${JSON.stringify(text)}, which is no whole number from 0 to 65535`,
        at: { path: "MESH_PORT" },
      }),
    );
  });

  test("a scale may have decimals", () => {
    expect(numberFrom({ S: "0.02" }, "S", { min: 0.001, max: 10 })).toBe(0.02);
  });
});

test("a time is ISO 8601 or refused", () => {
  expect(timeFrom({ T: "2026-03-02T00:00:00Z" }, "T")).toBe(Date.UTC(2026, 2, 2));
  expect(timeFrom({}, "T")).toBeUndefined();
  expect(() => timeFrom({ T: "soon" }, "T")).toThrow('T is "soon", which is no time such as');
});

test("a URL is one of the web or refused, without being repeated", () => {
  expect(urlFrom({ U: " https://lineage.example/api " }, "U")).toBe("https://lineage.example/api");
  expect(urlFrom({}, "U")).toBeUndefined();
  for (const text of ["ftp://key@host", "lineage", "http://"])
    expect(() => urlFrom({ U: text }, "U")).toThrow("U is no URL that begins with http:// or https://");
});

describe("domains served elsewhere", () => {
  const remotes = (text: string) => remotesFrom({ MESH_SUBGRAPHS: text });

  test("are read by name", () => {
    expect(remotes("")).toEqual({});
    expect(remotes("a=http://127.0.0.1:4101/graphql, b-c=https://host/graphql,")).toEqual({
      a: "http://127.0.0.1:4101/graphql",
      "b-c": "https://host/graphql",
    });
  });

  test.each(["http://127.0.0.1:4101", "a", "a=", "a=ftp://x", "A=http://x", "a=http://"])("%j is refused", (text) => {
    expect(() => remotes(text)).toThrow(expect.objectContaining({ code: "cli/usage", at: { path: "MESH_SUBGRAPHS" } }));
  });
});

test.each([
  undefined,
  "/srv/exports",
  "/srv//exports",
  "s3://bucket/exports",
  "file://nas/srv",
  "abfss://box@account/x",
])("%j is what others call a folder", (text) => {
  expect(folderNameFrom(text, "SOURCES")).toBe(text);
});

test.each([
  "exports",
  "//ann:pw@nas/srv",
  "s3://key:secret@bucket",
  "https://token@host/exports",
  "https://host/x?sig=abc",
  "s3:bucket",
])("%j is no name for a folder, and not repeated", (text) => {
  expect(() => folderNameFrom(text, "SOURCES")).toThrow(
    expect.objectContaining({
      code: "cli/usage",
      message:
        "SOURCES is neither an absolute path nor a URL such as s3://bucket/folder without a user, a password and a query",
    }),
  );
});
