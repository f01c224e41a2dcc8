import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { ScramVerifier } from "@thoth/access/scram-verifier";
import { gatewayError } from "../../errors.ts";

export const scramMechanism = "SCRAM-SHA-256";

/**
 * For users there are none of, and the same each time for one name: whoever probes names cannot tell it from a real one.
 * @param secret of this process
 */
export function mockVerifier(user: string, secret: Buffer): ScramVerifier {
  const part = (label: string, size = 32) =>
    createHmac("sha256", secret).update(`${label}\0${user}`).digest().subarray(0, size).toString("base64");
  return { iterations: 4096, salt: part("salt", 16), storedKey: part("stored"), serverKey: part("server") };
}

/** The server's side of one exchange. */
export interface ScramExchange {
  /** What is sent back to the client's first message. */
  readonly challenge: string;
  /**
   * Judges the client's last message.
   * @returns what proves to the client that the server knows the password; undefined when the client does not
   * @throws MeshError `gateway/sql-protocol`
   */
  finish(clientFinal: string): string | undefined;
}

/**
 * @param clientFirst `n,,n=,r=<nonce>`; its user name is ignored, as in Postgres: that of the connection counts
 * @param serverNonce made anew unless given
 * @throws MeshError `gateway/sql-protocol`
 * @source RFC 5802 and 7677
 */
export function beginScram(
  clientFirst: string,
  verifier: ScramVerifier,
  serverNonce = randomBytes(18).toString("base64"),
): ScramExchange {
  const [, header = "", binding = "", bare = "", clientNonce = ""] =
    /^(([ny]|p=[^,]*),(?:a=[^,]*)?,)(n=[^,]*,r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/s.exec(clientFirst) ?? [];
  if (clientNonce === "") broken("the first message of SCRAM is not well-formed");
  if (binding.startsWith("p=")) broken("binding SCRAM to the channel was not offered");
  const nonce = clientNonce + serverNonce;
  const challenge = `r=${nonce},s=${verifier.salt},i=${verifier.iterations}`;
  const expectedBinding = Buffer.from(header).toString("base64");
  return {
    challenge,
    finish: (clientFinal) => {
      const [, withoutProof = "", boundTo, sentNonce, proof = ""] =
        /^(c=([^,]*),r=([^,]*)(?:,[^,]*)*?),p=([A-Za-z0-9+/=]+)$/.exec(clientFinal) ?? [];
      if (boundTo !== expectedBinding) broken("the last message of SCRAM does not fit the first");
      if (sentNonce !== nonce) broken("the nonce of SCRAM is another one");
      const text = Buffer.from(`${bare},${challenge},${withoutProof}`);
      if (!proves(Buffer.from(proof, "base64"), text, verifier)) return undefined;
      return `v=${hmac(Buffer.from(verifier.serverKey, "base64"), text).toString("base64")}`;
    },
  };
}

function proves(proof: Buffer, text: Buffer, verifier: ScramVerifier): boolean {
  const storedKey = Buffer.from(verifier.storedKey, "base64");
  if (proof.length !== storedKey.length) return false;
  const signature = hmac(storedKey, text);
  const clientKey = Buffer.from(proof.map((byte, index) => byte ^ (signature[index] ?? 0)));
  return timingSafeEqual(createHash("sha256").update(clientKey).digest(), storedKey);
}

function hmac(key: Buffer, text: Buffer): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function broken(problem: string): never {
  throw gatewayError["sql-protocol"]({ problem });
}
