const dayMs = 86_400_000;
const infiniteDays = 2_147_483_647;
const infiniteMicros = 9_223_372_036_854_775_807n;

/** `2025-03-01`; `infinity` and `-infinity` as the engine has them. Years beyond 0..9999 in the ISO 8601 expanded form. */
export function isoDate(days: number): string {
  if (Math.abs(days) === infiniteDays) return days > 0 ? "infinity" : "-infinity";
  const text = isoFromMs(days * dayMs);
  return text.slice(0, text.indexOf("T"));
}

/** `2025-03-01T09:30:00.000Z`, cut to the millisecond; `infinity` and `-infinity` as the engine has them. */
export function isoTimestamp(micros: bigint): string {
  if (micros === infiniteMicros) return "infinity";
  if (micros === -infiniteMicros) return "-infinity";
  const rest = ((micros % 1000n) + 1000n) % 1000n;
  return isoFromMs(Number((micros - rest) / 1000n));
}

/** `P1M2DT3.5S`; months, days and time stay apart because their ratio is not fixed. */
export function isoDuration(value: { months: number; days: number; micros: bigint }): string {
  const days = part(value.months, "M") + part(value.days, "D");
  if (value.micros === 0n) return days === "" ? "PT0S" : `P${days}`;
  const sign = value.micros < 0n ? "-" : "";
  const micros = value.micros < 0n ? -value.micros : value.micros;
  const fraction = (micros % 1_000_000n).toString().padStart(6, "0").replace(/0+$/, "");
  return `P${days}T${sign}${micros / 1_000_000n}${fraction === "" ? "" : `.${fraction}`}S`;
}

function part(amount: number, unit: string): string {
  return amount === 0 ? "" : `${amount}${unit}`;
}

// The engine's calendar is wider than JavaScript's (±271,821 years); what lies outside keeps its sign and nothing else.
function isoFromMs(ms: number): string {
  if (Math.abs(ms) > 8.64e15) return ms > 0 ? "+infinityT" : "-infinityT";
  return new Date(ms).toISOString();
}
