import { importViolation, type Violation } from "./violation.ts";
import type { Workspace } from "./workspace.ts";

/** Imports of code that is not there, which would also hide a cycle or a layer. Data files are left to the compiler. */
export function findMissingFiles({ files }: Workspace): Violation[] {
  return [...files.values()].flatMap((file) =>
    file.imports
      .filter(
        ({ specifier, target }) =>
          target.kind === "workspace" && !specifier.endsWith(".json") && !files.has(target.file),
      )
      .map((found) =>
        importViolation("missing-file", file, found, "there is no such file; imports name it with its ending"),
      ),
  );
}
