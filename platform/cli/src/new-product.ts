import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { findContracts } from "@thoth/contract/contract-files";
import { generateProduct } from "@thoth/contract/generate-product";
import { camelCase, snakeCase } from "@thoth/kernel/names";
import type { Domain } from "@thoth/pipeline/domain";
import { type CleanColumn, describeCleanTable } from "./clean-columns.ts";
import { listProduct } from "./domain-descriptor.ts";
import { cliError } from "./errors.ts";
import { requireName, singularOf, titleOf } from "./new-names.ts";
import { type ProductColumn, productColumns } from "./product-columns.ts";
import { writeTemplate } from "./template.ts";

export interface NewProduct {
  readonly root: string;
  readonly domain: Domain;
  readonly name: string;
  /** Cleaned table that the first query reads. */
  readonly from: string;
  /** Columns that identify a row; the table's first when empty. */
  readonly key: readonly string[];
}

/**
 * Writes a product beside the others of its domain and adds it to domain.ts: a contract with the cleaned table's
 * columns, a query, a test and the row types. Writes all of it or nothing.
 * @returns the files written, relative to the root
 * @throws MeshError `cli/bad-name`, `cli/already-exists`, `cli/name-taken`, `cli/unknown-table`, `cli/unknown-column`,
 *   `cli/no-product-list`
 */
export async function writeProduct({ root, domain, name, from, key: given }: NewProduct): Promise<string[]> {
  requireName("product", name);
  const folder = path.join(domain.dir, "products", name);
  const where = path.relative(root, folder);
  if (existsSync(folder)) throw cliError["already-exists"]({ what: `${domain.name}/${name}`, folder: where });
  await refuseTakenField(root, domain.name, name);
  const { columns, emptyRows } = await describeCleanTable(domain, from);
  const key = requireKey(given, columns, from);
  const promised = productColumns(columns, key);
  const register = await listProduct(domain, name, root);
  const texts = { ...productTexts(domain, name, from), ...columnTexts(promised), empty_rows: String(emptyRows) };
  try {
    const files = await writeTemplate(path.join(root, "templates/product"), folder, texts);
    const generated = await generateProduct(root, toUrlPath(path.join(where, "contract.odcs.yaml")));
    await register();
    return [...files.map((file) => toUrlPath(path.join(where, file))), generated.file];
  } catch (failure) {
    await rm(folder, { recursive: true, force: true });
    throw failure;
  }
}

/** Products of all domains are fields of one GraphQL type. */
async function refuseTakenField(root: string, domain: string, name: string): Promise<void> {
  const contracts = (await findContracts(root)).filter((file) => file.kind === "product");
  const other = contracts.find((file) => file.domain !== domain && camelCase(file.product) === camelCase(name));
  if (other === undefined) return;
  throw cliError["name-taken"]({ name, owner: other.domain, field: camelCase(name), suggestion: `${domain}-${name}` });
}

function requireKey(given: readonly string[], columns: readonly CleanColumn[], table: string): readonly string[] {
  const known = columns.map((column) => column.name);
  const unknown = given.find((column) => !known.includes(column));
  if (unknown !== undefined) throw cliError["unknown-column"]({ column: unknown, table, known });
  return given.length === 0 ? known.slice(0, 1) : given;
}

function productTexts(domain: Domain, name: string, from: string) {
  return {
    domain: domain.name,
    catalog: snakeCase(domain.name),
    owner: domain.owner,
    product: name,
    product_title: titleOf(name),
    table: snakeCase(name),
    object: snakeCase(singularOf(name)),
    contract_id: randomUUID(),
    clean_table: from,
  };
}

function columnTexts(columns: readonly ProductColumn[]) {
  const key = columns.filter(({ keyPosition }) => keyPosition > 0).sort((a, b) => a.keyPosition - b.keyPosition);
  return {
    key: key.map((column) => column.name).join(", "),
    properties: columns.flatMap(({ property }) => property.map((line) => `      ${line}`)).join("\n"),
    select: columns.map((column) => `  ${column.select}`).join(",\n"),
  };
}

function toUrlPath(file: string): string {
  return file.split(path.sep).join("/");
}
