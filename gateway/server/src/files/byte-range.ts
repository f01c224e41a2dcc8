/** Bytes of a file, both ends included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * What a `Range` header asks for of so many bytes.
 * @returns `whole` also for what RFC 9110 lets a server overlook: other units and several ranges at a time
 */
export function parseRange(header: string | undefined, size: number): ByteRange | "whole" | "unsatisfiable" {
  const [, from = "", to = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replaceAll(" ", "") ?? "") ?? [];
  if (from === "" && to === "") return "whole";
  if (from === "") {
    const last = Number(to);
    return last === 0 || size === 0 ? "unsatisfiable" : { start: Math.max(0, size - last), end: size - 1 };
  }
  const start = Number(from);
  const end = to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== "" && Number(to) < start) return "whole";
  return start >= size ? "unsatisfiable" : { start, end };
}

/** Whether the range is meant of the file as it is now: by its tag, or by its time to the second. */
export function isStillMeant(
  ifRange: string | undefined,
  file: { readonly etag: string; readonly modified: string },
): boolean {
  return ifRange === undefined || ifRange.trim() === file.etag || ifRange.trim() === file.modified;
}
