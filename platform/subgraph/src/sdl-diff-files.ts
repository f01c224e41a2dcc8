import { existsSync } from "node:fs";
import { join } from "node:path";
import { describeProduct } from "@thoth/contract/describe-product";
import type { DataContract } from "@thoth/contract/generated/odcs";
import { type ParsedContract, requireValid } from "@thoth/contract/parse-contract";
import type { RelationshipModel } from "@thoth/contract/product-model";
import { describeContractFile, publishedVersions, targetReader } from "@thoth/contract/read-contract-file";
import { majorOf } from "@thoth/kernel/major-names";
import type { ServedContract } from "./sdl-diff.ts";

/**
 * A contract as the mesh would serve it, whatever file it lies in: what it refers to is looked up as if it lay where its
 * domain and name say.
 * @param version names of types and fields are those of this version's major, so that only content is compared
 * @throws MeshError `contract/invalid`, `contract/unreadable`, `contract/not-published`
 */
export function serveContract(root: string, parsed: ParsedContract, version: string): ServedContract {
  const { contract } = requireValid(parsed);
  const home = homeOf(contract);
  const named = { ...parsed, contract: atVersion(contract, version) };
  const model = describeProduct(named, { file: home, readTarget: targetReader(root, home) });
  const others = model.relationships.map(({ to }) => to).filter((to) => `${to.domain}/${to.product}` !== model.id);
  const files = new Set(others.map((target) => targetFile(root, target)));
  return { contract, model, targets: [...files].map((file) => describeContractFile(root, file)) };
}

/** The table's name says the major version as well, and follows it. */
function atVersion(contract: DataContract, version: string): DataContract {
  const schema = (contract.schema ?? []).map(({ physicalName: _, ...object }) => object);
  return { ...contract, version, schema };
}

function homeOf({ domain, name }: Pick<DataContract, "domain" | "name">): string {
  return `domains/${domain}/products/${name}/contract.odcs.yaml`;
}

/** What is published is what others see; a product that is not published yet stands for itself. */
function targetFile(root: string, { domain, product, major }: RelationshipModel["to"]): string {
  const folder = `contracts/published/${domain}/${product}`;
  const newest = publishedVersions(root, folder).findLast((version) => majorOf(version) === major);
  const working = homeOf({ domain, name: product });
  return newest === undefined && existsSync(join(root, working)) ? working : `${folder}/${newest}.odcs.yaml`;
}
