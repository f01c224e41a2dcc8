const times: ReadonlySet<string> = new Set(["at", "until", "opened", "notice", "ackUntil", "noticeUntil"]);

/** For programs, with instants as ISO 8601. */
export function councilJson(value: unknown): string {
  const write = (key: string, inner: unknown) =>
    times.has(key) && typeof inner === "number" ? new Date(inner).toISOString() : inner;
  return `${JSON.stringify(value, write, 2)}\n`;
}
