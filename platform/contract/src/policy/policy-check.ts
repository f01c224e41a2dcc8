import type { ContractFile } from "../contract-files.ts";
import type { Finding } from "../finding.ts";
import { announcedEnd } from "../lifecycle/describe-deprecation.ts";
import { newestOfMajor, previousMajors } from "../lifecycle/previous-major.ts";
import type { ParsedContract } from "../parse-contract.ts";
import { parseContractFile } from "../read-contract-file.ts";
import { applyWaivers } from "./apply-waivers.ts";
import { inFileOrder, judgeContract, type PolicyFinding } from "./judge-contract.ts";
import { type PolicyBook, readPolicies } from "./read-policies.ts";
import { readWaivers } from "./waiver.ts";

/** The council's policies over all contracts of a repository, which come one by one and are not kept. */
export interface PolicyCheck {
  /** Judges what teams work on; of what is published only older majors that are still served. */
  judge(place: ContractFile, parsed: ParsedContract): void;
  /** When all have been judged. */
  verdict(): PolicyVerdict;
}

export interface PolicyVerdict {
  readonly policies: number;
  readonly waivers: number;
  /** Of the contracts after waivers, and of the policies and waivers themselves. */
  readonly findings: readonly Finding[];
}

/**
 * Reads and compiles the policies of a repository once.
 * @param contracts all of the repository
 * @param now epoch ms
 */
export function openPolicyCheck(root: string, contracts: readonly ContractFile[], now: number): PolicyCheck {
  const book = readPolicies(root);
  const judged = new Set(judgedPlaces(root, contracts));
  const found: PolicyFinding[] = [];
  const unread = new Set<string>();
  return {
    judge(place, parsed) {
      if (!judged.has(place)) return;
      if (parsed.contract === undefined) unread.add(productOf(place));
      found.push(...judgeContract(book.policies, parsed, { place, now }));
    },
    verdict: () => conclude(root, book, { now, found, unread, products: new Set(contracts.map(productOf)) }),
  };
}

interface Judged {
  readonly now: number;
  readonly found: readonly PolicyFinding[];
  readonly unread: ReadonlySet<string>;
  readonly products: ReadonlySet<string>;
}

function conclude(root: string, book: PolicyBook, { now, found, unread, products }: Judged): PolicyVerdict {
  const policies = book.policies.map(({ policy }) => policy);
  const sound = new Set(policies.map(({ id }) => id));
  const { files, waivers, findings: unsaid } = readWaivers(root);
  const broken = book.ids.filter((id) => !sound.has(id));
  const world = { now, policies, broken, products: [...products], unread: [...unread] };
  const findings = inFileOrder([...book.findings, ...applyWaivers(found, waivers, world), ...unsaid]);
  return { policies: book.ids.length, waivers: files, findings };
}

/**
 * What teams work on, and older majors that are still served. Of those whose end the current contract announces, it is
 * the one to judge.
 */
function judgedPlaces(root: string, contracts: readonly ContractFile[]): ContractFile[] {
  const byFile = new Map(contracts.map((place) => [place.file, place]));
  const own = contracts.filter(({ kind }) => kind === "product");
  const older = own.flatMap((place) =>
    previousMajors(root, productOf(place))
      .filter((major) => !announces(root, place, major))
      .flatMap((major) => byFile.get(newestOfMajor(root, productOf(place), major) ?? "") ?? []),
  );
  return [...own, ...older];
}

function announces(root: string, { file }: ContractFile, major: number): boolean {
  const { contract } = parseContractFile(root, file);
  return contract !== undefined && announcedEnd(contract, major) !== undefined;
}

function productOf({ domain, product }: ContractFile): string {
  return `${domain}/${product}`;
}
