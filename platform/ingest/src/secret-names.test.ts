import { openLanding } from "@thoth/testing/landing";
import { expect, test } from "vitest";
import { declareColumns } from "./column-spec.ts";
import { isSecretName, withoutSecretMembers } from "./secret-names.ts";

const secrets = [
  ...[
    "token",
    "reset_password_token",
    "encrypted_password",
    "accessToken",
    "apiKey",
    "API_KEY",
    "api-key",
    "password_hash",
  ],
  ...["client-secret", "otp_secret", "privateKey", "userCredentials", "x.token", "Password"],
];
const others = ["token_count", "reset_password_sent_at", "tokens", "secretary", "key", "password_changed", "betoken"];

test("names of secrets are told from others, within JSON as well", async () => {
  await using landing = await openLanding();
  for (const [name, isSecret] of [
    ...secrets.map((name) => [name, true] as const),
    ...others.map((name) => [name, false] as const),
  ]) {
    expect(isSecretName(name), name).toBe(isSecret);
    const json = JSON.stringify({ a: [{ [name]: 'x"y\\' }], b: name });
    const [row] = await landing.engine.query(`SELECT ${withoutSecretMembers("$1::VARCHAR")} AS json`, [json]);
    expect(JSON.parse(String(row?.json)), name).toEqual({ a: [{ [name]: isSecret ? null : 'x"y\\' }], b: name });
  }
});

test.each([
  [{ password: "VARCHAR" }, "password"],
  [{ key: { type: "VARCHAR", from: "/auth/api_key" } }, "api_key"],
  [{ key: { type: "VARCHAR", from: "token", pseudonymise: true } }, "token"],
  [{ person: 'STRUCT(id INTEGER, "access token" VARCHAR)' }, "access token"],
  [{ people: "STRUCT(home STRUCT(pwd VARCHAR))[]" }, "pwd"],
])("%j is refused, unless it says that it is none", (columns, secret) => {
  expect(() => declareColumns(columns)).toThrow(
    expect.objectContaining({
      code: "ingest/secret-column",
      message: expect.stringContaining(`${secret} is declared`),
    }),
  );
  const [[name, spec]] = Object.entries(columns) as [[string, string | { type: string }]];
  const full = typeof spec === "string" ? { type: spec } : spec;
  expect(declareColumns({ [name]: { ...full, notSecret: true } })).toMatchObject([{ name, document: false }]);
});
