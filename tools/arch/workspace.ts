import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { type ImportStatement, scanImports } from "./scan-imports.ts";

export type Zone = "platform" | "domains" | "gateway" | "root";

/** A package of the workspace; the root package holds tools, benchmarks and end-to-end tests. */
export interface WorkspacePackage {
  readonly zone: Zone;
  /** Path from the root: `platform/kernel`; empty for the root package. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** Version by name. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  /** Its `./*` pattern as seen from the sources, such as `./src/*.ts`. */
  readonly source: string | undefined;
}

/** One file naming another module. */
export interface Import extends ImportStatement {
  readonly target: Target;
}

export type Target =
  | { readonly kind: "builtin" }
  | { readonly kind: "installed"; readonly name: string }
  | { readonly kind: "workspace"; readonly package: WorkspacePackage; readonly file: string };

export interface SourceFile {
  readonly path: string;
  readonly package: WorkspacePackage;
  /** A test, or what only tests use: suites, and the files in folders named `fixtures` or `testing`. */
  readonly isTest: boolean;
  readonly text: string;
  readonly imports: readonly Import[];
}

export interface Workspace {
  readonly packages: readonly WorkspacePackage[];
  readonly files: ReadonlyMap<string, SourceFile>;
}

/** Reads packages and imports out of the workspace's files, given as text by path from the root. */
export function describeWorkspace(texts: ReadonlyMap<string, string>): Workspace {
  const manifests = [...texts].filter(([path]) => posix.basename(path) === "package.json");
  const packages = manifests.map(([path, text]) => describePackage(path, text));
  const files = [...texts]
    .filter(([path]) => !path.endsWith(".json"))
    .map(([path, text]) => describeFile(path, text, packages))
    .filter((file) => file !== undefined);
  return { packages, files: new Map(files.map((file) => [file.path, file])) };
}

function describePackage(path: string, text: string): WorkspacePackage {
  const manifest = JSON.parse(text);
  const pattern = manifest.exports?.["./*"];
  const folder = path === "package.json" ? "" : posix.dirname(path);
  return {
    zone: zoneOf(folder),
    folder,
    name: manifest.name,
    version: manifest.version,
    dependencies: { ...manifest.dependencies, ...manifest.peerDependencies },
    devDependencies: manifest.devDependencies ?? {},
    source: typeof pattern === "string" ? pattern : pattern?.["thoth-source"],
  };
}

function zoneOf(folder: string): Zone {
  const [top = ""] = folder.split("/");
  return top === "platform" || top === "domains" || top === "gateway" ? top : "root";
}

function describeFile(path: string, text: string, packages: readonly WorkspacePackage[]): SourceFile | undefined {
  const owner = ownerOf(path, packages);
  if (owner === undefined) return undefined;
  const imports = scanImports(text).map((found) => ({ ...found, target: resolve(found.specifier, path, packages) }));
  return { path, package: owner, isTest: isTest(path.slice(owner.folder.length)), text, imports };
}

/** @param path from the folder of its package */
function isTest(path: string): boolean {
  return /\.(test|suite)\.m?[jt]sx?$|(^|\/)(fixtures|testing)\//.test(path);
}

/** The innermost package whose folder holds the file. */
function ownerOf(path: string, packages: readonly WorkspacePackage[]): WorkspacePackage | undefined {
  const holders = packages.filter(({ folder }) => folder === "" || path.startsWith(`${folder}/`));
  return holders.sort((a, b) => b.folder.length - a.folder.length)[0];
}

function resolve(specifier: string, from: string, packages: readonly WorkspacePackage[]): Target {
  if (specifier.startsWith(".")) return inWorkspace(posix.join(posix.dirname(from), specifier), packages);
  if (isBuiltin(specifier)) return { kind: "builtin" };
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const member = packages.find((candidate) => candidate.name === name);
  if (member === undefined) return { kind: "installed", name };
  const subpath = specifier.slice(name.length + 1);
  const file = posix.join(member.folder, member.source?.replaceAll("*", subpath) ?? subpath);
  return { kind: "workspace", package: member, file };
}

function inWorkspace(file: string, packages: readonly WorkspacePackage[]): Target {
  const owner = ownerOf(file, packages);
  return owner ? { kind: "workspace", package: owner, file } : { kind: "installed", name: file };
}
