import { open } from "node:fs/promises";

const headerLimitBytes = 1024 * 1024;

/**
 * Column names of a CSV file, in file order. Read here because the engine, asked to detect the dialect, may
 * settle on another quote or delimiter when a file is damaged, and then loads nonsense without an error.
 * @returns undefined when the file has no complete first record
 */
export async function readCsvHeader(file: string, delimiter: string): Promise<string[] | undefined> {
  const handle = await open(file);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(headerLimitBytes), 0, headerLimitBytes, 0);
    const text = buffer.toString("utf8", 0, bytesRead).replace(/^\uFEFF/, "");
    return parseFirstRecord(text, delimiter, bytesRead < headerLimitBytes);
  } finally {
    await handle.close();
  }
}

function parseFirstRecord(text: string, delimiter: string, whole: boolean): string[] | undefined {
  const names: string[] = [];
  let name = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (quoted) {
      if (char !== '"') name += char;
      else if (text.charAt(i + 1) === '"') name += text.charAt(i++);
      else quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === delimiter) name = push(names, name);
    else if (char === "\n" || char === "\r") return [...names, name];
    else name += char;
  }
  return whole && !quoted && text !== "" ? [...names, name] : undefined;
}

function push(names: string[], name: string): string {
  names.push(name);
  return "";
}
