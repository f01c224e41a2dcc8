import { type ContractFile, findContracts } from "@thoth/contract/contract-files";
import { cliError } from "./errors.ts";
import type { Target } from "./target.ts";

/**
 * Ids of a domain's products, of the one product that is meant, or of all.
 * @throws MeshError `cli/unknown-domain`, `cli/unknown-product` when there is none
 */
export async function namedProducts(root: string, target: Target | undefined): Promise<string[]> {
  const contracts = (await findContracts(root)).filter(({ kind }) => kind === "product");
  const meant = contracts.filter(({ domain, product }) => target === undefined || isIn(target, domain, product));
  if (meant.length === 0 && target !== undefined) throw unknownTarget(target, contracts);
  return meant.map(({ domain, product }) => `${domain}/${product}`);
}

function unknownTarget(
  { domain, product }: Target,
  contracts: readonly Pick<ContractFile, "domain" | "product">[],
): Error {
  if (product === undefined) {
    return cliError["unknown-domain"]({ name: domain, known: [...new Set(contracts.map((each) => each.domain))] });
  }
  const known = contracts.map((each) => `${each.domain}/${each.product}`);
  return cliError["unknown-product"]({ name: `${domain}/${product}`, known });
}

function isIn(target: Target, domain: string, product: string): boolean {
  return target.domain === domain && (target.product === undefined || target.product === product);
}
