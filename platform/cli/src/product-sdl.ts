import { existsSync } from "node:fs";
import path from "node:path";
import { contractFile } from "@thoth/contract/contract-files";
import type { ProductModel, RelationshipModel } from "@thoth/contract/product-model";
import { latestPublished } from "@thoth/contract/published-contracts";
import { describeContractFile } from "@thoth/contract/read-contract-file";
import { buildSubgraph } from "@thoth/subgraph/build-subgraph";
import { printSdl } from "@thoth/subgraph/print-sdl";

/** The GraphQL schema of one product by itself; of the products it leads to only the keys. */
export async function productSdl(root: string, model: ProductModel): Promise<string> {
  const targets = new Map(model.relationships.map(({ to }) => [`${to.domain}/${to.product}`, to]));
  targets.delete(model.id);
  const foreign = await Promise.all([...targets.values()].map((target) => readTarget(root, model, target)));
  const { schema } = buildSubgraph({
    domain: model.domain,
    products: [model],
    foreign: foreign.filter((target) => target !== undefined),
  });
  return printSdl(schema);
}

/** As the domain's own work sees it: siblings as they are in work, products of others as published. */
async function readTarget(
  root: string,
  model: ProductModel,
  { domain, product }: RelationshipModel["to"],
): Promise<ProductModel | undefined> {
  const sibling = `domains/${domain}/products/${product}/contract.odcs.yaml`;
  const inWork = contractFile(model.file)?.kind !== "published" && domain === model.domain;
  if (inWork && existsSync(path.join(root, sibling))) return describeContractFile(root, sibling);
  const found = (await latestPublished(root)).find((place) => place.domain === domain && place.product === product);
  return found && describeContractFile(root, found.file);
}
