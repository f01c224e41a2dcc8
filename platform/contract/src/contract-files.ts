import { glob } from "node:fs/promises";
import { sep } from "node:path";

/** A contract's place in a repository. Paths are relative to its root, with `/`. */
export type ContractFile = ProductContractFile | PublishedContractFile;

/** `domains/<domain>/products/<product>/contract.odcs.yaml`: what a team works on. */
export interface ProductContractFile {
  readonly kind: "product";
  readonly domain: string;
  readonly product: string;
  readonly file: string;
}

/** `contracts/published/<domain>/<product>/<version>.odcs.yaml`: what others rely on. */
export interface PublishedContractFile {
  readonly kind: "published";
  readonly domain: string;
  readonly product: string;
  readonly version: string;
  readonly file: string;
}

/** All contracts of a repository, sorted by file. */
export async function findContracts(root: string): Promise<ContractFile[]> {
  const found: ContractFile[] = [];
  const patterns = ["domains/*/products/*/contract.odcs.yaml", "contracts/published/*/*/*.odcs.yaml"];
  for await (const path of glob(patterns, { cwd: root })) {
    const file = contractFile(path);
    if (file) found.push(file);
  }
  return found.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** What a path relative to the root says about the contract in it; undefined when contracts do not lie there. */
export function contractFile(path: string): ContractFile | undefined {
  const file = path.split(sep).join("/");
  const [top, second = "", third = "", fourth = "", last = "", ...deeper] = file.split("/");
  if (deeper.length > 0) return undefined;
  if (top === "domains" && third === "products" && last === "contract.odcs.yaml")
    return { kind: "product", domain: second, product: fourth, file };
  const version = /^(.+)\.odcs\.yaml$/.exec(last)?.[1];
  if (top !== "contracts" || second !== "published" || version === undefined) return undefined;
  return { kind: "published", domain: third, product: fourth, version, file };
}
