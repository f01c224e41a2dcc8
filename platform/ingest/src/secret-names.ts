import { quoteLiteral } from "@thoth/warehouse/sql-text";

const secrets =
  "password|passwd|pwd|passphrase|secret|token|credentials?|(?:api|access|private|secret|signing|encryption)[_-]?key";
const derived = "(?:[_-](?:hash|digest|salt))?";

/**
 * Whether a column or key is called like something that opens doors: `token`, `reset_password_token`, `accessToken`;
 * neither `token_count` nor `reset_password_sent_at`.
 */
export function isSecretName(name: string): boolean {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
  return new RegExp(`(^|[^a-z])(?:${secrets})${derived}$`).test(words);
}

/** The same for a key within JSON, with its text, in the engine's syntax: nothing else in JSON is a quoted text before a colon. */
const capitalised = "Password|Passphrase|Secret|Token|Credentials?|(?:Api|Access|Private|Secret|Signing|Encryption)Key";
const key = `(?:[^"\\\\]*[^A-Za-z"\\\\])?(?i:(?:${secrets})${derived})|[^"\\\\]*[a-z0-9](?:${capitalised})`;
const member = quoteLiteral(`("(?:${key})"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"`);

/** SQL of a JSON text in which texts of such keys, however deep, are null. */
export function withoutSecretMembers(json: string): string {
  return `CASE WHEN regexp_matches(${json}, ${member}) THEN regexp_replace(${json}, ${member}, '\\1null', 'g') ELSE ${json} END`;
}
