import { inspect } from "node:util";
import { formatMeshError } from "@thoth/kernel/mesh-error";
import { SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, test } from "vitest";
import type { Principal } from "./decision.ts";
import { signToken, verifyToken } from "./token.ts";

const now = Date.UTC(2024, 1, 29, 12);
const key = new Uint8Array(32).fill(7);
const otherKey = new Uint8Array(32).fill(8);
const ada: Principal = { name: "ada", roles: ["tutor", "steward"], attributes: { unit: "COS10001" } };
const ttlMs = 3_600_000;

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail("was accepted"),
    (error) => error,
  );

/** A token as somebody else would make it. */
function forge(claims: Record<string, unknown>, signer: Uint8Array = key, alg = "HS256"): Promise<string> {
  const iat = now / 1_000;
  const standard = { iss: "thoth-mesh", aud: "thoth-mesh", sub: "ada", iat, exp: iat + 60, roles: [], attributes: {} };
  const payload = Object.fromEntries(
    Object.entries({ ...standard, ...claims }).filter(([, value]) => value !== undefined),
  );
  return new SignJWT(payload).setProtectedHeader({ alg }).sign(signer);
}

test("who was signed is who is verified", async () => {
  const token = await signToken(ada, { key, now, ttlMs });
  expect(await verifyToken(token, { key, now })).toEqual(ada);
  const nobody = { name: "app", roles: [], attributes: {} };
  expect(await verifyToken(await signToken(nobody, { key, now, ttlMs }), { key, now })).toEqual(nobody);
});

test.each([
  [0, true],
  [ttlMs - 1_000, true],
  [ttlMs, false],
  [ttlMs + 1_000, false],
])("%d ms after signing it is valid: %s", async (later, valid) => {
  const token = await signToken(ada, { key, now, ttlMs });
  const verified = verifyToken(token, { key, now: now + later });
  if (valid) await expect(verified).resolves.toEqual(ada);
  else {
    const message = "The token expired at 2024-02-29T13:00:00.000Z";
    await expect(verified).rejects.toMatchObject({ code: "access/token-expired", message });
  }
});

describe("refuses", () => {
  test.each<[string, () => string | Promise<string>, RegExp]>([
    ["nothing", () => "", /no signed token/],
    ["text", () => "let me in", /no signed token/],
    ["another key's signature", () => forge({}, otherKey), /another key/],
    ["another algorithm", () => forge({}, new Uint8Array(64).fill(7), "HS512"), /not accepted/],
    ["no signature at all", () => new UnsecuredJWT({ sub: "ada" }).encode(), /./],
    ["another issuer", () => forge({ iss: "elsewhere" }), /\(iss\)/],
    ["another audience", () => forge({ aud: "elsewhere" }), /\(aud\)/],
    ["no audience", () => forge({ aud: undefined }), /\(aud\)/],
    ["no end", () => forge({ exp: undefined }), /\(exp\)/],
    ["no subject", () => forge({ sub: undefined }), /\(sub\)/],
    ["an empty name", () => forge({ sub: "" }), /name/],
    ["a time to come", () => forge({ nbf: now / 1_000 + 60 }), /\(nbf\)/],
    ["roles that are text", () => forge({ roles: "admin" }), /roles/],
    ["roles that are numbers", () => forge({ roles: [1] }), /roles/],
    ["attributes that are a list", () => forge({ attributes: ["x"] }), /attributes/],
    ["attributes that are nested", () => forge({ attributes: { unit: { code: 1 } } }), /attributes/],
    ["no attributes", () => forge({ attributes: undefined }), /attributes/],
  ])("%s", async (_, make, message) => {
    const error = await failureOf(verifyToken(await make(), { key, now }));
    expect(error).toMatchObject({ code: "access/token-invalid", message });
  });

  test("a token with one character changed, in every part", async () => {
    const token = await signToken(ada, { key, now, ttlMs });
    for (const part of [0, 1, 2]) {
      const parts = token.split(".");
      const text = parts[part] ?? "";
      const middle = Math.floor(text.length / 2);
      parts[part] = text.slice(0, middle) + (text[middle] === "A" ? "B" : "A") + text.slice(middle + 1);
      await expect(verifyToken(parts.join("."), { key, now })).rejects.toMatchObject({ code: "access/token-invalid" });
    }
  });
});

test.each([
  ["expired", { key, now: now + 2 * ttlMs }],
  ["signed with another key", { key: otherKey, now }],
])("when %s, the error shows neither the token nor whose it is", async (_, options) => {
  const token = await signToken({ ...ada, name: "ada-lovelace" }, { key, now, ttlMs });
  const error = await failureOf(verifyToken(token, options));
  const shown = `${formatMeshError(error)} ${inspect(error, { depth: 9 })}`;
  for (const secret of [...token.split("."), "ada-lovelace", "COS10001"]) expect(shown).not.toContain(secret);
});

test.each<[string, Partial<Principal>, number]>([
  ["no name", { name: "" }, ttlMs],
  ["roles that are no text", { roles: [1 as unknown as string] }, ttlMs],
  ["attributes that are no text", { attributes: { unit: 1 as unknown as string } }, ttlMs],
  ["no lifetime", {}, 0],
  ["a lifetime that is no number", {}, Number.NaN],
])("nobody is given a token with %s", async (_, wrong, lifetime) => {
  const signed = signToken({ ...ada, ...wrong }, { key, now, ttlMs: lifetime });
  await expect(signed).rejects.toMatchObject({ code: "access/principal-invalid" });
});
