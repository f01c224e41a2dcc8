import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { join } from "node:path";
import { openKey } from "@thoth/access/signing-key";

const cipher = "aes-256-gcm";

/** Encrypts secrets before they go to the control plane, with a key that only the owner of the home can read. */
export interface SecretSeal {
  seal(secret: string): string;
  /** @throws Error when it was sealed with another key, or changed */
  open(sealed: string): string;
}

/** @throws MeshError as `openKey` */
export async function openSecretSeal(home: string): Promise<SecretSeal> {
  const key = Buffer.from(await openKey(join(home, "keys", "webhook.key")), "hex");
  return {
    seal(secret) {
      const nonce = randomBytes(12);
      const sealing = createCipheriv(cipher, key, nonce);
      const text = Buffer.concat([sealing.update(secret, "utf8"), sealing.final()]);
      return [nonce, text, sealing.getAuthTag()].map((part) => part.toString("base64")).join(".");
    },
    open(sealed) {
      const [nonce = Buffer.alloc(0), text = Buffer.alloc(0), tag = Buffer.alloc(0)] = sealed
        .split(".")
        .map((part) => Buffer.from(part, "base64"));
      const opening = createDecipheriv(cipher, key, nonce).setAuthTag(tag);
      return Buffer.concat([opening.update(text), opening.final()]).toString("utf8");
    },
  };
}
