/**
 * Whether a value nests deeper than so many levels, objects and lists alike. Looks at it without calling itself: what
 * nests by the thousand ends the stack of whoever walks through it the usual way.
 * @param leaveOut a name below which nothing is looked at
 */
export function nestsDeeper(value: unknown, limit: number, leaveOut?: string): boolean {
  let level: object[] = isObject(value) ? [value] : [];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === limit) return true;
    level = level.flatMap((each) => inside(each, leaveOut));
  }
  return false;
}

function inside(value: object, leaveOut: string | undefined): object[] {
  const values = Array.isArray(value)
    ? value
    : Object.entries(value).flatMap(([name, each]) => (name === leaveOut ? [] : [each]));
  return values.filter(isObject);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
