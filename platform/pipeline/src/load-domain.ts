import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describePreviousMajor, newestOfMajor } from "@thoth/contract/lifecycle/previous-major";
import { withOtherMajors } from "@thoth/contract/other-majors";
import type { ProductModel } from "@thoth/contract/product-model";
import { describeContractFile } from "@thoth/contract/read-contract-file";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { checkDefinition } from "./check-definition.ts";
import type { Domain, DomainDefinition, LoadedProduct, PreviousMajor, ProductDefinition, SqlFile } from "./domain.ts";
import { pipelineError } from "./errors.ts";
import { servedModels } from "./previous-major.ts";

/**
 * Imports a `domain.ts` and reads what lies beside it.
 * @param file absolute path of the domain's `domain.ts`
 * @param root absolute path of the repository, which places in messages are relative to
 * @throws MeshError naming the file that is missing or wrong
 */
export async function loadDomain(file: string, root: string): Promise<Domain> {
  const folder: DomainFolder = { dir: path.dirname(file), root };
  const definition = await importDefinition(file, root);
  checkDefinition(definition, path.basename(folder.dir), relative(folder, file));
  return {
    ...definition,
    dir: folder.dir,
    packageVersion: await readVersion(definition.name, folder),
    cleanTables: await readCleanTables(folder),
    loadedProducts: await Promise.all(
      definition.products.map(async (product) =>
        amongMajors(answeredBy(definition, await loadProduct(definition.name, product, folder))),
      ),
    ),
  };
}

/** Who answers for a domain stands in `domain.ts`, not in the contract. */
function answeredBy({ owner, stewards }: DomainDefinition, product: LoadedProduct): LoadedProduct {
  const accounts = [...new Set([...stewards, owner])];
  const previous = product.previous.map((old) => ({ ...old, model: { ...old.model, answeredBy: accounts } }));
  return { ...product, model: { ...product.model, answeredBy: accounts }, previous };
}

/** One contract does not know of the others. */
function amongMajors(product: LoadedProduct): LoadedProduct {
  const [model = product.model, ...earlier] = withOtherMajors(servedModels(product));
  return {
    ...product,
    model,
    previous: product.previous.map((old, index) => ({ ...old, model: earlier[index] ?? old.model })),
  };
}

interface DomainFolder {
  readonly dir: string;
  readonly root: string;
}

function relative({ root }: Pick<DomainFolder, "root">, file: string): string {
  return path.relative(root, file).split(path.sep).join("/");
}

async function importDefinition(file: string, root: string): Promise<DomainDefinition> {
  const at = { file: relative({ root }, file) };
  if (!existsSync(file)) throw pipelineError["domain-not-found"]({ file: at.file }, { at });
  const { default: definition } = await importModule(file, at);
  if (!isDefinition(definition)) throw pipelineError["domain-not-found"]({ file: at.file }, { at });
  return definition;
}

/** As far as everything else here relies on it; the rest is for the type checker. */
function isDefinition(value: Partial<DomainDefinition> | undefined): value is DomainDefinition {
  return typeof value?.name === "string" && Array.isArray(value.sources) && Array.isArray(value.products);
}

async function importModule(file: string, at: { file: string }): Promise<{ default?: Partial<DomainDefinition> }> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (cause) {
    if (isMeshError(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw pipelineError["domain-not-loaded"]({ file: at.file, reason }, { at, cause });
  }
}

async function readVersion(name: string, { dir, root }: DomainFolder): Promise<string> {
  const file = path.join(dir, "package.json");
  requireFile(file, name, root);
  const { version } = JSON.parse(await readFile(file, "utf8")) as { version?: string };
  return version ?? "0.0.0";
}

function requireFile(file: string, owner: string, root: string): void {
  if (existsSync(file)) return;
  throw pipelineError["missing-file"]({ what: path.basename(file), owner }, { at: { file: relative({ root }, file) } });
}

async function readCleanTables(folder: DomainFolder): Promise<SqlFile[]> {
  const dir = path.join(folder.dir, "clean");
  if (!existsSync(dir)) return [];
  const names = (await readdir(dir)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(names.map((name) => readSql(path.join(dir, name), path.basename(name, ".sql"), folder)));
}

async function readSql(file: string, table: string, folder: DomainFolder): Promise<SqlFile> {
  return { table, file: relative(folder, file), sql: await readFile(file, "utf8") };
}

async function loadProduct(domain: string, product: ProductDefinition, folder: DomainFolder): Promise<LoadedProduct> {
  const id = `${domain}/${product.name}`;
  const dir = path.join(folder.dir, "products", product.name);
  const contract = path.join(dir, "contract.odcs.yaml");
  const query = path.join(dir, "product.sql");
  for (const file of [contract, query]) requireFile(file, id, folder.root);
  const model = describeContractFile(folder.root, relative(folder, contract));
  if (model.id !== id)
    throw pipelineError["contract-mismatch"]({ product: id, found: model.id }, { at: { file: model.file } });
  const graphFile = path.join(dir, "graph.ts");
  return {
    ...product,
    model,
    query: await readSql(query, model.tableName, folder),
    previous: await readPrevious(path.join(dir, "previous"), model, folder),
    ...(existsSync(graphFile) ? { graphFile } : {}),
  };
}

/** `previous/v<N>.sql`, each with the newest published contract of that major version; newest first. */
async function readPrevious(dir: string, current: ProductModel, folder: DomainFolder): Promise<PreviousMajor[]> {
  if (!existsSync(dir)) return [];
  const files = (await readdir(dir)).filter((name) => name.endsWith(".sql"));
  const majors = files.map((name) => requireEarlier(name, current, { dir, folder }));
  return Promise.all(
    majors.sort(newestFirst).map(async (major): Promise<PreviousMajor> => {
      const model = describePreviousMajor(folder.root, current, major);
      return { model, mapping: await readSql(path.join(dir, `v${major}.sql`), model.tableName, folder) };
    }),
  );
}

function newestFirst(a: number, b: number): number {
  return b - a;
}

/** @throws MeshError `pipeline/previous-file`, `pipeline/previous-unpublished` */
function requireEarlier(
  name: string,
  { id, major: newest }: ProductModel,
  { dir, folder }: { readonly dir: string; readonly folder: DomainFolder },
): number {
  const at = { file: relative(folder, path.join(dir, name)) };
  const major = Number(/^v([1-9]\d*)\.sql$/.exec(name)?.[1]);
  if (!(major < newest)) throw pipelineError["previous-file"]({ product: id, major: newest }, { at });
  if (newestOfMajor(folder.root, id, major) === undefined)
    throw pipelineError["previous-unpublished"]({ product: id, major }, { at });
  return major;
}
