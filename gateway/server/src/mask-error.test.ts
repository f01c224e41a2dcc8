import { accessError } from "@thoth/access/errors";
import { subgraphError } from "@thoth/subgraph/errors";
import { warehouseError } from "@thoth/warehouse/errors";
import { GraphQLError } from "graphql";
import { expect, test } from "vitest";
import { gatewayError } from "./errors.ts";
import { recordLog } from "./fixtures/door.ts";
import { maskError } from "./mask-error.ts";

const inQuery = (cause: Error) => new GraphQLError(cause.message, { path: ["courses", 0], originalError: cause });
const bodyLimitBytes = 1_000;

test.each<[string, unknown, string, string]>([
  [
    "a refusal of access",
    accessError["product-denied"]({ product: "a/b" }),
    "access/product-denied",
    "a/b may not be read",
  ],
  [
    "a refusal inside an error of the executor",
    inQuery(subgraphError["page-too-large"]({ first: 99 })),
    "subgraph/page-too-large",
    "99",
  ],
  ["a mistake in the query", new GraphQLError('Cannot query field "x"'), "", 'Cannot query field "x"'],
  [
    "what a domain says with a code of its own",
    new GraphQLError("no", { extensions: { code: "exams/closed" } }),
    "exams/closed",
    "no",
  ],
  [
    "a body that is too large",
    new GraphQLError("big", { extensions: { code: "REQUEST_ENTITY_TOO_LARGE", http: { status: 413 } } }),
    "gateway/body-too-large",
    "larger than 1000 bytes",
  ],
  [
    "a malformed request",
    new GraphQLError("no query", { extensions: { code: "BAD_REQUEST" } }),
    "gateway/bad-request",
    "no query",
  ],
])("%s is told as it is", (_what, error, code, message) => {
  const log = recordLog();
  const seen = maskError(error, { log, bodyLimitBytes });
  expect(seen.extensions.code ?? "").toBe(code);
  expect(seen.message).toContain(message);
  expect(log.lines).toEqual([]);
});

const leak = "/home/mesh/var/secret.duckdb";

test.each<[string, unknown]>([
  ["a bug", new TypeError(`cannot read ${leak}`)],
  ["a bug in a resolver", inQuery(new TypeError(`cannot read ${leak}`))],
  ["an engine's own error", inQuery(warehouseError["statement-failed"]({ reason: leak }))],
  ["a key file that others can read", accessError["key-exposed"]({ file: leak, mode: "644" })],
  [
    "a bug caused by an engine's error",
    new Error(leak, { cause: warehouseError["statement-failed"]({ reason: "x" }) }),
  ],
  ["a text", leak],
])("%s becomes a reference that the log knows", (_what, error) => {
  const log = recordLog();
  const seen = maskError(error, { log, bodyLimitBytes });
  expect(JSON.stringify([seen.message, seen.extensions])).not.toContain("secret");
  expect(seen.extensions.code).toBe("gateway/unexpected");
  const [, reference] = /reference (\S+)\)/.exec(seen.message) ?? [];
  expect(log.lines).toHaveLength(1);
  expect(log.lines[0]?.details).toContain(String(reference));
  expect(log.lines[0]?.details).toContain("secret");
});

test("an error of one field keeps its place and leaves the answer's status alone; one of the whole request is a 500", () => {
  const log = recordLog();
  const field = maskError(inQuery(new TypeError("bug")), { log, bodyLimitBytes });
  expect(field.path).toEqual(["courses", 0]);
  expect(field.extensions.http).toBeUndefined();
  expect(maskError(new TypeError("bug"), { log, bodyLimitBytes }).extensions.http).toEqual({ status: 500 });
});

test("what is wrong keeps its http consequences", () => {
  const error = gatewayError["content-type"]({ contentType: "text/plain" });
  const refused = new GraphQLError(error.message, { originalError: error, extensions: { http: { status: 415 } } });
  expect(maskError(refused, { log: recordLog(), bodyLimitBytes }).extensions).toMatchObject({
    code: "gateway/content-type",
    http: { status: 415 },
  });
});
