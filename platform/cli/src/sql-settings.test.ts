import { expect, test } from "vitest";
import { sqlSettingsFrom } from "./sql-settings.ts";

const usual = { configured: undefined, httpPort: 4000, root: "/mesh" } as const;

test.each([
  ["nothing is said", {}, usual, { port: 5433, isAskedFor: false, tls: undefined }],
  ["HTTP takes any port", {}, { ...usual, httpPort: 0 }, { port: 0, isAskedFor: false, tls: undefined }],
  ["the file says a port", {}, { ...usual, configured: 6000 }, { port: 6000, isAskedFor: true, tls: undefined }],
  ["the variable has the last word", { MESH_SQL_PORT: "6001" }, { ...usual, configured: 6000 }, { port: 6001 }],
  ["the variable takes any port", { MESH_SQL_PORT: "0" }, usual, { port: 0, isAskedFor: true }],
  ["the variable switches it off", { MESH_SQL_PORT: "off" }, { ...usual, configured: 6000 }, undefined],
  ["the file switches it off", {}, { ...usual, configured: "off" as const }, undefined],
  [
    "the variable switches it on again",
    { MESH_SQL_PORT: "5433" },
    { ...usual, configured: "off" as const },
    { port: 5433 },
  ],
  [
    "there is a certificate",
    { MESH_SQL_TLS_CERT: "tls/cert.pem", MESH_SQL_TLS_KEY: "/keys/key.pem" },
    usual,
    { tls: { cert: "/mesh/tls/cert.pem", key: "/keys/key.pem" } },
  ],
])("SQL is served when %s", (_, env, given, settings) => {
  const found = sqlSettingsFrom(env, given);
  if (settings === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject(settings);
});

test.each([
  [{ MESH_SQL_PORT: "on" }, "MESH_SQL_PORT"],
  [{ MESH_SQL_PORT: "70000" }, "MESH_SQL_PORT"],
  [{ MESH_SQL_TLS_CERT: "cert.pem" }, "MESH_SQL_TLS_KEY"],
  [{ MESH_SQL_TLS_KEY: "key.pem" }, "MESH_SQL_TLS_CERT"],
])("%j is refused", (env, path) => {
  expect(() => sqlSettingsFrom(env, usual)).toThrow(expect.objectContaining({ code: "cli/usage", at: { path } }));
});
