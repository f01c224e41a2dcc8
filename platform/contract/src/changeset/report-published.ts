import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PublishedContractFile } from "../contract-files.ts";
import type { ReviewDocument } from "../council/read-review.ts";
import type { ReviewedProduct } from "../council/review.ts";
import { diffContracts } from "../diff/diff-contracts.ts";
import type { Finding } from "../finding.ts";
import { findPublished } from "../published-contracts.ts";
import { parseContractFile, readContractText } from "../read-contract-file.ts";
import { textDigest } from "./content-digest.ts";
import { type Register, readRegister } from "./register.ts";
import { withoutVersion } from "./version-text.ts";

/**
 * Published files that are not what was published, and versions that nobody decided about.
 * @throws MeshError `contract/register-invalid`
 */
export async function reportPublished(root: string, reviews: readonly ReviewDocument[]): Promise<Finding[]> {
  const products = Map.groupBy(await findPublished(root), ({ domain, product }) => `${domain}/${product}`);
  return [...products].flatMap(([product, files]) => {
    const register = readRegister(root, product);
    const touched = [
      ...files.flatMap((file) => reportFile(root, file, register)),
      ...reportGone(files, register, underWay(product, reviews)),
    ];
    // what was edited is no ground to judge versions on
    if (touched.length > 0) return touched;
    return [...reportAbandoned(root, product, files), ...reportUnreviewed(root, { product, files, register, reviews })];
  });
}

function reportFile(root: string, { file, version }: PublishedContractFile, register: Register): Finding[] {
  const entry = register.versions.find((one) => one.version === version);
  const place = { severity: "error", file, line: 1, column: 1, path: "" } as const;
  if (entry === undefined)
    return [
      {
        ...place,
        rule: "published-unregistered",
        message: `Version ${version} was not published by mesh: ${register.file} does not name it`,
        hint: "Delete the file and publish with mesh contract publish or mesh contract version.",
      },
    ];
  if (entry.sha256 === textDigest(readContractText(root, file))) return [];
  return [
    {
      ...place,
      rule: "published-edited",
      message: `Version ${version} was published with other content; a published version never changes`,
      hint: `Undo the edit: git checkout -- ${file}. Change the product's own contract instead.`,
    },
  ];
}

/** Versions that a release has registered before it was cut short: running it again writes them. */
function underWay(product: string, reviews: readonly ReviewDocument[]): ReadonlySet<string> {
  const open = reviews.filter(({ review }) => review.released === undefined);
  return new Set(
    open.flatMap(({ review }) => review.products).flatMap((one) => (one.product === product ? one.to : [])),
  );
}

function reportGone(
  files: readonly PublishedContractFile[],
  { file, versions, locate }: Register,
  expected: ReadonlySet<string>,
): Finding[] {
  return versions.flatMap(({ version }, index) =>
    expected.has(version) || files.some((one) => one.version === version)
      ? []
      : [
          {
            rule: "published-gone",
            severity: "error" as const,
            file,
            ...locate(index),
            path: `versions[${index}]`,
            message: `Version ${version} was published, and its file is gone`,
            hint: "Restore it: others rely on what is published.",
          },
        ],
  );
}

/** A product ends by being retired; until then somebody relies on it. */
function reportAbandoned(root: string, product: string, files: readonly PublishedContractFile[]): Finding[] {
  const [domain, name] = product.split("/");
  const home = `domains/${domain}/products/${name}/contract.odcs.yaml`;
  const newest = files.at(-1);
  if (newest === undefined || existsSync(join(root, home))) return [];
  const { contract, locate } = parseContractFile(root, newest.file);
  if (contract?.status === "retired") return [];
  return [
    {
      rule: "published-abandoned",
      severity: "error",
      file: newest.file,
      ...locate(["status"]),
      path: "status",
      message: `${product} is published and not retired, but ${home} is gone`,
      hint: "Restore it. A product is deprecated first, then retired, each by a changeset; then its folder may go.",
    },
  ];
}

interface PublishedProduct {
  readonly product: string;
  /** Lowest version first. */
  readonly files: readonly PublishedContractFile[];
  readonly register: Register;
  readonly reviews: readonly ReviewDocument[];
}

/** A version after the first one changes what others rely on: unless it only mends words, a review stands behind it. */
function reportUnreviewed(root: string, { product, files, register, reviews }: PublishedProduct): Finding[] {
  return files.slice(1).flatMap((file, index) => {
    const { version } = file;
    const entry = reviews
      .flatMap(({ review }) => review.products)
      .find((one) => one.product === product && one.to === version);
    if (entry !== undefined) return reportOther(root, file, entry);
    const before = parseContractFile(root, files[index]?.file ?? "").contract;
    const { contract: after, locate } = parseContractFile(root, file.file);
    if (before === undefined || after === undefined) return [];
    const diff = diffContracts(before, after);
    const excused = register.versions.some((one) => one.version === version && one.withoutReview !== undefined);
    if (diff.class === "NONE" || diff.class === "PATCH" || (excused && diff.class !== "MAJOR")) return [];
    return [
      {
        rule: "published-unreviewed",
        severity: "error" as const,
        file: file.file,
        ...locate(["version"]),
        path: "version",
        message: `${product} ${version} is a ${diff.class} change, and no review in contracts/reviews released it`,
        hint: "Take it back, and release it with mesh contract changeset, mesh council and mesh contract version.",
      },
    ];
  });
}

/** What was released must be what was voted on. */
function reportOther(root: string, { file, version }: PublishedContractFile, entry: ReviewedProduct): Finding[] {
  if (entry.contract === textDigest(withoutVersion(readContractText(root, file)))) return [];
  return [
    {
      rule: "published-other",
      severity: "error",
      file,
      line: 1,
      column: 1,
      path: "",
      message: `${entry.product} ${version} is not what its review was about`,
      hint: "Take it back; what is published must be what the council has seen.",
    },
  ];
}
