import { createHash, createHmac, createSecretKey, type KeyObject } from "node:crypto";

/** The key of the trail, and by which name records tell which key sealed them. */
export interface AuditKey {
  readonly secret: KeyObject;
  readonly id: string;
}

/** @param hex 64 hexadecimal digits, as `openKey` reads them */
export function auditKey(hex: string): AuditKey {
  const bytes = Buffer.from(hex, "hex");
  const id = createHash("sha256").update("audit key ").update(bytes).digest("hex").slice(0, 16);
  return { secret: createSecretKey(bytes), id };
}

/** What of a record makes it a link: everything else in it is content. */
export interface ChainLink {
  /** Name of the chain; every process that writes has one of its own. */
  readonly writer: string;
  /** From 1, without gaps. */
  readonly sequence: number;
  /** The `mac` of the record before; 64 zeros in the first. */
  readonly previous: string;
  /** HMAC-SHA-256 over the line up to here. */
  readonly mac: string;
}

export type SealedRecord = ChainLink & Readonly<Record<string, unknown>>;

export const firstPrevious = "0".repeat(64);

/** A line of JSON, without its end, whose last entry seals the bytes before it. */
export function sealRecord(
  content: Readonly<Record<string, unknown>>,
  link: Omit<ChainLink, "mac">,
  key: AuditKey,
): { readonly line: string; readonly mac: string } {
  const { writer, sequence, previous } = link;
  const body = JSON.stringify({ writer, sequence, ...content, previous }).slice(0, -1);
  const mac = macOf(body, key);
  return { line: `${body},"mac":"${mac}"}`, mac };
}

const sealLength = ',"mac":""}'.length + 64;

/** @returns undefined when the line is not as it was sealed with this key */
export function openRecord(line: string, key: AuditKey): SealedRecord | undefined {
  const body = line.slice(0, -sealLength);
  if (line !== `${body},"mac":"${macOf(body, key)}"}`) return undefined;
  return JSON.parse(line) as SealedRecord;
}

function macOf(body: string, { secret }: AuditKey): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}
