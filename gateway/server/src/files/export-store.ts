import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { findMeshError } from "@thoth/kernel/error-chain";
import { gatewayError } from "../errors.ts";
import { SingleFlight } from "../single-flight.ts";

export interface OpenedExport<Details> {
  /** The caller's to close. */
  readonly handle: FileHandle;
  readonly sizeBytes: number;
  readonly details: Details;
}

/** Writes one file. @returns what is kept beside it @throws the signal's reason */
export type WriteExport<Details> = (file: string, signal: AbortSignal) => Promise<Details>;

interface Stored<Details> {
  readonly sizeBytes: number;
  readonly details: Details;
}

/** How often a file that is being written is measured, milliseconds. */
const measureEveryMs = 50;

/**
 * Files that were made to be read in parts. What was not read for longest goes when there is no room; whoever still reads
 * it does so to the end.
 */
export class ExportStore<Details> {
  readonly #dir: string;
  readonly #limitBytes: number;
  /** The one read last is at the end. */
  readonly #files = new Map<string, Stored<Details>>();
  readonly #flights = new SingleFlight<void>();
  #next = 1;

  /** @param dir of this store alone */
  constructor(dir: string, limitBytes: number) {
    this.#dir = dir;
    this.#limitBytes = limitBytes;
  }

  /**
   * Opens the file of a key, made first when it is not there. Equal files that are wanted at the same time are made once.
   * @param key letters, digits, `-` and `_`
   * @throws MeshError `gateway/export-too-large`, and what writing throws
   */
  async open(key: string, write: WriteExport<Details>, signal: AbortSignal): Promise<OpenedExport<Details>> {
    const known = await this.#find(key);
    if (known !== undefined) return known;
    await this.#flights.run(key, (whileWanted) => this.#make(key, write, whileWanted), signal);
    const made = await this.#find(key);
    if (made === undefined) throw gatewayError["export-too-large"]({ limitBytes: this.#limitBytes });
    return made;
  }

  async #find(key: string): Promise<OpenedExport<Details> | undefined> {
    const stored = this.#files.get(key);
    if (stored === undefined) return undefined;
    this.#files.delete(key);
    this.#files.set(key, stored);
    try {
      return { handle: await open(this.#file(key), "r"), ...stored };
    } catch (failure) {
      // Somebody has tidied up. It is made again.
      if ((failure as NodeJS.ErrnoException).code !== "ENOENT") throw failure;
      this.#files.delete(key);
      return undefined;
    }
  }

  async #make(key: string, write: WriteExport<Details>, signal: AbortSignal): Promise<void> {
    await mkdir(this.#dir, { recursive: true });
    const draft = join(this.#dir, `${this.#next++}.part`);
    try {
      const details = await this.#writeWithin(draft, write, signal);
      const sizeBytes = await sizeOf(draft);
      await this.#makeRoom(sizeBytes);
      // A rename is one step: nobody opens half a file.
      await rename(draft, this.#file(key));
      this.#files.set(key, { sizeBytes, details });
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** The engine knows no limit for what it writes, so its file is measured while it grows. */
  async #writeWithin(draft: string, write: WriteExport<Details>, signal: AbortSignal): Promise<Details> {
    signal.throwIfAborted();
    const tooLarge = gatewayError["export-too-large"]({ limitBytes: this.#limitBytes });
    const controller = new AbortController();
    const follow = () => controller.abort(signal.reason);
    signal.addEventListener("abort", follow, { once: true });
    const measure = async () => {
      const size = await sizeOf(draft);
      if (size > this.#limitBytes) controller.abort(tooLarge);
    };
    const timer = setInterval(() => void measure(), measureEveryMs);
    try {
      const details = await write(draft, controller.signal);
      if ((await sizeOf(draft)) > this.#limitBytes) throw tooLarge;
      return details;
    } catch (failure) {
      throw findMeshError(controller.signal.reason) ?? failure;
    } finally {
      clearInterval(timer);
      signal.removeEventListener("abort", follow);
    }
  }

  async #makeRoom(bytes: number): Promise<void> {
    let used = [...this.#files.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    for (const [key, { sizeBytes }] of this.#files) {
      if (used + bytes <= this.#limitBytes) return;
      this.#files.delete(key);
      used -= sizeBytes;
      await rm(this.#file(key), { force: true });
    }
  }

  #file(key: string): string {
    return join(this.#dir, `${key}.parquet`);
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    // Not begun yet.
    return 0;
  }
}
