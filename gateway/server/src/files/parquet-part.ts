import { type ByteRange, isStillMeant, parseRange } from "./byte-range.ts";
import type { FileRequest } from "./file-port.ts";

/** Which part of a file is sent. */
export interface ParquetPart {
  readonly status: 200 | 206 | 416;
  /** Null when no byte is. */
  readonly bytes: ByteRange | null;
  readonly isWhole: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** @param stated the headers of the whole */
export function parquetPart(
  { range, ifRange }: Pick<FileRequest, "range" | "ifRange">,
  stated: Readonly<Record<string, string>>,
  sizeBytes: number,
): ParquetPart {
  const { etag = "", "last-modified": modified = "" } = stated;
  const asked = isStillMeant(ifRange, { etag, modified }) ? parseRange(range, sizeBytes) : "whole";
  const headers = { ...stated, "accept-ranges": "bytes" };
  if (asked === "unsatisfiable") {
    const none = { "content-range": `bytes */${sizeBytes}`, "content-length": "0" };
    return { status: 416, bytes: null, isWhole: false, headers: { ...headers, ...none } };
  }
  if (asked === "whole") {
    const bytes = { start: 0, end: sizeBytes - 1 };
    return { status: 200, bytes, isWhole: true, headers: { ...headers, "content-length": String(sizeBytes) } };
  }
  const { start, end } = asked;
  const part = { "content-range": `bytes ${start}-${end}/${sizeBytes}`, "content-length": String(end - start + 1) };
  return { status: 206, bytes: asked, isWhole: false, headers: { ...headers, ...part } };
}
