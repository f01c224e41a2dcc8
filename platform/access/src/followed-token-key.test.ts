import { chmod, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openAuthentication } from "./authenticate.ts";
import { followTokenKey } from "./followed-token-key.ts";
import { openTrustedIssuers } from "./issuers/trusted-issuers.ts";
import { openTokenKey, tokenKeyFile } from "./signing-key.ts";
import { signToken } from "./token.ts";

const start = Date.UTC(2026, 2, 18, 12);
let home: TempDir;
let now = start;
let troubles: string[] = [];
beforeEach(async () => {
  home = await tempDir();
  [now, troubles] = [start, []];
});
afterEach(() => home[Symbol.asyncDispose]());

const ada = { name: "ada", kind: "person", roles: [], attributes: {} } as const;
const signed = async () => signToken(ada, { key: await openTokenKey(home.path), now, ttlMs: 3_600_000 });

async function openDoor() {
  await openTokenKey(home.path);
  const clock = () => now;
  const onTrouble = ({ code }: Error & { code?: string }) => void troubles.push(String(code));
  const tokenKey = followTokenKey({ home: home.path, clock, onTrouble });
  const issuers = openTrustedIssuers([], { clock, onTrouble: () => undefined });
  const authenticate = openAuthentication({ tokenKey, book: { findKey: () => undefined }, issuers, clock });
  return async (token: string) =>
    authenticate(token).then(
      ({ name }) => name,
      ({ code }: { code: string }) => code,
    );
}

const file = () => tokenKeyFile(home.path);

test.each<[string, () => Promise<unknown>, string]>([
  ["is removed", () => rm(file()), "access/signing-key-gone"],
  ["is no key any more", () => writeFile(file(), "x"), "access/key-malformed"],
  ["is shown to others", () => chmod(file(), 0o644), "access/key-exposed"],
])("a key that %s voids what it signed within a second, also what was verified before", async (_, change, code) => {
  const bearer = await openDoor();
  const token = await signed();
  expect(await bearer(token)).toBe("ada");
  await change();
  now += 250;
  expect(await bearer(token)).toBe("access/token-invalid");
  expect(await bearer(token)).toBe("access/token-invalid");
  expect(troubles).toEqual([code]);
});

test("the key that takes its place counts at once, and the old one never again", async () => {
  const bearer = await openDoor();
  const old = await signed();
  expect(await bearer(old)).toBe("ada");
  await rm(file());
  // Not a millisecond has passed since the last look.
  const fresh = await signed();
  expect(await bearer(fresh)).toBe("ada");
  expect(await bearer(old)).toBe("access/token-invalid");
  expect(troubles).toEqual([]);
});

test("a key that is put back counts again", async () => {
  const bearer = await openDoor();
  const token = await signed();
  const aside = join(home.path, "aside");
  await rename(file(), aside);
  now += 250;
  expect(await bearer(token)).toBe("access/token-invalid");
  await rename(aside, file());
  now += 250;
  expect(await bearer(token)).toBe("ada");
  expect(troubles).toEqual(["access/signing-key-gone"]);
});

test("a clock that goes backwards does not keep it from looking", async () => {
  const bearer = await openDoor();
  const token = await signed();
  await rm(file());
  now -= 3_600_000;
  expect(await bearer(token)).toBe("access/token-invalid");
});
