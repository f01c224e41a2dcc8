import { openLanding } from "@thoth/testing/landing";
import { expect, test } from "vitest";
import { declareColumns } from "./column-spec.ts";
import { ndjsonFiles } from "./json-files.ts";
import { isSecretName, withoutSecretMembers } from "./secret-names.ts";

const secrets = [
  ...["token", "reset_password_token", "encrypted_password", "accessToken", "apiKey", "API_KEY", "api-key"],
  ...["password_hash", "client-secret", "otp_secret", "privateKey", "userCredentials", "x.token", "Password"],
  ...["APIToken", "DBPassword", "AWSSecretKey", "authtoken", "userAuthtoken", "clientsecret", "api key", "api.key"],
  ...["token1", "token_2", "api_key_1", "Authorization", "proxy-authorization", "accessTokenHash", "passwordhash"],
  ...["api_keys", "passwords", "TOKEN", "user_TOKEN", "größe_token"],
];
const others = [
  ...["token_count", "reset_password_sent_at", "tokens", "secretary", "key", "password_changed", "betoken"],
  ...["tokens_used_count", "tokenize", "APITokens", "keyboard", "api_version", "payment_authorization", "authority"],
  ...["BETOKEN", "author_id", "token1_used", "monkeys", "access_keyring", "größetoken"],
];

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

const deep = (levels: number) => `${"[".repeat(levels)}1${"]".repeat(levels)}`;

test.each([
  ['{"token":["abc"]}', '{"token":null}'],
  ['{"credentials":{"user":"u","value":"abc"},"a":1}', '{"credentials":null,"a":1}'],
  ['{"password":12345}', '{"password":null}'],
  ['{"password" : -1.5e+3 ,"n": 1.10}', '{"password" : null ,"n": 1.10}'],
  ['{"secret":true,"pwd":null,"a":[{"token":false}]}', '{"secret":null,"pwd":null,"a":[{"token":null}]}'],
  ['{"token":[{"a":["]","\\"}",{}]},[]],"b":["token",":"]}', '{"token":null,"b":["token",":"]}'],
  ['{"a":"say \\"token\\": \\"x\\"","token":{"token":"x"}}', '{"a":"say \\"token\\": \\"x\\"","token":null}'],
  ['{"m\\u00fc_token":["x"],"a\\"token":"y"}', '{"m\\u00fc_token":null,"a\\"token":null}'],
  [`{"token":${deep(32)},"a":${deep(40)}}`, `{"token":null,"a":${deep(40)}}`],
  ["{}", "{}"],
])("of %s there lands %s", async (json, landed) => {
  await using landing = await openLanding();
  const [row] = await landing.engine.query(`SELECT ${withoutSecretMembers("$1::VARCHAR")} AS json`, [json]);
  expect(row?.json).toBe(landed);
});

test.each([`{"a":1,"token":${deep(33)}}`, '{"token":["abc"', '{"token":"abc'])(
  "%s is refused, and shows nothing",
  async (json) => {
    await using landing = await openLanding();
    const [row] = await landing.engine.query(
      `SELECT json, json_valid(json) AS ok FROM (SELECT ${withoutSecretMembers("$1::VARCHAR")} AS json)`,
      [json],
    );
    expect(row?.ok).toBe(false);
    expect(row?.json).toBe(json.slice(0, json.indexOf(":", json.indexOf("token")) + 1));
  },
);

test("a file's values of such keys never land, whatever they are, nor in quarantine", async () => {
  await using landing = await openLanding();
  const columns = { id: "INTEGER", doc: "JSON" };
  await landing.file(
    "a.ndjson",
    `{"id":1,"doc":{"APIToken":["abc"],"n":1}}\n{"id":"x","doc":{"credentials":{"value":"abc"}}}\n`,
  );
  await landing.land(ndjsonFiles({ name: "docs", files: "a.ndjson", columns, maxRejectedShare: 0.5 }));
  expect(await landing.query("select doc::varchar as doc from raw.docs")).toEqual([{ doc: '{"APIToken":null,"n":1}' }]);
  const [held] = await landing.query('select "row"::varchar as "row" from mesh.rejected_rows');
  expect(held?.row).toContain("credentials");
  expect(held?.row).not.toContain("abc");
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
  const [harmless] = declareColumns({ [name]: { ...full, notSecret: true } });
  expect(harmless?.name).toBe(name);
  expect(harmless).not.toHaveProperty("search");
});
