import { type FileHandle, open } from "node:fs/promises";

/** A file that is written in portions: `write` only collects, `flush` waits until the disk has taken it. */
export interface TextFile extends AsyncDisposable {
  write(text: string): void;
  /** Call between portions of work; holds the writer back while the disk is behind. */
  flush(): Promise<void>;
}

/** Collected text that is worth a system call, UTF-16 units. */
const portion = 256 * 1024;

export async function createTextFile(path: string): Promise<TextFile> {
  const handle = await open(path, "w");
  const pending: string[] = [];
  let size = 0;
  const drain = async (target: FileHandle) => {
    const text = pending.join("");
    pending.length = 0;
    size = 0;
    if (text !== "") await target.appendFile(text);
  };
  return {
    write(text) {
      pending.push(text);
      size += text.length;
    },
    flush: () => (size < portion ? Promise.resolve() : drain(handle)),
    async [Symbol.asyncDispose]() {
      try {
        await drain(handle);
      } finally {
        await handle.close();
      }
    },
  };
}
