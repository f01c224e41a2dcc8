import { existsSync, readdirSync, readFileSync } from "node:fs";
import { Ajv2019, type ValidateFunction } from "ajv/dist/2019.js";
import formats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type DocumentPath, formatPath } from "./finding.ts";
import { parseContract } from "./parse-contract.ts";
import { validateShape } from "./validate-shape.ts";

// The published examples and schemas of the standard lie beside the project, and are not part of it.
const standard = new URL("../../../../shared/standards/odcs/", import.meta.url);
const present = existsSync(standard);
const examples = present
  ? readdirSync(new URL("examples/", standard)).filter((name) => name.endsWith(".odcs.yaml"))
  : [];
/** Holds words of 3.2 that the published examples do not have yet. */
const ownExample = "our own course.odcs.yaml";
if (!present) console.info("skipped: the published examples of the standard are not at ../shared/standards/odcs");

describe.skipIf(!present)("the standard's own examples", () => {
  test("are there", () => expect(examples.length).toBeGreaterThanOrEqual(12));

  test.each(examples)("%s parses without errors", (name) => {
    const { contract, findings } = parseContract(readExample(name), name);
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(contract).toBeDefined();
  });
});

describe.skipIf(!present).each([
  ["v3.1.0", "odcs-json-schema-v3.1.0.json"],
  ["v3.2.0", "odcs-json-schema-v3.2.0-draft.json"],
])("agreement with the official schema of %s on damaged examples", (apiVersion, schemaFile) => {
  const official = present ? compileOfficial(schemaFile) : undefined;

  test.each([...examples, ownExample])("%s", (name) => {
    const example = { ...(parse(readExample(name)) as object), apiVersion };
    if (!official?.(example)) return expect(name === ownExample && apiVersion === "v3.1.0").toBe(true);
    const damaged = [...damage(example)];
    expect(damaged.length).toBeGreaterThan(50);
    expect(damaged.flatMap((one) => disagreement(apiVersion, one, official))).toEqual([]);
  });
});

function disagreement(apiVersion: string, { what, document }: Damaged, official: ValidateFunction): string[] {
  const [theirs, ours] = [official(document), validateShape(document).length === 0];
  const expected = justified.some((it) => it.in.includes(apiVersion) && it.theyAccept === theirs && it.what.test(what));
  return theirs === ours || expected ? [] : [`${what}: the standard ${theirs ? "accepts" : "rejects"} it, we do not`];
}

/** Where we differ on purpose. */
const justified: readonly {
  readonly what: RegExp;
  readonly in: readonly string[];
  readonly theyAccept: boolean;
  readonly why: string;
}[] = [
  {
    what: /^extra key description$/,
    in: ["v3.1.0", "v3.2.0"],
    theyAccept: true,
    why: "a misspelt purpose or usage would be lost without a word",
  },
  {
    what: /^(drop .*\.logicalType|map .*\.items)$/,
    in: ["v3.2.0"],
    theyAccept: false,
    why: "the draft asks for `map` wherever there is no logicalType, which it has optional",
  },
];

interface Damaged {
  /** `drop schema[].properties[].name` */
  readonly what: string;
  readonly document: unknown;
}

/** The example with one thing wrong, once for every kind of place: a key dropped, added, of the wrong type, outside its enum. */
function* damage(example: unknown): Generator<Damaged> {
  const seen = new Set<string>();
  for (const { path, value } of places(example)) {
    for (const [kind, replacement] of replacements(value)) {
      const what = `${kind} ${formatPath(path.map((part) => (typeof part === "number" ? "*" : part)))} ${typeof value}`;
      if (seen.has(what)) continue;
      seen.add(what);
      yield { what: `${kind} ${formatPath(path)}`, document: replaceAt(example, path, replacement) };
    }
  }
}

function* places(value: unknown, path: DocumentPath = []): Generator<{ path: DocumentPath; value: unknown }> {
  yield { path, value };
  const children = Array.isArray(value) ? [...value.entries()] : isMap(value) ? Object.entries(value) : [];
  for (const [key, child] of children) yield* places(child, [...path, key]);
}

const dropped = Symbol("dropped");

function replacements(value: unknown): [kind: string, value: unknown][] {
  const wrong: [string, unknown][] = [
    ["drop", dropped],
    ["list", []],
    ["map", {}],
    ["number", 12.5],
    ["text", "not-one-of-these"],
    ["true", true],
  ];
  return isMap(value) ? [...wrong, ["extra key", { ...value, notAKey: 1 }]] : wrong;
}

function replaceAt(document: unknown, path: DocumentPath, replacement: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return replacement === dropped ? undefined : replacement;
  if (Array.isArray(document)) {
    const copy = [...document];
    if (rest.length === 0 && replacement === dropped) copy.splice(Number(key), 1);
    else copy[Number(key)] = replaceAt(copy[Number(key)], rest, replacement);
    return copy;
  }
  const { [key]: old, ...others } = document as Record<string, unknown>;
  if (rest.length === 0 && replacement === dropped) return others;
  return { ...(document as object), [key]: replaceAt(old, rest, replacement) };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function compileOfficial(name: string): ValidateFunction {
  const ajv = new Ajv2019({ strict: false, validateFormats: true, logger: false });
  formats.default(ajv);
  return ajv.compile(JSON.parse(readFileSync(new URL(name, standard), "utf8")) as object);
}

function readExample(name: string): string {
  if (name === ownExample) return readFileSync(new URL("../fixtures/course.odcs.yaml", import.meta.url), "utf8");
  return readFileSync(new URL(`examples/${name}`, standard), "utf8");
}
