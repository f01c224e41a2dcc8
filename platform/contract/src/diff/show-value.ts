/** A value of a contract as messages show it. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** `was 5, is 7` */
export function wasIs(before: unknown, after: unknown): string {
  return `was ${show(before)}, is ${show(after)}`;
}
