import type { DataContract, Property } from "../generated/odcs.ts";
import { identityOf } from "./contract-pairs.ts";
import type { Tombstone } from "./diff-rule.ts";

/**
 * What earlier versions had and the newest has no more. Its ids and names stay taken.
 * @param versions of one product, lowest first
 */
export function tombstonesOf(versions: readonly DataContract[]): Tombstone[] {
  const properties = ({ schema = [] }: DataContract) => schema.flatMap(({ properties: own = [] }) => own);
  const living = versions.slice(-1).flatMap(properties);
  const gone = versions
    .slice(0, -1)
    .flatMap(properties)
    .filter((one) => !living.some((other) => identityOf(other) === identityOf(one) || other.name === one.name));
  return [...new Map(gone.map((one) => [identityOf(one), tombstone(one)])).values()];
}

function tombstone({ id, name = "", logicalType }: Property): Tombstone {
  return { id: id ?? name, name, ...(logicalType !== undefined && { logicalType }) };
}
