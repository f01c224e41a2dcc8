import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { scramVerifierOf } from "./scram-verifier.ts";
import {
  createServiceKey,
  findServiceKey,
  isServiceKeyGood,
  rotateServiceKey,
  type ServiceKey,
  type ServiceKeyTerms,
  serviceOf,
  stateOfServiceKey,
} from "./service-key.ts";

const now = Date.UTC(2026, 5, 15, 10);
const terms: ServiceKeyTerms = {
  name: "grade-dashboard",
  roles: ["reader"],
  attributes: { units: "A" },
  limits: { products: ["school/enrolments"] },
  until: null,
};
const ring = (...keys: ServiceKey[]) => new Map(keys.map((key) => [key.id, key]));

test("a key can be told from its text, and what is kept does not tell the text", () => {
  const { text, kept } = createServiceKey(terms, now);
  expect(text).toMatch(/^mk_[0-9a-f]{10}_[\w-]{43}$/);
  const shown = JSON.stringify(kept);
  for (const secret of [text, text.slice(14)]) expect(shown).not.toContain(secret);
  expect(findServiceKey(ring(kept), text)).toBe(kept);
  expect(createServiceKey(terms, now).text).not.toBe(text);
});

test("who asks with it is a machine, limited as the key is", () => {
  const { kept } = createServiceKey(terms, now);
  const { limits, roles, attributes } = terms;
  expect(serviceOf(kept)).toEqual({ name: "service:grade-dashboard", kind: "service", roles, attributes, limits });
  expect(serviceOf(createServiceKey({ ...terms, limits: {} }, now).kept)).not.toHaveProperty("limits");
});

test("another text is no key, whatever it shares with one", () => {
  const { text, kept } = createServiceKey(terms, now);
  const other = createServiceKey(terms, now);
  const wrong = [
    "",
    "mk_",
    `mk_${kept.id}`,
    `mk_${kept.id}_`,
    `${text}x`,
    text.slice(0, -1),
    text.toUpperCase(),
    text.replace(kept.id, other.kept.id),
    other.text.replace(other.kept.id, kept.id),
    kept.sha256,
    "mk___proto___x",
  ];
  for (const one of wrong) expect(findServiceKey(ring(kept, other.kept), one)).toBeUndefined();
});

describe("is good", () => {
  const { kept } = createServiceKey(terms, now);
  test.each<[string, Partial<ServiceKey>, string, boolean]>([
    ["for ever without an end", {}, "good", true],
    ["until its end", { until: now + 1 }, "good", true],
    ["and no longer", { until: now }, "expired", false],
    ["and not once it is revoked", { revokedAt: now }, "revoked", false],
    ["and not by a clock that is behind that of who revoked it", { revokedAt: now + 60_000 }, "revoked", false],
    ["for a while once there is another", { replacedBy: "b", until: now + 1 }, "replaced", true],
    ["and then not", { replacedBy: "b", until: now }, "expired", false],
    ["and not when it is revoked meanwhile", { replacedBy: "b", until: now + 1, revokedAt: now }, "revoked", false],
  ])("%s", (_, changes, state, good) => {
    const key = { ...kept, ...changes };
    expect([stateOfServiceKey(key, now), isServiceKeyGood(key, now)]).toEqual([state, good]);
  });
});

test.each([
  [null, 1000, now + 1000],
  [now + 500, 1000, now + 500],
  [null, 0, now],
])("one in its place has the same terms; the old one, good until %d, stays so for %d ms", (until, graceMs, end) => {
  const { kept } = createServiceKey({ ...terms, until }, now - 1);
  const { made, old } = rotateServiceKey(kept, { now, graceMs });
  expect(made.kept).toMatchObject({ ...terms, until, createdAt: now });
  expect(made.kept.id).not.toBe(kept.id);
  expect(old).toEqual({ ...kept, until: end, replacedBy: made.kept.id });
});

test("what SCRAM verifies with is what RFC 7677 gives", () => {
  const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
  const { storedKey, serverKey, iterations } = scramVerifierOf("pencil", salt);
  const nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  const messages = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=${salt.toString("base64")},i=${iterations},c=biws,r=${nonce}`;
  const signed = (key: string | Buffer) => createHmac("sha256", key).update(messages).digest();
  expect(signed(Buffer.from(serverKey, "base64")).toString("base64")).toBe(
    "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
  );
  const proof = Buffer.from("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "base64");
  const signature = signed(Buffer.from(storedKey, "base64"));
  const clientKey = Buffer.from(proof.map((byte, index) => byte ^ (signature[index] ?? 0)));
  expect(createHash("sha256").update(clientKey).digest("base64")).toBe(storedKey);
});

test("equal keys are salted apart", () => {
  expect(scramVerifierOf("pencil").salt).not.toBe(scramVerifierOf("pencil").salt);
});
