import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

export interface ReplaceOptions {
  /** Of the new file, such as 0o600; as the process makes files when absent. */
  readonly mode?: number;
  /** False where the old content will do after a power cut, which saves a write; true when absent. */
  readonly isNameDurable?: boolean;
}

/**
 * Replaces a small file in one step: whoever reads finds the old content or the new, also after the power has gone. Its
 * folder must be there. What goes wrong leaves the old content.
 */
export async function replaceFile(file: string, text: string, options: ReplaceOptions = {}): Promise<void> {
  const { mode, isNameDurable = true } = options;
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    {
      await using handle = await open(draft, "wx", mode);
      await handle.writeFile(text);
      await handle.sync();
    }
    await rename(draft, file);
  } catch (failure) {
    await rm(draft, { force: true });
    throw failure;
  }
  if (isNameDurable) await syncFolder(dirname(file));
}

/** Makes a folder and those above it that are missing, so that what is written into it is found again after a power cut. */
export async function makeFolder(folder: string, mode?: number): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = folder; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first || made === dirname(made)) return;
  }
}

/** A new name is durable only with its folder. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders, and keeps names durable by itself.
  if (process.platform === "win32") return;
  await using handle = await open(folder, "r");
  await handle.sync();
}
