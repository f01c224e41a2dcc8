/** How a text of a format is known. All that is given must hold. */
export interface StringFormat {
  /** Whole texts, in what ECMA-262 and RE2 have in common; case does not count. */
  readonly pattern: string;
  /** Characters at most. */
  readonly maxLength?: number;
  /** Engine type that the text can be read as: 2026-02-30 looks like a date, and is none. */
  readonly castTo?: "DATE" | "TIME" | "TIMESTAMP WITH TIME ZONE";
}

/** Formats that say how a text is to be treated, and nothing that a text could break. */
const unbound: readonly string[] = ["password", "binary"];

const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
const byte = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
const ipv4 = `${byte}([.]${byte}){3}`;
const date = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])";
const time = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?(z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])";
const uriCharacter = "([a-z0-9._~:/?#@!$&'()*+,;=\\[\\]-]|%[0-9a-f]{2})";

/** Units of a duration, largest first. */
const days = "[0-9]+y([0-9]+m)?([0-9]+d)?|[0-9]+m([0-9]+d)?|[0-9]+d";
const clock = "[0-9]+h([0-9]+m)?([0-9]+s)?|[0-9]+m([0-9]+s)?|[0-9]+s";

/** By the names that JSON Schema and the standard give them. */
const formats: Readonly<Record<string, StringFormat>> = {
  uuid: { pattern: "(urn:uuid:)?[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}" },
  email: { pattern: `[a-z0-9!#$%&'*+/=?^_\`{|}~-]+([.][a-z0-9!#$%&'*+/=?^_\`{|}~-]+)*@(${label}[.])+${label}` },
  hostname: { pattern: `${label}([.]${label})*[.]?`, maxLength: 253 },
  ipv4: { pattern: ipv4 },
  ipv6: { pattern: ipv6() },
  uri: { pattern: `[a-z][a-z0-9+.-]*:${uriCharacter}+` },
  url: { pattern: `[a-z][a-z0-9+.-]*://${uriCharacter}+` },
  "uri-reference": { pattern: `${uriCharacter}*` },
  date: { pattern: date, castTo: "DATE" },
  time: { pattern: time },
  "date-time": { pattern: `${date}[t ]${time}`, castTo: "TIMESTAMP WITH TIME ZONE" },
  duration: { pattern: `p([0-9]+w|(${days})(t(${clock}))?|t(${clock}))` },
  byte: { pattern: "([a-z0-9+/]{4})*([a-z0-9+/]{2}==|[a-z0-9+/]{3}=)?" },
};

/** What a text of a format is like; undefined when it is like any other, and `unknown` when nobody here knows the format. */
export function stringFormat(name: string): StringFormat | "unknown" | undefined {
  if (unbound.includes(name)) return undefined;
  return Object.hasOwn(formats, name) ? formats[name] : "unknown";
}

/** For messages. */
export const knownFormats: readonly string[] = [...Object.keys(formats), ...unbound];

/** Smallest and largest value of the whole numbers of a format; undefined for formats of other things. */
export function integerRange(format: string): readonly [smallest: bigint, largest: bigint] | undefined {
  const [, sign, bits] = /^([iu])(8|16|32|64|128)$/.exec(format) ?? [];
  if (sign === undefined) return undefined;
  const width = BigInt(bits ?? 0);
  return sign === "u" ? [0n, 2n ** width - 1n] : [-(2n ** (width - 1n)), 2n ** (width - 1n) - 1n];
}

/** Eight groups, the last two of which may be an IPv4 address, and one run of them may be left out. */
function ipv6(): string {
  const group = "[0-9a-f]{1,4}";
  const end = `(${group}:${group}|${ipv4})`;
  const shortened = Array.from({ length: 7 }, (_, after) => {
    const before = 7 - after;
    const tail = after === 0 ? "" : after === 1 ? group : `(${group}:){${after - 2}}${end}`;
    return `(${group}(:${group}){0,${before - 1}})?::${tail}`;
  });
  return `((${group}:){6}${end}|::(${group}:){5}${end}|${shortened.join("|")})`;
}
