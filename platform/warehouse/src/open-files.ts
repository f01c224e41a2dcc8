import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { warehouseError } from "./errors.ts";

// The operating system's file locks hold between processes, not inside one: a second open in this process would
// succeed, and closing it would drop the first one's lock as well. Hence the one register per process.
const openFiles = new Set<string>();

/** Claims a database file for writing in this process until disposed. */
export function claimFile(file: string): Disposable {
  const key = join(realpathSync(dirname(file)), basename(file));
  if (openFiles.has(key)) throw warehouseError["file-in-use"]({ file, pid: process.pid });
  openFiles.add(key);
  return { [Symbol.dispose]: () => void openFiles.delete(key) };
}
