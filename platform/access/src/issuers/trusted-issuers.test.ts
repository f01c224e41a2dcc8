import { inspect } from "node:util";
import { formatMeshError } from "@thoth/kernel/mesh-error";
import { exportJWK, exportSPKI, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openAuthentication } from "../authenticate.ts";
import { lastingKey } from "../fixtures/own-authentication.ts";
import { type Provider, type ProviderKey, providerKey, providerToken, startProvider } from "../fixtures/provider.ts";
import { tokenKeyOf } from "../signing-key.ts";
import { signToken } from "../token.ts";
import { parseIssuers } from "./issuer-settings.ts";
import { openTrustedIssuers } from "./trusted-issuers.ts";

const start = Date.UTC(2026, 5, 15, 10);
let now: number;
let rsa: ProviderKey;
let ec: ProviderKey;
let stranger: ProviderKey;
let otherRsa: ProviderKey;
let provider: Provider;
let other: Provider;
let troubles: string[];

beforeAll(async () => {
  [rsa, ec, stranger, otherRsa] = await Promise.all([
    providerKey("RS256", "rsa-1"),
    providerKey("ES256", "ec-1"),
    providerKey("ES256", "ec-1"),
    providerKey("RS256", "other-1"),
  ]);
  [provider, other] = await Promise.all([startProvider([rsa, ec]), startProvider([otherRsa])]);
});
afterAll(() => Promise.all([provider[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]));
beforeEach(() => {
  now = start;
  troubles = [];
  Object.assign(provider, { keys: [rsa, ec], answer: "keys", asked: 0 });
});

const tokenKey = lastingKey(tokenKeyOf("07".repeat(32)));

function authentication(changes: Readonly<Record<string, unknown>> = {}) {
  const claims = {
    name: "preferred_username",
    roles: "realm_access.roles",
    attributes: { units: "units", team: "org.team" },
  };
  const settings = [{ issuer: provider.issuer, audience: ["mesh", "portal"], claims, toleranceSeconds: 5, ...changes }];
  return authenticationOf(settings);
}

function authenticationOf(list: readonly object[]) {
  const settings = parseIssuers(list, "the test");
  const clock = () => now;
  const onTrouble = (_issuer: string, reason: string) => void troubles.push(reason);
  const issuers = openTrustedIssuers(settings, { clock, onTrouble });
  return openAuthentication({ tokenKey, book: { findKey: () => undefined }, issuers, clock });
}

function claimsWith(changes: Readonly<Record<string, unknown>> = {}) {
  const iat = start / 1000;
  const names = {
    sub: "sub-of-ada-4711",
    preferred_username: "ada",
    realm_access: { roles: ["tutor"] },
    units: ["A", "B"],
  };
  const claims = { iss: provider.issuer, aud: "mesh", iat, exp: iat + 300, ...names, org: { team: "x" }, ...changes };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}

const ada = { name: "ada", kind: "person", roles: ["tutor"], attributes: { units: "A,B", team: "x" } };

test.each([["RS256"], ["ES256"]])(
  "a token signed with %s says who asks, with which roles and attributes",
  async (alg) => {
    const token = await providerToken(claimsWith(), alg === "RS256" ? rsa : ec);
    expect(await authentication()(token)).toEqual(ada);
  },
);

test.each<[string, Record<string, unknown>, object]>([
  ["one of several audiences", { aud: ["elsewhere", "portal"] }, ada],
  ["roles in one text", { realm_access: { roles: "tutor convenor" } }, { ...ada, roles: ["tutor", "convenor"] }],
  ["no roles", { realm_access: undefined }, { ...ada, roles: [] }],
  ["no attributes", { units: undefined, org: null }, { ...ada, attributes: {} }],
  ["numbers and truth", { units: 7, org: { team: true } }, { ...ada, attributes: { units: "7", team: "true" } }],
  ["a claim whose name has dots", { "org.team": "y" }, { ...ada, attributes: { units: "A,B", team: "y" } }],
])("is read: %s", async (_, changes, expected) => {
  expect(await authentication()(await providerToken(claimsWith(changes), rsa))).toEqual(expected);
});

test("issuers have keys and names of their own", async () => {
  const authenticate = authenticationOf([
    { issuer: provider.issuer, audience: "mesh", namePrefix: "staff-" },
    { issuer: other.issuer, audience: "mesh", jwksUri: other.jwksUri, namePrefix: "guest-" },
  ]);
  const staff = await providerToken(claimsWith({ sub: "ada" }), rsa);
  expect(await authenticate(staff)).toMatchObject({ name: "staff-ada" });
  const guest = await providerToken({ ...claimsWith(), iss: other.issuer, sub: "ada" }, otherRsa);
  expect(await authenticate(guest)).toEqual({ name: "guest-ada", kind: "person", roles: [], attributes: {} });
  const borrowed = await providerToken({ ...claimsWith(), iss: other.issuer }, rsa);
  await expect(authenticate(borrowed)).rejects.toMatchObject({ code: "access/token-key-unknown" });
});

test.each<[string, Readonly<Record<string, unknown>>, readonly string[]]>([
  ["not", {}, ["tutor", "Account:owner"]],
  ["not when its settings say so", { mayNameAccounts: false }, ["tutor", "Account:owner"]],
  ["when its settings say so", { mayNameAccounts: true }, ["account:owner", "tutor", "Account:owner", "account:"]],
])("an issuer says who acts for an account: %s", async (_, changes, roles) => {
  const realm_access = { roles: ["account:owner", "tutor", "Account:owner", "account:"] };
  const token = await providerToken(claimsWith({ realm_access }), rsa);
  expect(await authentication(changes)(token)).toEqual({ ...ada, roles });
});

/** A token whose payload says one thing, signed by HMAC with a public text as the secret. */
async function confused(secret: string, alg = "HS256"): Promise<string> {
  return new SignJWT(claimsWith()).setProtectedHeader({ alg, kid: "rsa-1" }).sign(Buffer.from(secret));
}

async function withHeader(header: object): Promise<string> {
  const [, body, signature] = (await providerToken(claimsWith(), rsa)).split(".");
  return `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${body}.${signature}`;
}

async function withSignature(change: (signature: Buffer) => Buffer): Promise<string> {
  const [head, body, signature = ""] = (await providerToken(claimsWith(), ec)).split(".");
  return `${head}.${body}.${change(Buffer.from(signature, "base64url")).toString("base64url")}`;
}

/** The same two numbers as OpenSSL writes them. */
function asDer(signature: Buffer): Buffer {
  const numbers = [signature.subarray(0, 32), signature.subarray(32)].map((one) => {
    const positive = Buffer.concat([Buffer.from([0]), one]);
    return Buffer.concat([Buffer.from([2, positive.length]), positive]);
  });
  const both = Buffer.concat(numbers);
  return Buffer.concat([Buffer.from([0x30, both.length]), both]);
}

const at = (seconds: number) => start / 1000 + seconds;

const attacks: readonly (readonly [string, () => Promise<string>, string])[] = [
  ["no algorithm", async () => withHeader({ alg: "none" }), "algorithm"],
  ["no algorithm and no signature", async () => (await withHeader({ alg: "none" })).replace(/[^.]+$/, ""), "invalid"],
  ["the public key as a secret, PEM", async () => confused(await exportSPKI(rsa.publicKey)), "algorithm"],
  [
    "the public key as a secret, JWK",
    async () => confused(JSON.stringify(await exportJWK(rsa.publicKey))),
    "algorithm",
  ],
  ["the modulus as a secret", async () => confused(String((await exportJWK(rsa.publicKey)).n)), "algorithm"],
  ["another HMAC", async () => confused(await exportSPKI(rsa.publicKey), "HS512"), "algorithm"],
  [
    "an algorithm that the issuer does not use",
    () => providerToken(claimsWith(), rsa, { alg: "RS512" }).catch(() => withHeader({ alg: "RS512", kid: "rsa-1" })),
    "algorithm",
  ],
  ["the kid of a key of another kind", () => providerToken(claimsWith(), rsa, { kid: "ec-1" }), "key-unknown"],
  ["the kid of a key that is not published", () => providerToken(claimsWith(), rsa, { kid: "rsa-2" }), "key-unknown"],
  ["a kid that is a path", () => providerToken(claimsWith(), rsa, { kid: "../../rsa-1" }), "key-unknown"],
  ["a kid that is no text", () => withHeader({ alg: "RS256", kid: 7 }), "key-unknown"],
  ["a stranger's key under a kid that is known", () => providerToken(claimsWith(), stranger), "invalid"],
  [
    "a key that it brings along",
    async () => providerToken(claimsWith(), stranger, { jwk: await exportJWK(stranger.publicKey) }),
    "invalid",
  ],
  [
    "a place of keys that it names",
    () => providerToken(claimsWith(), stranger, { jku: "http://127.0.0.1:1/keys" }),
    "invalid",
  ],
  [
    "an extension that must be understood",
    () => withHeader({ alg: "RS256", kid: "rsa-1", crit: ["exp"], exp: 1 }),
    "invalid",
  ],
  [
    "a payload that is not encoded",
    () => withHeader({ alg: "RS256", kid: "rsa-1", crit: ["b64"], b64: false }),
    "invalid",
  ],
  ["a signature of zeros", () => withSignature((one) => Buffer.alloc(one.length)), "invalid"],
  ["a signature cut short", () => withSignature((one) => one.subarray(0, 63)), "invalid"],
  ["a signature that goes on", () => withSignature((one) => Buffer.concat([one, Buffer.alloc(1)])), "invalid"],
  ["a signature in another encoding", () => withSignature(asDer), "invalid"],
  ["no signature", () => withSignature(() => Buffer.alloc(0)), "invalid"],
  ["another audience", () => providerToken(claimsWith({ aud: "elsewhere" }), rsa), "audience"],
  ["an audience that begins alike", () => providerToken(claimsWith({ aud: "mesh2" }), rsa), "audience"],
  ["no audience", () => providerToken(claimsWith({ aud: undefined }), rsa), "audience"],
  ["an issuer that is not trusted", () => providerToken(claimsWith({ iss: "https://evil.example" }), rsa), "issuer"],
  ["an issuer that looks alike", () => providerToken(claimsWith({ iss: `${provider.issuer}/` }), rsa), "issuer"],
  ["no issuer", () => providerToken(claimsWith({ iss: undefined }), rsa), "issuer"],
  ["a list of issuers", () => providerToken(claimsWith({ iss: [provider.issuer] }), rsa), "issuer"],
  [
    "this mesh as its issuer",
    () => providerToken(claimsWith({ iss: "thoth-mesh", aud: "thoth-mesh" }), rsa),
    "algorithm",
  ],
  ["an end that has passed", () => providerToken(claimsWith({ exp: at(-5) }), rsa), "expired"],
  ["no end", () => providerToken(claimsWith({ exp: undefined }), rsa), "invalid"],
  ["an end that is text", () => providerToken(claimsWith({ exp: "9999999999" }), rsa), "invalid"],
  ["a beginning that is to come", () => providerToken(claimsWith({ nbf: at(6) }), rsa), "not-yet-valid"],
  ["no time of issue", () => providerToken(claimsWith({ iat: undefined }), rsa), "invalid"],
  ["no name", () => providerToken(claimsWith({ preferred_username: undefined }), rsa), "invalid"],
  [
    "a name that is no text",
    () => providerToken(claimsWith({ preferred_username: { toString: "ada" } }), rsa),
    "invalid",
  ],
  ["the name of a service", () => providerToken(claimsWith({ preferred_username: "service:robot" }), rsa), "invalid"],
  ["the name of a role", () => providerToken(claimsWith({ preferred_username: "role:admin" }), rsa), "invalid"],
  [
    "the name of an account here",
    () => providerToken(claimsWith({ preferred_username: "local:root" }), rsa),
    "invalid",
  ],
  ["the name of nobody", () => providerToken(claimsWith({ preferred_username: "anonymous" }), rsa), "invalid"],
  [
    "a name with an address",
    () => providerToken(claimsWith({ preferred_username: "Eve <steward@school>" }), rsa),
    "invalid",
  ],
  ["a name that is not closed", () => providerToken(claimsWith({ preferred_username: "steward<" }), rsa), "invalid"],
  ["a name of two lines", () => providerToken(claimsWith({ preferred_username: "eve\nsteward" }), rsa), "invalid"],
  [
    "a name that turns text around",
    () => providerToken(claimsWith({ preferred_username: "ada\u202e" }), rsa),
    "invalid",
  ],
  ["roles that are objects", () => providerToken(claimsWith({ realm_access: { roles: [{}] } }), rsa), "invalid"],
  ["an attribute with a comma in its list", () => providerToken(claimsWith({ units: ["A,B", "C"] }), rsa), "invalid"],
  ["too much", () => providerToken(claimsWith({ more: "x".repeat(8192) }), rsa), "too-long"],
];

describe("refuses", () => {
  test.each(attacks)("%s", async (_, make, code) => {
    const token = await make();
    const error = await authentication()(token).then(
      () => expect.fail("was accepted"),
      (failure) => failure,
    );
    expect(error).toMatchObject({ code: `access/token-${code}` });
    const shown = `${formatMeshError(error)} ${inspect(error, { depth: 9 })} ${troubles.join(" ")}`;
    for (const part of token.split(".").filter((text) => text.length > 8)) expect(shown).not.toContain(part);
    // Ports have digits, too.
    expect(shown).not.toMatch(/sub-of-ada|ada\b(?! Lovelace)/);
  });

  test("a token of this mesh, signed with another mesh's key", async () => {
    const options = { key: tokenKeyOf("08".repeat(32)), now, ttlMs: 60_000 };
    const token = await signToken({ name: "ada", roles: [], attributes: {} }, options);
    await expect(authentication()(token)).rejects.toMatchObject({ code: "access/token-invalid" });
  });

  test("algorithms that the settings do not name", async () => {
    const authenticate = authentication({ algorithms: ["ES256"] });
    const refused = authenticate(await providerToken(claimsWith(), rsa));
    await expect(refused).rejects.toMatchObject({ code: "access/token-algorithm" });
    expect(await authenticate(await providerToken(claimsWith(), ec))).toEqual(ada);
  });
});

test("the other signature of the same two numbers is the same token, and gives the same person for no longer", async () => {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const token = await withSignature((one) => {
    const s = order - BigInt(`0x${one.subarray(32).toString("hex")}`);
    return Buffer.concat([one.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, "0"), "hex")]);
  });
  const authenticate = authentication();
  expect(await authenticate(token)).toEqual(ada);
  now = start + 306_000;
  await expect(authenticate(token)).rejects.toMatchObject({ code: "access/token-expired" });
});

