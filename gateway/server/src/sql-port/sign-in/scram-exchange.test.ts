import { scramVerifierOf } from "@thoth/access/scram-verifier";
import { expect, test } from "vitest";
import { AttemptLimit } from "./attempt-limit.ts";
import { beginScram, mockVerifier } from "./scram-exchange.ts";

/** The example of RFC 7677, section 3. */
const verifier = scramVerifierOf("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"));
const serverNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const clientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
const clientFinal = `c=biws,r=rOprNGfwEbeRWgbNEkqO${serverNonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;

test("the exchange of the standard", () => {
  const exchange = beginScram(clientFirst, verifier, serverNonce);
  expect(exchange.challenge).toBe(`r=rOprNGfwEbeRWgbNEkqO${serverNonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`);
  expect(exchange.finish(clientFinal)).toBe("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
});

test.each([
  ["another password", scramVerifierOf("crayon", Buffer.from(verifier.salt, "base64")), clientFinal],
  ["somebody there is none of", mockVerifier("user", Buffer.alloc(32)), clientFinal],
  ["a proof that was changed", verifier, clientFinal.replace("p=d", "p=e")],
  ["a proof that is too short", verifier, clientFinal.replace(/p=.*/, "p=AAAA")],
])("%s proves nothing", (_, kept, final) => {
  expect(beginScram(clientFirst, kept, serverNonce).finish(final)).toBeUndefined();
});

test.each([
  ["another nonce", clientFinal.replace("r=r", "r=s")],
  ["another binding", clientFinal.replace("c=biws", "c=eSws")],
  ["no proof", clientFinal.replace(/,p=.*/, "")],
  ["nothing", ""],
])("a last message with %s is refused", (_, final) => {
  const { finish } = beginScram(clientFirst, verifier, serverNonce);
  expect(() => finish(final)).toThrow(expect.objectContaining({ code: "gateway/sql-protocol" }));
});

test.each(["", "n,,n=user", "p=tls-unique,,n=user,r=abc", "x,,n=user,r=abc", "n,,n=user,r="])(
  "a first message %j is refused",
  (first) => {
    expect(() => beginScram(first, verifier)).toThrow(expect.objectContaining({ code: "gateway/sql-protocol" }));
  },
);

test("somebody there is none of looks like somebody, and the same each time", () => {
  const secret = Buffer.alloc(32, 7);
  const [first, again, other] = ["eve", "eve", "mallory"].map((user) => mockVerifier(user, secret));
  expect(first).toEqual(again);
  expect(other?.salt).not.toBe(first?.salt);
  expect(first).toMatchObject({ iterations: verifier.iterations });
  expect(first?.salt).toHaveLength(verifier.salt.length);
});

test("failures count by address, until they are long enough ago", () => {
  const limit = new AttemptLimit({ failures: 2, windowMs: 1000 });
  expect(limit.waitMs("a", 0)).toBe(0);
  limit.failed("a", 0);
  limit.failed("a", 400);
  expect(limit.waitMs("a", 500)).toBe(500);
  expect(limit.waitMs("b", 500)).toBe(0);
  expect(limit.waitMs("a", 1000)).toBe(0);
  limit.failed("a", 1100);
  expect(limit.waitMs("a", 1200)).toBe(200);
});
