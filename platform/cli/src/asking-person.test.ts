import { expect, test } from "vitest";
import { personAsking, tokenGiven } from "./asking-person.ts";
import { parseInput } from "./command-input.ts";
import { accessExplain } from "./commands/access-explain.ts";
import { exportFile } from "./commands/export.ts";
import { query } from "./commands/query.ts";
import { sql } from "./commands/sql.ts";
import { localAccount } from "./local-person.ts";

const env = { MESH_TOKEN: "of the environment" };

test.each([query, sql, exportFile, accessExplain])("$name asks as anybody, with roles and attributes", (command) => {
  const asked = (...args: string[]) => {
    const input = parseInput(command, ["subject", ...args]);
    return input && personAsking(command, input);
  };
  expect(asked()).toBeUndefined();
  expect(asked("--as", "ada")).toEqual({ name: "ada", kind: "person", roles: [], attributes: {} });
  expect(asked("--as", "service:grades")).toMatchObject({ name: "service:grades", kind: "service" });
  expect(asked("--role", "tutor", "--role", "auditor", "--attr", "units=A,B")).toEqual({
    ...{ name: localAccount(), kind: "person", roles: ["tutor", "auditor"], attributes: { units: "A,B" } },
  });
  for (const name of ["", "anonymous", "role:tutor", "account:steward", "a\u0007b"])
    expect(() => asked("--as", name)).toThrow(/nobody can be called/);
  expect(() => asked("--attr", "units")).toThrow(/name=value/);
});

test.each([query, sql, exportFile])("$name takes a token, unless it is told who asks", (command) => {
  const token = (...args: string[]) => {
    const input = parseInput(command, ["subject", ...args]);
    return input && tokenGiven(command, input, { env });
  };
  expect(token()).toBe("of the environment");
  expect(token("--token", "t")).toBe("t");
  expect(token("--as", "ada")).toBeUndefined();
  expect(() => token("--token", "t", "--role", "tutor")).toThrow(/goes with none of --as, --role and --attr/);
});
