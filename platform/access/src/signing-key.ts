import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomBytes, randomUUID } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { link, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { accessError } from "./errors.ts";

/** Signs tokens, and verifies them: whoever only verifies needs the public half alone. */
export interface TokenKey {
  /** Names it in tokens: changes with the key and tells nothing of it. */
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** The Ed25519 key that signs this mesh's tokens, from `keys/token-ed25519.key` of its home, made when there is none. */
export async function openTokenKey(home: string): Promise<TokenKey> {
  return tokenKeyOf(await openKey(tokenKeyFile(home)));
}

/** The same as its file is now; makes none. @throws MeshError `access/key-exposed`, `access/key-malformed`, `access/key-unreadable` */
export function readTokenKey(home: string): TokenKey {
  const file = tokenKeyFile(home);
  try {
    refuseExposed(file, statSync(file).mode);
    return tokenKeyOf(soundKey(file, readFileSync(file, "utf8")));
  } catch (error) {
    throw keyTrouble(file, error);
  }
}

export function tokenKeyFile(home: string): string {
  return join(home, "keys", "token-ed25519.key");
}

/** What an Ed25519 private key in PKCS #8 begins with; its 32 bytes follow. */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

/** @param seed 64 hexadecimal digits */
export function tokenKeyOf(seed: string): TokenKey {
  const der = Buffer.concat([pkcs8Prefix, Buffer.from(seed, "hex")]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey);
  const { x = "" } = publicKey.export({ format: "jwk" });
  return { id: createHash("sha256").update(x).digest("hex").slice(0, 16), privateKey, publicKey };
}

/**
 * The key of `pseudonym(text)`: 64 hexadecimal digits from `keys/pseudonym.key` of the home, made when there is none.
 * Whoever loses it can no longer tell that new data is about the same people as old data.
 */
export function openPseudonymKey(home: string): Promise<string> {
  return openKey(join(home, "keys", "pseudonym.key"));
}

/**
 * The key of masked texts: 64 hexadecimal digits from `keys/mask.key` of the home, made when there is none. After it is
 * lost, equal texts get other masks than before.
 */
export function openMaskKey(home: string): Promise<string> {
  return openKey(join(home, "keys", "mask.key"));
}

/**
 * Reads a key that only this user can read, or makes it. Processes that start together get the same one.
 * @throws MeshError `access/key-exposed`, `access/key-malformed`, `access/key-unreadable`
 */
export async function openKey(file: string): Promise<string> {
  try {
    if (!(await isThere(file))) await createKey(file);
    refuseExposed(file, (await stat(file)).mode);
    return soundKey(file, await readFile(file, "utf8"));
  } catch (error) {
    throw keyTrouble(file, error);
  }
}

function soundKey(file: string, text: string): string {
  const key = text.trim();
  if (!/^[0-9a-f]{64}$/i.test(key)) throw accessError["key-malformed"]({ file }, { at: { file } });
  return key.toLowerCase();
}

/** What the system says of a file, in our words. */
function keyTrouble(file: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (!code?.startsWith("E")) return error;
  return accessError["key-unreadable"]({ file, reason: message }, { at: { file }, cause: error });
}

async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** Written aside and linked, so that no other process ever reads half a key or has its key replaced. */
async function createKey(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  try {
    await using handle = await open(draft, "wx", 0o600);
    await handle.writeFile(`${randomBytes(32).toString("hex")}\n`);
    await handle.sync();
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

function refuseExposed(file: string, statMode: number): void {
  // Windows keeps no such modes; there the folder's access list decides.
  if (process.platform === "win32") return;
  const mode = statMode & 0o777;
  if ((mode & 0o077) === 0) return;
  throw accessError["key-exposed"]({ file, mode: mode.toString(8).padStart(3, "0") }, { at: { file } });
}
