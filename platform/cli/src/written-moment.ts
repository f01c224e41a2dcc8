const dayMs = 86_400_000;

/**
 * `2026-12-31`, `2026-12-31T12:00:00Z`, or days from now as `90d`.
 * @param edge which end of a day that is written without a time; days are those of UTC
 * @returns epoch ms; undefined when it is none of these
 */
export function parseMoment(text: string, now: number, edge: "start" | "end"): number | undefined {
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? [];
  if (days !== undefined) return now + Number(days) * dayMs;
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const at = isDay || isTime ? Date.parse(text) : Number.NaN;
  // The engine takes the 31st of February for the 3rd of March.
  const isReal = !Number.isNaN(at) && (!isDay || new Date(at).toISOString().startsWith(text));
  if (!isReal) return undefined;
  return isDay && edge === "end" ? at + dayMs : at;
}