test.each([
  [299_000, true],
  [304_000, true],
  [305_000, false],
])("%d ms after it was issued for 300 s, by a clock that may be 5 s wrong, it is good: %s", async (later, good) => {
  const authenticate = authentication();
  const token = await providerToken(claimsWith(), rsa);
  await authenticate(token);
  now = start + later;
  const again = authenticate(token);
  if (good) expect(await again).toEqual(ada);
  else await expect(again).rejects.toMatchObject({ code: "access/token-expired" });
});

describe("the keys of an issuer", () => {
  test("are asked for once, by however many tokens, and the same token gives the same object", async () => {
    const authenticate = authentication();
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, n) => providerToken(claimsWith({ n }), rsa)));
    const people = await Promise.all(tokens.map((token) => authenticate(token)));
    expect([people.length, provider.asked]).toEqual([20, 1]);
    expect(await authenticate(tokens[0])).toBe(await authenticate(tokens[0]));
  });

  test("may be new ones: they are asked for again, and not more than once in half a minute", async () => {
    const authenticate = authentication();
    await authenticate(await providerToken(claimsWith(), rsa));
    const fresh = await providerKey("ES256", "ec-2");
    const token = await providerToken(claimsWith(), fresh);
    for (let count = 0; count < 5; count++)
      await expect(authenticate(token)).rejects.toMatchObject({ code: "access/token-key-unknown" });
    expect(provider.asked).toBe(1);
    provider.keys = [rsa, fresh];
    now = start + 30_000;
    expect(await authenticate(token)).toEqual(ada);
    expect(provider.asked).toBe(2);
  });

  test("that it has withdrawn are not taken any more, within minutes", async () => {
    const authenticate = authentication();
    const tokenOf = (n: number) => providerToken(claimsWith({ exp: at(3600), n }), ec);
    const token = await tokenOf(0);
    await authenticate(token);
    provider.keys = [rsa];
    now = start + 600_001;
    expect(await authenticate(token)).toEqual(ada);
    // Once the answer is there, which comes in its own time.
    let number = 0;
    const another = async () => authenticate(await tokenOf(++number)).catch(({ code }) => code);
    await expect.poll(another).toBe("access/token-key-unknown");
    expect(provider.asked).toBe(2);
    // What was found good is so for a minute.
    now += 60_001;
    await expect(authenticate(token)).rejects.toMatchObject({ code: "access/token-key-unknown" });
  });

  test.each([["fails"], ["garbage"], ["much"], ["elsewhere"]] as const)("go on while it %s", async (answer) => {
    const authenticate = authentication();
    await authenticate(await providerToken(claimsWith(), rsa));
    provider.answer = answer;
    now = start + 700_000;
    const token = await providerToken(claimsWith({ iat: at(700), exp: at(900) }), rsa);
    expect(await authenticate(token)).toEqual(ada);
    await expect.poll(() => troubles).toHaveLength(1);
    now += 1000;
    expect(await authenticate(token)).toEqual(ada);
    expect(provider.asked).toBe(2);
  });

  test.each([["fails"], ["garbage"], ["much"], ["elsewhere"], ["another issuer"]] as const)(
    "that cannot be had at all, because it %s, let nobody in, and are asked for again later",
    async (answer) => {
      provider.answer = answer;
      const authenticate = authentication();
      const token = await providerToken(claimsWith(), rsa);
      for (let count = 0; count < 3; count++)
        await expect(authenticate(token)).rejects.toMatchObject({ code: "access/token-unverifiable" });
      expect(troubles).toHaveLength(1);
      provider.answer = "keys";
      now = start + 30_000;
      expect(await authenticate(token)).toEqual(ada);
    },
  );
});

