import { elementPath, identityOf, pairContracts } from "../diff/contract-pairs.ts";
import type { Tombstone } from "../diff/diff-rule.ts";
import { tombstonesOf } from "../diff/tombstones.ts";
import type { DataContract, Property } from "../generated/odcs.ts";
import { readContract } from "../parse-contract.ts";
import { publishedVersions, readContractText } from "../read-contract-file.ts";
import { compareSemver } from "../semver.ts";
import { readRegister } from "./register.ts";

/** Ids and names that belonged to elements up to a published version and belong to nothing in it: nothing else may take them. */
export function takenElements(root: string, product: string, version: string): Tombstone[] {
  const folder = `contracts/published/${product}`;
  const versions = publishedVersions(root, folder).filter((one) => compareSemver(one, version) <= 0);
  const contracts = versions.map((one) => {
    const file = `${folder}/${one}.odcs.yaml`;
    return readContract(readContractText(root, file), file).contract;
  });
  const recorded = readRegister(root, product).tombstones.filter(({ until }) => compareSemver(until, version) <= 0);
  const all = [...recorded.map(({ id, name, logicalType }) => bury(id, name, logicalType)), ...tombstonesOf(contracts)];
  return [...new Map(all.map((one) => [`${one.id} ${one.name}`, one])).values()];
}

/** What the second contract takes away: elements that are gone, and names that renamed elements leave behind. */
export function removedElements(before: DataContract, after: DataContract): Tombstone[] {
  const { propertyLists, properties } = pairContracts(before, after);
  const gone = propertyLists.flatMap(({ path, removed }) =>
    removed.map((one) => ({ path: elementPath(path, one), one })),
  );
  const renamed = properties
    .filter((pair) => pair.part !== "items" && pair.before.name !== pair.after.name)
    .map((pair) => ({ path: pair.path, one: pair.before }));
  return [...gone, ...renamed].filter(({ path }) => isColumn(path)).map(({ one }) => tombstone(one));
}

/** What is nested in a column goes with its column. */
function isColumn(path: string): boolean {
  return /^\/schema\[[^\]]*\]\/properties\[[^\]]*\]$/.test(path);
}

function tombstone(property: Property): Tombstone {
  return bury(identityOf(property) ?? "", property.name ?? "", property.logicalType);
}

function bury(id: string, name: string, logicalType: string | undefined): Tombstone {
  return { id, name, ...(logicalType !== undefined && { logicalType }) };
}
