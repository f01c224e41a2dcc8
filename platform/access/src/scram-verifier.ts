import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

/**
 * What a server keeps to verify a password by SCRAM-SHA-256 without being able to log in with it.
 * @source RFC 5802 section 3, RFC 7677
 */
export interface ScramVerifier {
  /** Base64, as the server sends it. */
  readonly salt: string;
  readonly iterations: number;
  /** Base64 of 32 bytes: SHA-256 of the client key. */
  readonly storedKey: string;
  /** Base64 of 32 bytes. */
  readonly serverKey: string;
}

/** The least that RFC 7677 asks for; a password of 256 random bits gains nothing from more. */
const iterations = 4096;

/** @param password ASCII: no preparation of the text is done, as none would change it */
export function scramVerifierOf(password: string, salt: Buffer = randomBytes(16)): ScramVerifier {
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  return {
    salt: salt.toString("base64"),
    iterations,
    storedKey: createHash("sha256").update(clientKey).digest("base64"),
    serverKey: createHmac("sha256", salted).update("Server Key").digest("base64"),
  };
}
