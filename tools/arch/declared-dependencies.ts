import { sourceTokens } from "./source-tokens.ts";
import { importViolation, type Violation } from "./violation.ts";
import type { Import, SourceFile, Workspace, WorkspacePackage } from "./workspace.ts";

/** What a package's manifest says must be what its files import, in exact versions. */
export function findDependencyViolations(workspace: Workspace): Violation[] {
  const undeclared = [...workspace.files.values()].flatMap((file) => undeclaredIn(file, workspace));
  const members = workspace.packages.filter(({ folder }) => folder !== "");
  return [
    ...undeclared,
    ...members.flatMap((member) => unusedIn(member, workspace)),
    ...workspace.packages.flatMap((member) => wrongVersions(member, workspace)),
  ];
}

function undeclaredIn(file: SourceFile, { packages }: Workspace): Violation[] {
  const known = declaredFor(file, packages);
  return file.imports
    .filter((found) => !known.has(importedPackage(file, found) ?? file.package.name))
    .map((found) =>
      importViolation("undeclared-dependency", file, found, `is not declared in ${manifestOf(file.package)}`),
    );
}

/** Tests may use what the root package installs for them, and every package of the workspace that the layers allow. */
function declaredFor(file: SourceFile, packages: readonly WorkspacePackage[]): ReadonlySet<string> {
  const own = file.package;
  const root = packages.find(({ folder }) => folder === "");
  const names = [own.name, ...Object.keys(own.dependencies)];
  const isTool = own === root;
  if (isTool || file.isTest) {
    names.push(...Object.keys(own.devDependencies), ...Object.keys(root?.devDependencies ?? {}));
    names.push(...packages.map(({ name }) => name));
  }
  return new Set(names);
}

/** Undefined for what needs no declaration: Node's own modules and files reached by a relative path. */
function importedPackage(file: SourceFile, { specifier, target }: Import): string | undefined {
  if (target.kind === "builtin" || specifier.startsWith(".")) return undefined;
  return target.kind === "installed"
    ? target.name
    : target.package.name === file.package.name
      ? undefined
      : target.package.name;
}

function unusedIn(member: WorkspacePackage, { files }: Workspace): Violation[] {
  const own = [...files.values()].filter((file) => file.package === member);
  const mentioned = own.flatMap(({ text }) => sourceTokens(text).filter(({ kind }) => kind === "string"));
  return Object.keys(member.dependencies)
    .filter((name) => !mentioned.some(({ text }) => text === name || text.startsWith(`${name}/`)))
    .map((name) => ({
      rule: "unused-dependency",
      file: manifestOf(member),
      message: `${name} is declared, but no file imports it`,
    }));
}

function wrongVersions(member: WorkspacePackage, { packages }: Workspace): Violation[] {
  return Object.entries({ ...member.dependencies, ...member.devDependencies }).flatMap(([name, version]) => {
    const expected = packages.find((candidate) => candidate.name === name)?.version;
    if (expected === undefined ? /^\d+\.\d+\.\d+/.test(version) : version === expected) return [];
    const message = `${name} is declared as ${version}, not as ${expected ?? "one exact version"}`;
    return [{ rule: "inexact-dependency", file: manifestOf(member), message }];
  });
}

function manifestOf({ folder }: WorkspacePackage): string {
  return folder === "" ? "package.json" : `${folder}/package.json`;
}
