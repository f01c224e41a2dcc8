import { createHmac, randomBytes } from "node:crypto";

const prefix = "whsec_";

/** A secret as Standard Webhooks writes it: `whsec_` and 32 bytes in base64. */
export function newWebhookSecret(): string {
  return `${prefix}${randomBytes(32).toString("base64")}`;
}

export interface SignedMessage {
  readonly id: string;
  /** Epoch ms of this attempt: a receiver refuses what is old. */
  readonly now: number;
  readonly body: string;
}

/**
 * The headers by which a receiver knows that a message is ours, whole and new.
 * @source Standard Webhooks 1.0.0, symmetric signatures
 */
export function signatureHeaders(secret: string, { id, now, body }: SignedMessage): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1_000));
  const key = Buffer.from(secret.slice(prefix.length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
