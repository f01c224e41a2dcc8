import type { KeyObject } from "node:crypto";
import { inspect } from "node:util";
import { formatMeshError } from "@thoth/kernel/mesh-error";
import { base64url, type JWTHeaderParameters, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, test } from "vitest";
import type { Principal } from "./decision.ts";
import { ownAuthentication } from "./fixtures/own-authentication.ts";
import { type TokenKey, tokenKeyOf } from "./signing-key.ts";
import { signToken } from "./token.ts";
import { longestToken } from "./token-text.ts";

const now = Date.UTC(2024, 1, 29, 12);
const key = tokenKeyOf("07".repeat(32));
const otherKey = tokenKeyOf("08".repeat(32));
const ada: Principal = {
  name: "ada",
  kind: "person",
  roles: ["tutor", "steward"],
  attributes: { unit: "COS10001" },
  limits: { products: ["campus/units"], purposes: ["learning-research"] },
};
const ttlMs = 3_600_000;

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail("was accepted"),
    (error) => error,
  );

/** As any port finds out who asks. */
const bearerOf = (token: string, by: { key?: TokenKey; at?: number } = {}) =>
  ownAuthentication(by.key ?? key, () => by.at ?? now)(token);

/** A token as somebody else would make it. */
function forge(
  claims: Record<string, unknown>,
  signer: KeyObject | Uint8Array = key.privateKey,
  header: JWTHeaderParameters = { alg: "EdDSA" },
): Promise<string> {
  const iat = now / 1_000;
  const standing = { iss: "thoth-mesh", aud: "thoth-mesh", sub: "ada", kind: "person", roles: [], attributes: {} };
  const standard = { ...standing, iat, exp: iat + 60 };
  const payload = Object.fromEntries(
    Object.entries({ ...standard, ...claims }).filter(([, value]) => value !== undefined),
  );
  return new SignJWT(payload).setProtectedHeader(header).sign(signer);
}

function rawPublicKey(): Buffer {
  return Buffer.from(key.publicKey.export({ format: "jwk" }).x ?? "", "base64url");
}

function pemPublicKey(): string {
  return String(key.publicKey.export({ format: "pem", type: "spki" }));
}

async function asNone(alg: string): Promise<string> {
  const [, body, signature] = (await forge({})).split(".");
  return `${Buffer.from(JSON.stringify({ alg })).toString("base64url")}.${body}.${signature}`;
}

async function extended(): Promise<string> {
  const [, body, signature] = (await forge({})).split(".");
  const header = { alg: "EdDSA", crit: ["exp"], exp: 1 };
  return `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${body}.${signature}`;
}

test("who was signed is who is verified", async () => {
  const token = await signToken(ada, { key, now, ttlMs });
  expect(await bearerOf(token)).toEqual(ada);
  const app: Principal = { name: "service:app", kind: "service", roles: [], attributes: {} };
  expect(await bearerOf(await signToken(app, { key, now, ttlMs }))).toEqual(app);
  const someone = { name: "bea", roles: [], attributes: {} };
  const verified = await bearerOf(await signToken(someone, { key, now, ttlMs }));
  expect(verified).toEqual({ ...someone, kind: "person" });
});

test.each([[0], [1], [500], [999]])("for a second means a second at least, begun at %d ms of one", async (ms) => {
  const token = await signToken(ada, { key, now: now + ms, ttlMs: 1_000 });
  await expect(bearerOf(token, { at: now + ms + 999 })).resolves.toEqual(ada);
  await expect(bearerOf(token, { at: now + ms + 2_000 })).rejects.toMatchObject({ code: "access/token-expired" });
});

test("attributes come back as they were said", async () => {
  const attributes = { units: "COS10001, COS20007", note: 'a=b, "c"', büro: "Zürich 💡", none: "", constructor: "x" };
  const token = await signToken({ ...ada, attributes }, { key, now, ttlMs });
  expect(await bearerOf(token)).toEqual({ ...ada, attributes });
});

test("no two tokens are the same", async () => {
  expect(await signToken(ada, { key, now, ttlMs })).not.toBe(await signToken(ada, { key, now, ttlMs }));
});

