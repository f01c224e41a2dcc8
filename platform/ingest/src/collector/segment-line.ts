import { crc32 } from "node:zlib";

/**
 * One record of a segment: a line of JSON that begins with the checksum of the rest of it.
 *
 *     {"_crc":"1f0c33aa","id":"…","source":"…", …}\n
 *     └─ head, 19 bytes ─┘└ what the checksum is of ┘
 *
 * The engine reads such lines as they are. A line that was cut off lacks its end; in a damaged one the checksum is wrong.
 * @param json an object with at least one field, as `JSON.stringify` writes it
 */
export function segmentLine(json: string): string {
  const rest = json.slice(1);
  return `${headOf(crc32(rest))}${rest}\n`;
}

/** @param line without its end */
export function isWholeLine(line: Buffer): boolean {
  if (line.length <= headBytes) return false;
  return line.toString("latin1", 0, headBytes) === headOf(crc32(line.subarray(headBytes)));
}

const headBytes = 19;

function headOf(checksum: number): string {
  return `{"_crc":"${checksum.toString(16).padStart(8, "0")}",`;
}
