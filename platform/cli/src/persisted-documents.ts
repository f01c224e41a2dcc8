import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { PersistedDocuments } from "@thoth/subgraph/port-policy";
import { cliError } from "./errors.ts";

/** A document that readers may name instead of sending it. */
export interface PersistedDocument {
  /** Absolute. */
  readonly file: string;
  /** Line of the file at which its text begins, when the file is the text. */
  readonly firstLine: number | undefined;
  /** The SHA-256 of its text in hexadecimal, and the names it has here. */
  readonly ids: readonly string[];
  readonly text: string;
}

/**
 * `weekly/usage.graphql` is one document, called `weekly/usage`; a `.json` file is a manifest as code generators write
 * it: one object, id → text.
 * @throws MeshError `cli/documents-unreadable`, `cli/document-conflict`
 */
export async function readPersistedDocuments(dir: string | undefined): Promise<PersistedDocument[]> {
  if (dir === undefined) return [];
  const names = (await listFiles(dir)).toSorted();
  const documents = (await Promise.all(names.map((name) => readFileOf(dir, name)))).flat();
  refuseConflicts(documents);
  return documents;
}

/** As the gateway looks them up. */
export function documentsById(documents: readonly PersistedDocument[]): PersistedDocuments {
  return new Map(documents.flatMap(({ ids, text }) => ids.map((id) => [id, text] as const)));
}

async function listFiles(dir: string): Promise<string[]> {
  try {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && /\.(graphql|gql|json)$/.test(entry.name));
    return files.map(({ parentPath, name }) => path.relative(dir, path.join(parentPath, name)));
  } catch (cause) {
    throw unreadable(dir, cause);
  }
}

async function readFileOf(dir: string, name: string): Promise<PersistedDocument[]> {
  const file = path.join(dir, name);
  const content = await readFile(file, "utf8").catch((cause: unknown) => Promise.reject(unreadable(file, cause)));
  if (name.endsWith(".json")) return readManifest(file, content);
  const called = name.replace(/\.[^.]+$/, "").replaceAll(path.sep, "/");
  return [{ file, firstLine: 1, ids: [sha256(content), called], text: content }];
}

function readManifest(file: string, content: string): PersistedDocument[] {
  const manifest = parseManifest(file, content);
  return Object.entries(manifest).map(([id, text]) => {
    if (typeof text !== "string") throw unreadable(file, `${id} is no text`);
    return { file, firstLine: undefined, ids: [...new Set([sha256(text), id.replace(/^sha256:/, "")])], text };
  });
}

function parseManifest(file: string, content: string): object {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    throw unreadable(file, cause);
  }
  throw unreadable(file, "it is not one JSON object");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function unreadable(file: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return cliError["documents-unreadable"]({ file, reason }, { at: { file }, cause });
}

function refuseConflicts(documents: readonly PersistedDocument[]): void {
  const owners = new Map<string, PersistedDocument>();
  for (const document of documents)
    for (const id of document.ids) {
      const owner = owners.get(id) ?? document;
      owners.set(id, owner);
      if (owner.text === document.text) continue;
      throw cliError["document-conflict"]({ id, files: [owner.file, document.file] }, { at: { file: document.file } });
    }
}
