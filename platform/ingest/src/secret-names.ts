import { quoteLiteral } from "@thoth/warehouse/sql-text";

/** Patterns are in what the engine's syntax and the language's have in common; names are as they stand in JSON. */
const separator = '[^A-Za-z0-9"\\\\]?';
const kinds = ["passwords?", "passwd", "pwd", "passphrase", "secrets?", "token", "credentials?"];
const keys = ["api", "access", "private", "secret", "signing", "encryption"].map((of) => `${of}${separator}keys?`);
/** What is written before such a word without anything between: `authtoken`, but not `betoken`. */
const glue = ["oauth", "auth", "access", "refresh", "bearer", "session", "csrf", "xsrf", "api", "id", "jwt", "client"];
const glued = [...glue, "user", "db", "reset", "login", "app", "bot"].map(
  (before) => `${before}(?:token|secret|password|passwd|pwd|passphrase)`,
);
const words = [...kinds, ...keys, ...glued];
const tail = `(?:${separator}(?i:hash|digest|salt))?[^A-Za-z"\\\\]*`;

const character = '(?:[^"\\\\]|\\\\.)';
const boundary = '(?:[^A-Za-z"\\\\]|\\\\.)';
const afterAcronym = words.map((word) => `${word[0]?.toUpperCase()}${word[1]}(?i:${word.slice(2)})`);
const afterSmall = words.map((word) => `${word[0]?.toUpperCase()}(?i:${word.slice(1)})`);
const wordAtEnd = [
  `(?:${character}*${boundary})?(?i:${words.join("|")})`,
  `${character}*[a-z0-9](?:${afterSmall.join("|")})`,
  `${character}*[A-Z](?:${afterAcronym.join("|")})`,
];
/** An authorization of something else is no secret: of a payment, say. */
const header = `(?i:(?:(?:http|proxy|x)${separator})?authorization)`;
const secretName = `(?:(?:${wordAtEnd.join("|")})${tail}|${header})`;
const wholeName = new RegExp(`^${secretName}$`);

/**
 * Whether a column or key is called like something that opens doors: `token`, `reset_password_token`, `APIToken`,
 * `token1`; neither `token_count` nor `reset_password_sent_at`.
 */
export function isSecretName(name: string): boolean {
  return wholeName.test(name);
}

/** How deep lists and objects under such a key may lie within each other. */
const deepest = 32;
const text = `"${character}*"`;
const nested = Array.from({ length: deepest }).reduce<string>(
  (inner) => `[\\[{](?:[^\\[\\]{}"]|${text}${inner === "" ? "" : `|${inner}`})*[\\]}]`,
  "",
);
/** Nothing else in JSON is a quoted text before a colon. */
const memberName = `"${secretName}"\\s*:\\s*`;
const member = quoteLiteral(`(${memberName})(?:${text}|[-0-9][-+.0-9eE]*|true|false|${nested})`);
const rest = quoteLiteral(`(?s)^(.*?${memberName})["\\[{].*$`);

/**
 * SQL of a JSON text in which the values of such keys, however deep and whatever they are, are null. A text that is no
 * JSON or is deeper than can be told is cut off there, and so is no JSON: it is refused, and shows nothing.
 */
export function withoutSecretMembers(json: string): string {
  return `CASE WHEN ${hasSecretMember(json)} THEN ${clearedMembers(json)} ELSE ${json} END`;
}

function hasSecretMember(json: string): string {
  return `regexp_matches(${json}, ${quoteLiteral(memberName)})`;
}

function clearedMembers(json: string): string {
  const known = `regexp_replace(${json}, ${member}, '\\1null', 'g')`;
  return `regexp_replace(${known}, ${rest}, '\\1')`;
}

/** SQL of whether a text begins as objects and lists do: quickly told, and most texts do not. */
export function mayBeDocument(text: string): string {
  return `regexp_matches(${text}, '^\\s*[\\[{]')`;
}

/** The same as {@link withoutSecretMembers} of any text: what is no JSON stays as it is, and what is deeper is null. */
export function withoutSecretsInText(text: string): string {
  const isDocument = `${mayBeDocument(text)} AND ${hasSecretMember(text)} AND json_valid(${text})`;
  // What was cut off ends in a colon. A list, because the engine would work out the same text twice.
  const whole = `list_filter([${clearedMembers(text)}], lambda cleared: regexp_matches(cleared, '[\\]}]\\s*$'))[1]`;
  return `CASE WHEN ${isDocument} THEN ${whole} ELSE ${text} END`;
}

/** SQL of whether a text is such a name. */
export function isSecretNameSql(name: string): string {
  return `regexp_full_match(${name}, ${quoteLiteral(secretName)})`;
}
