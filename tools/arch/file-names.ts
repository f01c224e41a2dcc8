import { posix } from "node:path";
import type { Violation } from "./violation.ts";
import type { Workspace } from "./workspace.ts";

/** Names that say nothing about what is inside, so that anything ends up there. */
const emptyNames = new Set(["utils", "util", "helpers", "helper", "common", "misc", "types"]);

const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*$/;

export function findNameViolations({ files }: Workspace): Violation[] {
  return [...files.keys()].flatMap((file) => {
    const message = whyBadName(posix.basename(file).split(".")[0] ?? "");
    return message === undefined ? [] : [{ rule: "file-name", file, message }];
  });
}

function whyBadName(name: string): string | undefined {
  if (name === "index") return "no barrels: importers name the file they want";
  if (emptyNames.has(name)) return `"${name}" is no concept; name the file after what it holds`;
  return kebabCase.test(name) ? undefined : "write file names in kebab-case";
}
