import { hash, randomBytes, timingSafeEqual } from "node:crypto";

/** A key that is shown once: what is kept of it does not tell it. */
export interface NewKey {
  /** Part of the text, so that the key can be spoken of. */
  readonly id: string;
  readonly text: string;
  /** SHA-256 of the whole text, hexadecimal; 256 random bits cannot be guessed, so it needs no salt and no slow hash. */
  readonly sha256: string;
}

/** @param prefix what a leaked key is recognised by: `mk` gives `mk_<id>_<secret>` */
export function newKey(prefix: string): NewKey {
  const id = randomBytes(5).toString("hex");
  const text = `${prefix}_${id}_${randomBytes(32).toString("base64url")}`;
  return { id, text, sha256: hash("sha256", text) };
}

/** Whether this is the key that was hashed; takes the same time whatever differs. */
export function isKeyOf(sha256: string, given: string): boolean {
  return timingSafeEqual(Buffer.from(sha256, "hex"), Buffer.from(hash("sha256", given), "hex"));
}
