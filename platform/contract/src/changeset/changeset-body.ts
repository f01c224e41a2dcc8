import { describeProduct } from "../describe-product.ts";
import { parseContract } from "../parse-contract.ts";
import type { ProductModel } from "../product-model.ts";
import { describeContractFile, targetReader } from "../read-contract-file.ts";
import { changeTitle, changeWords } from "./change-words.ts";
import { mappingsIn } from "./changeset-file.ts";
import { majorLeft, mappingTitle, proposeMapping } from "./previous-major.ts";
import type { ProductChange } from "./product-change.ts";
import { withVersion } from "./version-text.ts";
import { type WrittenMappings, writtenMapping } from "./written-mapping.ts";

/**
 * What a changeset tells its readers: the words of its author, then a section a product with what changes and, when an old
 * major version is left behind, the query it is served by. Words and queries that are there already stay.
 * @param old the body as it was, when the changeset is recorded again
 * @param recorded product → digest of its query in the review
 * @throws MeshError `contract/invalid`, `contract/two-mappings`
 */
export function changesetBody(
  root: string,
  changes: readonly ProductChange[],
  { old = "", summary, recorded }: Earlier,
): string {
  const kept = mappingsIn(old);
  const words = summary ?? introOf(old);
  const sections = changes.map((change) => {
    const title = mappingTitle(change.product, majorLeft(change) ?? 0);
    return section(root, change, { changeset: kept.get(title), recorded: recorded?.get(change.product) });
  });
  return [...(words === "" ? [] : [words]), ...sections].join("\n\n");
}

interface Earlier {
  readonly old?: string;
  readonly summary?: string | undefined;
  readonly recorded?: ReadonlyMap<string, string>;
}

const sectionTitle = /^\*\*[a-z][a-z0-9-]*\/[a-z][a-z0-9-]* .*\*\*$/m;

/** Everything before the first section. */
function introOf(body: string): string {
  const at = body.search(sectionTitle);
  return (at < 0 ? body : body.slice(0, at)).trim();
}

function section(root: string, change: ProductChange, written: WrittenMappings): string {
  const parts = [`**${changeTitle(change)}**`, changeWords(change)];
  const major = majorLeft(change);
  if (major === undefined) return parts.join("\n\n");
  const mapping = writtenMapping(root, change, { major, ...written }) ?? draft(root, change, major);
  const served = `Version ${major} goes on being served from version ${change.to} by this query:`;
  return [...parts, served, `\`\`\`sql\n${mapping}\n\`\`\``].join("\n\n");
}

function draft(root: string, change: ProductChange, major: number): string {
  const file = `contracts/published/${change.product}/${change.before?.version}.odcs.yaml`;
  return proposeMapping(describeContractFile(root, file), releasedModel(root, change), major);
}

/**
 * The product as it will be released.
 * @throws MeshError `contract/invalid`
 */
export function releasedModel(root: string, { file, after, to }: ProductChange): ProductModel {
  const parsed = parseContract(withVersion(after.text, to), file);
  return describeProduct(parsed, { file, readTarget: targetReader(root, file) });
}
