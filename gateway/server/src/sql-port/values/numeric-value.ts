import { gatewayError } from "../../errors.ts";

const signs = { positive: 0, negative: 0x4000, nan: 0xc000, infinity: 0xd000, negativeInfinity: 0xf000 };
const specials: Readonly<Record<string, number>> = {
  NaN: signs.nan,
  Infinity: signs.infinity,
  "-Infinity": signs.negativeInfinity,
};

/**
 * `-12345.67` as Postgres sends a numeric: digits of base 10,000, how many of them stand before the point, the sign, and
 * how many decimals to show.
 */
export function numericToBinary(text: string): Buffer {
  const special = specials[text];
  if (special !== undefined) return header({ digits: [], weight: 0, sign: special, scale: text === "NaN" ? 0 : 32 });
  const [, sign, whole = "", decimals = ""] = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(expanded(text)) ?? fail(text);
  const padded = whole.padStart(Math.ceil(whole.length / 4) * 4, "0");
  const all = padded + decimals.padEnd(Math.ceil(decimals.length / 4) * 4, "0");
  const digits = (all.match(/.{4}/g) ?? []).map(Number);
  let weight = padded.length / 4 - 1;
  while (digits[0] === 0) {
    digits.shift();
    weight -= 1;
  }
  while (digits.at(-1) === 0) digits.pop();
  if (digits.length === 0) weight = 0;
  const isNegative = sign === "-" && digits.length > 0;
  return header({ digits, weight, sign: isNegative ? signs.negative : signs.positive, scale: decimals.length });
}

interface Numeric {
  readonly digits: readonly number[];
  readonly weight: number;
  readonly sign: number;
  readonly scale: number;
}

function header({ digits, weight, sign, scale }: Numeric): Buffer {
  const bytes = Buffer.alloc(8 + digits.length * 2);
  bytes.writeInt16BE(digits.length, 0);
  bytes.writeInt16BE(weight, 2);
  bytes.writeUInt16BE(sign, 4);
  bytes.writeInt16BE(scale, 6);
  for (const [index, digit] of digits.entries()) bytes.writeInt16BE(digit, 8 + index * 2);
  return bytes;
}

/** `1.5e3` → `1500` */
function expanded(text: string): string {
  const [, sign = "", whole = "", decimals = "", exponent] =
    /^([+-]?)(\d*)(?:\.(\d*))?[eE]([+-]?\d{1,4})$/.exec(text) ?? [];
  if (exponent === undefined) return text;
  const point = whole.length + Number(exponent);
  const digits = (whole + decimals).padStart(-point + whole.length + decimals.length, "0").padEnd(point, "0");
  const at = Math.max(0, point);
  return `${sign}${digits.slice(0, at)}.${digits.slice(at)}`;
}

/** @throws MeshError `gateway/sql-bad-value` */
export function numericFromBinary(bytes: Buffer): string {
  if (bytes.length < 8 || bytes.length !== 8 + bytes.readInt16BE(0) * 2) fail("its length is wrong");
  const [count, weight, sign, scale] = [0, 2, 4, 6].map((at) => bytes.readUInt16BE(at)) as [
    number,
    number,
    number,
    number,
  ];
  const special = Object.entries(specials).find(([, value]) => value === sign)?.[0];
  if (special !== undefined) return special;
  const first = (weight << 16) >> 16;
  const digitAt = (index: number) => {
    const place = first - index;
    return place >= 0 && place < count ? bytes.readUInt16BE(8 + place * 2) : 0;
  };
  let whole = "";
  for (let index = first; index >= 0; index -= 1) whole += String(digitAt(index)).padStart(4, "0");
  let decimals = "";
  for (let index = -1; decimals.length < scale; index -= 1) decimals += String(digitAt(index)).padStart(4, "0");
  const text = `${whole.replace(/^0+(?=\d)/, "") || "0"}${scale > 0 ? `.${decimals.slice(0, scale)}` : ""}`;
  return sign === signs.negative ? `-${text}` : text;
}

function fail(reason: string): never {
  throw gatewayError["sql-bad-value"]({ what: "a numeric", reason });
}
