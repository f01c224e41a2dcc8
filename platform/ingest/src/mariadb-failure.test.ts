import { expect, test } from "vitest";
import { explainFailure } from "./mariadb-failure.ts";

const place = { server: "mysql://db:3306/ontrack", statementTimeoutMs: 50 };

test.each<[string, Record<string, unknown>, string]>([
  ["too many connections, told before the greeting", { errno: 1040, code: "ER_CON_COUNT_ERROR" }, "source-unreachable"],
  ["MySQL's own limit of time", { errno: 3024, sqlState: "HY000" }, "source-timeout"],
  ["a password that has to be changed", { errno: 1820, sqlState: "HY000" }, "source-failed"],
  ["an account that is locked", { errno: 3118, sqlState: "HY000" }, "source-refused"],
  ["a server that asks for encryption", { errno: 3159, sqlState: "HY000" }, "source-refused"],
  ["a hidden column", { errno: 1143, sqlState: "42000" }, "source-refused"],
  ["the system's failure", { errno: -104, code: "ECONNRESET" }, "source-unreachable"],
  ["the driver's", { code: "PROTOCOL_CONNECTION_LOST", fatal: true }, "source-unreachable"],
])("%s", (_what, failure, code) => {
  expect(explainFailure(Object.assign(new Error("Value 'secret' is wrong"), failure), place)).toMatchObject({
    code: `ingest/${code}`,
    at: { path: place.server },
  });
});

test("a text that may quote a value is not passed on, and what is no failure of the source stays as it is", () => {
  const quoting = Object.assign(new Error("Incorrect value 'secret'"), { errno: 1366, sqlState: "22007" });
  expect(explainFailure(quoting, place)).toMatchObject({ message: expect.not.stringContaining("secret") });
  const bug = new TypeError("x is not a function");
  expect(explainFailure(bug, place)).toBe(bug);
  const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC", errno: -28 });
  expect(explainFailure(full, place)).toBe(full);
});
