import { readFile } from "node:fs/promises";
import { type ReplaceOptions, replaceFile } from "@thoth/kernel/replace-file";
import { type AuditKey, firstPrevious, openRecord, sealRecord } from "./audit-record.ts";

/** Replaces a small signed file: whoever reads finds the old content or the new, also after a crash. */
export async function writeNote(
  file: string,
  content: object,
  key: AuditKey,
  options: Pick<ReplaceOptions, "isNameDurable"> = {},
): Promise<void> {
  const { line } = sealRecord(
    { ...content, key: key.id },
    { writer: "note", sequence: 0, previous: firstPrevious },
    key,
  );
  await replaceFile(file, `${line}\n`, { mode: 0o600, ...options });
}

/** `forged`: it is not as this key signed it. */
export type ReadNote<Content> =
  | { readonly kind: "absent" }
  | { readonly kind: "forged"; readonly keyId: string | undefined }
  | { readonly kind: "signed"; readonly content: Content };

export async function readNote<Content>(file: string, key: AuditKey): Promise<ReadNote<Content>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { kind: "absent" };
    throw error;
  }
  const content = openRecord(text.trimEnd(), key);
  if (content === undefined) return { kind: "forged", keyId: /"key":"([0-9a-f]{16})"/.exec(text)?.[1] };
  return { kind: "signed", content: content as unknown as Content };
}