test.each([
  [0, true],
  [ttlMs - 1_000, true],
  [ttlMs, false],
  [ttlMs + 1_000, false],
])("%d ms after signing it is valid: %s", async (later, valid) => {
  const token = await signToken(ada, { key, now, ttlMs });
  const verified = bearerOf(token, { at: now + later });
  if (valid) await expect(verified).resolves.toEqual(ada);
  else {
    const message = "The token expired at 2024-02-29T13:00:00.000Z";
    await expect(verified).rejects.toMatchObject({ code: "access/token-expired", message });
  }
});

/** What is signed by HMAC with whatever text of the public key somebody may try as the secret. */
function confused(secret: string | Buffer): Promise<string> {
  return forge({}, new Uint8Array(Buffer.from(secret)), { alg: "HS256" });
}

/** The same token with other bytes in the place of its signature. */
async function resigned(change: (signature: Buffer) => Buffer): Promise<string> {
  const [head, body, signature = ""] = (await forge({})).split(".");
  return `${head}.${body}.${change(Buffer.from(signature, "base64url")).toString("base64url")}`;
}

/** Adds the order of the group to the second half of the signature: the same equation holds for a sloppy verifier. */
function malleated(signature: Buffer): Buffer {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString("hex")}`) + order;
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse()]);
}

describe("refuses", () => {
  test.each<[string, () => string | Promise<string>, string, RegExp]>([
    ["nothing", () => "", "token-invalid", /no signed token/],
    ["text", () => "let me in", "token-invalid", /no signed token/],
    ["four parts", async () => `${await forge({})}.e30`, "token-invalid", /no signed token/],
    [
      "a list for a payload",
      async () => `${(await forge({})).split(".")[0]}.W10.AA`,
      "token-invalid",
      /no signed token/,
    ],
    ["another key's signature", () => forge({}, otherKey.privateKey), "token-invalid", /another key/],
    ["a signature of zeros", () => resigned((one) => Buffer.alloc(one.length)), "token-invalid", /another key/],
    ["a signature cut short", () => resigned((one) => one.subarray(0, 63)), "token-invalid", /another key/],
    ["a signature that goes on", () => resigned((one) => Buffer.concat([one, one])), "token-invalid", /another key/],
    ["a signature malleated", () => resigned(malleated), "token-invalid", /another key/],
    ["another algorithm", () => forge({}, new Uint8Array(64), { alg: "HS512" }), "token-algorithm", /not accepted/],
    ["the public key's bytes as a secret", () => confused(rawPublicKey()), "token-algorithm", /not accepted/],
    ["the public key's text as a secret", () => confused(pemPublicKey()), "token-algorithm", /not accepted/],
    ["no signature at all", () => new UnsecuredJWT({ sub: "ada" }).encode(), "token-invalid", /no signed token/],
    ["none, with a signature", () => asNone("none"), "token-algorithm", /not accepted/],
    ["nOnE, with a signature", () => asNone("nOnE"), "token-algorithm", /not accepted/],
    ["an extension", () => extended(), "token-invalid", /extension/],
    ["what is too long", () => "a".repeat(longestToken + 1), "token-too-long", /8192/],
    ["another issuer", () => forge({ iss: "elsewhere" }), "token-issuer", /\(iss\)/],
    ["another audience", () => forge({ aud: "elsewhere" }), "token-audience", /\(aud\)/],
    ["no audience", () => forge({ aud: undefined }), "token-audience", /\(aud\)/],
    ["no end", () => forge({ exp: undefined }), "token-invalid", /\(exp\)/],
    ["an end that is text", () => forge({ exp: "never" }), "token-invalid", /\(exp\)/],
    ["an end beyond all time", () => forge({ exp: 1e300, nbf: 1e300 }), "token-invalid", /\(nbf\)/],
    ["no subject", () => forge({ sub: undefined }), "token-invalid", /\(sub\)/],
    ["an empty name", () => forge({ sub: "" }), "token-invalid", /name/],
    ["a name that moves the cursor", () => forge({ sub: "ada\u001b[2J" }), "token-invalid", /name/],
    ["a name with an address", () => forge({ sub: "Eve <steward@school>" }), "token-invalid", /name/],
    ["a person called as a service", () => forge({ sub: "service:app" }), "token-invalid", /service:/],
    ["a service called as a person", () => forge({ kind: "service" }), "token-invalid", /service:/],
    ["somebody called as a role", () => forge({ sub: "role:admin" }), "token-invalid", /something else/],
    ["somebody called as nobody", () => forge({ sub: "anonymous" }), "token-invalid", /something else/],
    ["no kind", () => forge({ kind: undefined }), "token-invalid", /neither person nor service/],
    ["a time to come", () => forge({ nbf: now / 1_000 + 60 }), "token-not-yet-valid", /2024-02-29T12:01:00/],
    ["roles that are text", () => forge({ roles: "admin" }), "token-invalid", /roles/],
    ["roles that are numbers", () => forge({ roles: [1] }), "token-invalid", /roles/],
    ["attributes that are a list", () => forge({ attributes: ["x"] }), "token-invalid", /attributes/],
    ["attributes that are nested", () => forge({ attributes: { unit: { code: 1 } } }), "token-invalid", /attributes/],
    ["no attributes", () => forge({ attributes: undefined }), "token-invalid", /attributes/],
    ["products that are no list", () => forge({ products: "all" }), "token-invalid", /products/],
    ["purposes that are no text", () => forge({ purposes: [null] }), "token-invalid", /purposes/],
  ])("%s", async (_, make, code, message) => {
    const error = await failureOf(Promise.resolve(make()).then((token) => bearerOf(token)));
    expect(error).toMatchObject({ code: `access/${code}`, message: expect.stringMatching(message) });
  });

  test("another text for the same signature", async () => {
    const token = await forge({});
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // The last letter of 64 bytes carries two bits; the other four are lost in decoding.
    const other = `${token.slice(0, -1)}${letters[letters.indexOf(token.at(-1) ?? "") + 1]}`;
    expect(base64url.decode(other.split(".")[2] ?? "")).toEqual(base64url.decode(token.split(".")[2] ?? ""));
    await expect(bearerOf(other)).rejects.toMatchObject({ code: "access/token-invalid" });
  });

  test("a token with one character changed, in every part", async () => {
    const token = await signToken(ada, { key, now, ttlMs });
    for (const part of [0, 1, 2]) {
      const parts = token.split(".");
      const text = parts[part] ?? "";
      const middle = Math.floor(text.length / 2);
      parts[part] = text.slice(0, middle) + (text[middle] === "A" ? "B" : "A") + text.slice(middle + 1);
      const refused = bearerOf(parts.join("."));
      await expect(refused).rejects.toMatchObject({ code: expect.stringMatching(/^access\/token-/) });
    }
  });
});

test.each([
  ["expired", { at: now + 2 * ttlMs }],
  ["signed with another key", { key: otherKey }],
])("when %s, the error shows neither the token nor whose it is", async (_, options) => {
  const token = await signToken({ ...ada, name: "ada-lovelace" }, { key, now, ttlMs });
  const error = await failureOf(bearerOf(token, options));
  const shown = `${formatMeshError(error)} ${inspect(error, { depth: 9 })}`;
  for (const secret of [...token.split("."), "ada-lovelace", "COS10001"]) expect(shown).not.toContain(secret);
});

test.each<[string, Partial<Principal>, number]>([
  ["no name", { name: "" }, ttlMs],
  ["a name with an address", { name: "Eve <steward@school>" }, ttlMs],
  ["no credential", { kind: "anonymous" }, ttlMs],
  ["the name of a service", { name: "service:app" }, ttlMs],
  ["the name of a service in capitals", { name: "Service:app" }, ttlMs],
  ["the name of a service in wide letters", { name: "\uff53ervice:app" }, ttlMs],
  ["the name of no service", { name: "service:", kind: "service" }, ttlMs],
  ["the name of a role in capitals", { name: "ROLE:tutor" }, ttlMs],
  ["nobody's name in capitals", { name: "Anonymous" }, ttlMs],
  ["a name with a blank before it", { name: " ada" }, ttlMs],
  ["a name with a blank behind it", { name: "ada\u2003" }, ttlMs],
  ["a name whose accents stand beside its letters", { name: "Zoe\u0308" }, ttlMs],
  ["more attributes than a header holds", { attributes: { units: "COS10001,".repeat(1_000) } }, ttlMs],
  ["roles that are no text", { roles: [1 as unknown as string] }, ttlMs],
  ["attributes that are no text", { attributes: { unit: 1 as unknown as string } }, ttlMs],
  ["no lifetime", {}, 0],
  ["a lifetime that is no number", {}, Number.NaN],
])("nobody is given a token with %s", async (_, wrong, lifetime) => {
  const signed = signToken({ ...ada, ...wrong }, { key, now, ttlMs: lifetime });
  await expect(signed).rejects.toMatchObject({ code: "access/principal-invalid" });
});
