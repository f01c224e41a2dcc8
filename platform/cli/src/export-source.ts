import { existsSync } from "node:fs";
import path from "node:path";
import { contractFile } from "@thoth/contract/contract-files";
import { describeProduct } from "@thoth/contract/describe-product";
import type { ExportSource, InputContract } from "@thoth/contract/export/export-source";
import { type ParsedContract, requireValid } from "@thoth/contract/parse-contract";
import type { ProductModel } from "@thoth/contract/product-model";
import { latestPublished } from "@thoth/contract/published-contracts";
import {
  describeContractFile,
  parseContractFile,
  publishedVersions,
  targetReader,
} from "@thoth/contract/read-contract-file";
import { loadNamedDomain } from "./load-domains.ts";
import type { Settings } from "./settings.ts";

/**
 * A contract with all that is known around it. What it is as a product of this mesh is found out when asked for, so
 * that a contract of others can be exported as far as it goes.
 * @param file relative to the root, or absolute
 * @throws MeshError `contract/invalid`, `contract/unreadable`, and those of the domain
 */
export async function readExportSource(settings: Settings, file: string): Promise<ExportSource> {
  const { root } = settings;
  const parsed = requireValid(parseContractFile(path.isAbsolute(file) ? "" : root, file));
  const { domain, name } = parsed.contract;
  const product = domain === undefined || name === undefined ? undefined : { domain, name };
  return {
    contract: parsed.contract,
    get model() {
      return describe(root, file, parsed);
    },
    versions: product ? publishedVersions(root, `contracts/published/${product.domain}/${product.name}`) : [],
    inputs: product && existsSync(path.join(root, "domains", product.domain)) ? await inputsOf(settings, product) : [],
  };
}

/** A draft that lies elsewhere refers to others as if it lay where it belongs. */
function describe(root: string, file: string, parsed: ParsedContract): ProductModel {
  if (contractFile(file)) return describeContractFile(root, file);
  const { domain, name } = parsed.contract ?? {};
  const home = `domains/${domain}/products/${name}/contract.odcs.yaml`;
  const place = existsSync(path.join(root, "domains", domain ?? "")) ? home : file;
  return describeProduct(parsed, { file, readTarget: targetReader(path.isAbsolute(place) ? "" : root, place) });
}

/** The newest published contracts of the products that the product's query may read. */
async function inputsOf(
  settings: Settings,
  { domain, name }: { readonly domain: string; readonly name: string },
): Promise<InputContract[]> {
  const { products } = await loadNamedDomain(domain, settings);
  const ports = products.find((product) => product.name === name)?.inputPorts ?? [];
  const published = ports.length === 0 ? [] : await latestPublished(settings.root);
  return ports.flatMap((port) => {
    const found = published.find((place) => `${place.domain}/${place.product}` === port);
    const contract = found && parseContractFile(settings.root, found.file).contract;
    return contract ? [{ product: port, version: contract.version, contractId: contract.id }] : [];
  });
}
