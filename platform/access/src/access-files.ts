import { type BigIntStats, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, replaceFile } from "@thoth/kernel/replace-file";
import type { Agreement } from "./agreement.ts";
import { accessError } from "./errors.ts";
import { lookAtFile, stampOf } from "./file-look.ts";
import type { ServiceKey } from "./service-key.ts";

const formatVersion = 1;

/** What processes without the control plane know of agreements and keys: copies that its owner writes. */
export function accessFiles(home: string) {
  const dir = join(home, "access");
  return { agreements: join(dir, "agreements.json"), keys: join(dir, "keys.json") };
}

export interface AccessState {
  readonly agreements: readonly Agreement[];
  readonly keys: readonly ServiceKey[];
}

/** Replaces both files, each in one step: a reader finds the old content or the new. One writer at a time. */
export async function writeAccessFiles(home: string, { agreements, keys }: AccessState): Promise<void> {
  const files = accessFiles(home);
  await makeFolder(join(home, "access"), 0o700);
  await replaceFile(files.agreements, textOf({ formatVersion, agreements }), { mode: 0o600 });
  await replaceFile(files.keys, textOf({ formatVersion, keys }), { mode: 0o600 });
}

/** Leaves nobody who is allowed something: what readers follow must not lag behind what has been revoked. */
export async function removeAccessFiles(home: string): Promise<void> {
  const { agreements, keys } = accessFiles(home);
  await Promise.all([agreements, keys].map((file) => rm(file, { force: true, recursive: true })));
}

function textOf(content: object): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}

export interface FollowedFile<Entry> {
  readonly file: string;
  /** Of the list in the file. */
  readonly name: string;
  readonly isEntry: (value: unknown) => value is Entry;
  /** Told once of each state of the file that cannot be read. */
  readonly onTrouble: (failure: Error) => void;
}

/**
 * A list that lies in a file and is read again when the file has changed. What cannot be read is an empty list: who is not
 * known to be allowed something is not allowed it.
 */
export class FollowedList<Entry> {
  readonly #file: string;
  readonly #name: string;
  readonly #isEntry: (value: unknown) => value is Entry;
  readonly #onTrouble: (failure: Error) => void;
  #stamp = "";
  #entries: readonly Entry[] = [];

  constructor({ file, name, isEntry, onTrouble }: FollowedFile<Entry>) {
    this.#file = file;
    this.#name = name;
    this.#isEntry = isEntry;
    this.#onTrouble = onTrouble;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** @returns whether the list may be another one now */
  follow(): boolean {
    const found = lookAtFile(this.#file);
    const stamp = stampOf(found);
    if (stamp === this.#stamp) return false;
    const wasThere = this.#stamp !== "" && this.#stamp !== "none";
    this.#stamp = stamp;
    this.#entries = [];
    try {
      if (found instanceof Error) throw this.#refusal("it cannot be looked at", found);
      // A file that was never written has nobody in it; one that has gone is a mistake.
      if (found === undefined && wasThere) throw this.#refusal("it is not there any more");
      this.#entries = found === undefined ? [] : this.#read(found);
    } catch (failure) {
      this.#onTrouble(failure as Error);
    }
    return true;
  }

  #read(found: BigIntStats): readonly Entry[] {
    // Windows keeps no such modes; there the folder's access list decides.
    if (process.platform !== "win32" && (Number(found.mode) & 0o022) !== 0)
      throw this.#refusal("others than its owner may write it");
    let parsed: { formatVersion?: unknown; [name: string]: unknown };
    try {
      parsed = JSON.parse(readFileSync(this.#file, "utf8"));
    } catch (cause) {
      throw this.#refusal("it cannot be read or is not JSON", cause);
    }
    const entries = parsed?.[this.#name];
    if (parsed?.formatVersion !== formatVersion || !Array.isArray(entries))
      throw this.#refusal(`it is not of the format ${formatVersion}`);
    const wrong = entries.findIndex((entry) => !this.#isEntry(entry));
    if (wrong !== -1) throw this.#refusal(`number ${wrong + 1} of its ${this.#name} is not whole`);
    return entries as readonly Entry[];
  }

  #refusal(reason: string, cause?: unknown): Error {
    return accessError["book-unreadable"]({ file: this.#file, reason }, { at: { file: this.#file }, cause });
  }
}
