import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@thoth/testing/temp-dir";
import { describe, expect, test } from "vitest";
import { openKey, openPseudonymKey, openTokenKey, tokenKeyOf } from "./signing-key.ts";

test("keys are made once, differ, and are this user's alone", async () => {
  await using home = await tempDir();
  const token = await openTokenKey(home.path);
  const pseudonym = await openPseudonymKey(home.path);
  expect(token.privateKey.asymmetricKeyType).toBe("ed25519");
  expect(pseudonym).toMatch(/^[0-9a-f]{64}$/);
  const again = await openTokenKey(home.path);
  expect(again.privateKey.equals(token.privateKey)).toBe(true);
  expect(again.id).toBe(token.id);
  expect(await openPseudonymKey(home.path)).toBe(pseudonym);

  const folder = join(home.path, "keys");
  expect((await readdir(folder)).toSorted()).toEqual(["pseudonym.key", "token-ed25519.key"]);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  for (const file of ["pseudonym.key", "token-ed25519.key"])
    expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
});

test("the key pair is the one that RFC 8032 gives for its first seed", () => {
  const { publicKey } = tokenKeyOf("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  const { x = "" } = publicKey.export({ format: "jwk" });
  const expected = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
  expect(Buffer.from(x, "base64url").toString("hex")).toBe(expected);
});

test("two homes have different keys", async () => {
  await using one = await tempDir();
  await using other = await tempDir();
  expect(await openPseudonymKey(one.path)).not.toBe(await openPseudonymKey(other.path));
});

test("all who ask at once get the same key", async () => {
  await using home = await tempDir();
  const keys = await Promise.all(Array.from({ length: 20 }, () => openPseudonymKey(home.path)));
  expect(new Set(keys).size).toBe(1);
  expect(await readdir(join(home.path, "keys"))).toEqual(["pseudonym.key"]);
});

test("a key that somebody wrote by hand is taken as it is", async () => {
  await using home = await tempDir();
  const file = join(home.path, "own.key");
  await writeFile(file, `  ${"AB".repeat(32)}\r\n`, { mode: 0o600 });
  expect(await openKey(file)).toBe("ab".repeat(32));
});

describe("refuses", () => {
  test.each([[0o640], [0o604], [0o644], [0o620], [0o601]])(
    "a key of mode %o, and says how to close it",
    async (mode) => {
      await using home = await tempDir();
      await openTokenKey(home.path);
      const file = join(home.path, "keys", "token-ed25519.key");
      const content = (await readFile(file, "utf8")).trim();
      await chmod(file, mode);
      const error = await openTokenKey(home.path).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: "access/key-exposed", at: { file } });
      expect(error.message).toContain(mode.toString(8));
      expect(error.hint).toContain(`chmod 600 ${file}`);
      expect(`${error.message} ${error.hint}`).not.toContain(content);
    },
  );

  test.each([[""], ["ab".repeat(31)], ["ab".repeat(33)], ["xy".repeat(32)]])(
    "what is no key: '%s'",
    async (content) => {
      await using home = await tempDir();
      const file = join(home.path, "own.key");
      await writeFile(file, content, { mode: 0o600 });
      await expect(openKey(file)).rejects.toMatchObject({ code: "access/key-malformed" });
      expect(await readFile(file, "utf8")).toBe(content);
    },
  );

  test("a folder where the key should be, and a file where its folder should be", async () => {
    await using home = await tempDir();
    await mkdir(join(home.path, "own.key"), { mode: 0o700 });
    await expect(openKey(join(home.path, "own.key"))).rejects.toMatchObject({ code: "access/key-unreadable" });
    await writeFile(join(home.path, "keys"), "");
    await expect(openTokenKey(home.path)).rejects.toMatchObject({ code: "access/key-unreadable" });
  });
});
