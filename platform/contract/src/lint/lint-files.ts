import { globSync, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { isMeshError, type MeshError } from "@thoth/kernel/mesh-error";
import { kebabCase } from "@thoth/kernel/names";
import { contractFile, findContracts } from "../contract-files.ts";
import type { Finding } from "../finding.ts";
import type { DataContract } from "../generated/odcs.ts";
import type { ParsedContract } from "../parse-contract.ts";
import { parseContractFile, publishedVersions, targetReader } from "../read-contract-file.ts";
import { lintContract } from "./lint-contract.ts";

/** All contracts of a repository: what the teams work on, and what is published. */
export async function repositoryContracts(root: string): Promise<string[]> {
  return (await findContracts(root)).map(({ file }) => file);
}

/**
 * Files as a person names them, folders standing for every `*.odcs.yaml` in them.
 * @returns paths relative to the root where they are inside of it, else absolute
 */
export function namedContracts(root: string, cwd: string, names: readonly string[]): string[] {
  const files = names.flatMap((name) => {
    const path = resolve(cwd, name);
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
    return globSync("**/*.odcs.yaml", { cwd: path })
      .map((found) => join(path, found))
      .sort();
  });
  return [...new Set(files)].map((path) => repositoryPath(root, path));
}

function repositoryPath(root: string, path: string): string {
  const inside = relative(root, path);
  return inside.startsWith("..") || isAbsolute(inside) ? path : inside.split(sep).join("/");
}

/** Findings of all files, file by file. A file that cannot be read is a finding as well. */
export function lintFiles(root: string, files: readonly string[]): Finding[] {
  const reader = cachedReader(root);
  return files.flatMap((file) => lintFile(root, file, reader));
}

type Reader = (file: string) => ParsedContract;

function lintFile(root: string, file: string, read: Reader): Finding[] {
  const parsed = parseOrReport(root, file);
  if ("rule" in parsed) return [parsed];
  const place = contractFile(file);
  const home = place?.file ?? homeOf(root, parsed.contract);
  if (home === undefined) return lintContract(parsed, { own: false });
  const own = place?.kind !== "published";
  const published = own ? newestPublished(root, contractFile(home), read) : undefined;
  return lintContract(parsed, { own, readTarget: targetReader(root, home, read), ...(published && { published }) });
}

/** A draft that lies elsewhere but speaks for a domain of this repository is judged as if it lay where it belongs. */
function homeOf(root: string, contract: DataContract | undefined): string | undefined {
  const { domain, name } = contract ?? {};
  if (domain === undefined || name === undefined || kebabCase(domain) !== domain) return undefined;
  const home = contractFile(`domains/${domain}/products/${name}/contract.odcs.yaml`);
  const known = statSync(join(root, "domains", domain), { throwIfNoEntry: false })?.isDirectory();
  return known ? home?.file : undefined;
}

function newestPublished(root: string, place: ReturnType<typeof contractFile>, read: Reader): DataContract | undefined {
  if (place === undefined) return undefined;
  const folder = `contracts/published/${place.domain}/${place.product}`;
  const newest = publishedVersions(root, folder).at(-1);
  return newest === undefined ? undefined : read(`${folder}/${newest}.odcs.yaml`).contract;
}

function parseOrReport(root: string, file: string): ParsedContract | Finding {
  try {
    return parseAnywhere(root, file);
  } catch (failure) {
    if (!isMeshError(failure)) throw failure;
    return unreadable(file, failure);
  }
}

function unreadable(file: string, { message, hint }: MeshError): Finding {
  return { rule: "odcs-unreadable", severity: "error", file, line: 1, column: 1, path: "", message, hint };
}

/** Relationships lead from many contracts to few: those few are kept, not what is only looked at once. */
function cachedReader(root: string): Reader {
  const known = new Map<string, ParsedContract>();
  return (file) => {
    const found = known.get(file) ?? parseAnywhere(root, file);
    known.set(file, found);
    return found;
  };
}

function parseAnywhere(root: string, file: string): ParsedContract {
  return parseContractFile(isAbsolute(file) ? "" : root, file);
}
