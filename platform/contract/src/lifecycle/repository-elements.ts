import { findContracts } from "../contract-files.ts";
import type { ProductModel } from "../product-model.ts";
import { describeContractFile } from "../read-contract-file.ts";
import { deprecatedElements, type LifecycleElement } from "./lifecycle.ts";
import { describePreviousMajor, describeRetiredMajors, previousMajors } from "./previous-major.ts";

/**
 * Everything in a repository that is on its way out or gone: versions and columns, product by product.
 * @throws MeshError `contract/invalid`, `contract/unreadable`, `contract/misplaced`, `contract/not-published`
 */
export async function repositoryElements(root: string): Promise<LifecycleElement[]> {
  const contracts = (await findContracts(root)).filter(({ kind }) => kind === "product");
  return contracts.flatMap(({ file }) => productElements(root, describeContractFile(root, file)));
}

function productElements(root: string, current: ProductModel): LifecycleElement[] {
  const majors = previousMajors(root, current.id).filter((major) => major < current.major);
  const served = [current, ...majors.map((major) => describePreviousMajor(root, current, major))];
  const retired = describeRetiredMajors(root, current).map(({ id, version, deprecation }) => ({
    product: id,
    version,
    column: undefined,
    deprecation,
    gone: true,
  }));
  return [...served.flatMap(deprecatedElements), ...retired];
}
