import type { Import, SourceFile } from "./workspace.ts";

export interface Violation {
  readonly rule: string;
  readonly file: string;
  /** 1-based; absent when the file as a whole is meant. */
  readonly line?: number;
  readonly message: string;
}

export function importViolation(rule: string, file: SourceFile, found: Import, message: string): Violation {
  return { rule, file: file.path, line: found.line, message: `${found.specifier}: ${message}` };
}

/** One line, as compilers print theirs: editors and terminals make it a link. */
export function formatViolation({ rule, file, line, message }: Violation): string {
  return `${line === undefined ? file : `${file}:${line}`} ${rule}: ${message}`;
}
