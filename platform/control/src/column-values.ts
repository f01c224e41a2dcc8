/** Type OIDs whose reading PGlite and `pg` do not agree on, or that read worse than they could. */
export const columnParsers: Readonly<Record<number, (text: string) => unknown>> = {
  20: parseInt8,
  1082: (date) => date,
  1114: (timestamp) => new Date(`${timestamp.replace(" ", "T")}Z`),
};

function parseInt8(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}