describe("settings", () => {
  const good = { issuer: "https://id.example", audience: "mesh" };
  const next = (namePrefix = "") => ({ issuer: "https://next.example", audience: "mesh", namePrefix });
  test.each<[string, unknown, RegExp]>([
    ["no list", good, /a list of issuers/],
    ["no object", ["https://id.example"], /not an object/],
    ["no issuer", [{ audience: "mesh" }], /no `issuer`/],
    ["no audience", [{ issuer: good.issuer }], /`audience`/],
    ["no audience in its list", [{ ...good, audience: [] }], /`audience`/],
    ["keys that anybody on the way can change", [{ ...good, jwksUri: "http://id.example/keys" }], /https/],
    ["keys from a file", [{ ...good, jwksUri: "file:///etc/passwd" }], /https/],
    ["an issuer without a place of keys", [{ ...good, issuer: "school" }], /https/],
    ["a secret's algorithm", [{ ...good, algorithms: ["RS256", "HS256"] }], /HS256 is not accepted/],
    ["no algorithm", [{ ...good, algorithms: ["none"] }], /none is not accepted/],
    ["an empty list of algorithms", [{ ...good, algorithms: [] }], /`algorithms`/],
    ["a word that is not known", [{ ...good, audiences: "mesh" }], /no setting `audiences`/],
    ["an empty audience", [{ ...good, audience: "" }], /`audience`/],
    ["a claim that is an empty text", [{ ...good, claims: { name: "" } }], /`claims.name`/],
    ["a claim that is no text", [{ ...good, claims: { name: 7 } }], /`claims.name`/],
    ["the same one twice", [good, good], /twice/],
    ["a tolerance without end", [{ ...good, toleranceSeconds: 1e9 }], /`toleranceSeconds`/],
    ["a word that is neither yes nor no", [{ ...good, mayNameAccounts: "yes" }], /`mayNameAccounts`/],
    ["two without a prefix", [good, next()], /single issuer/],
    ["one of two without a prefix", [{ ...good, namePrefix: "a-" }, next()], /next.example has no `namePrefix`/],
    ["a prefix twice", [{ ...good, namePrefix: "a-" }, next("a-")], /both could name the same person/],
    ["a prefix in other letters", [{ ...good, namePrefix: "a-" }, next("A-")], /both could name the same person/],
    [
      "a prefix that goes on",
      [{ ...good, namePrefix: "staff-it-" }, next("staff-")],
      /both could name the same person/,
    ],
    ["a prefix that makes services of people", [{ ...good, namePrefix: "service:" }], /`namePrefix`/],
  ])("that say %s are refused", (_, value, message) => {
    expect(() => parseIssuers(value, "MESH_ISSUERS")).toThrow(
      expect.objectContaining({
        code: "access/issuer-settings",
        message: expect.stringMatching(message),
        at: { path: "MESH_ISSUERS" },
      }),
    );
  });

  test("may name several issuers by prefixes of which none begins with another", () => {
    const list = [{ ...good, namePrefix: "staff-" }, next("students-")];
    expect(parseIssuers(list, "x").map(({ namePrefix }) => namePrefix)).toEqual(["staff-", "students-"]);
  });
});
