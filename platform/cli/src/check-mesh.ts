import { type ContractFile, findContracts, type ProductContractFile } from "@thoth/contract/contract-files";
import { type Finding, hasErrors } from "@thoth/contract/finding";
import type { PolicyVerdict } from "@thoth/contract/policy/policy-check";
import { findMeshError } from "@thoth/kernel/error-chain";
import { formatPlace } from "@thoth/kernel/mesh-error";
import { analyseDomains } from "@thoth/pipeline/analyse-domains";
import type { Domain } from "@thoth/pipeline/domain";
import { planJobs } from "@thoth/pipeline/plan-jobs";
import { findGenerated, findRepublished, findUnlisted, judgeContracts } from "./check-contracts.ts";
import { findBadDocuments } from "./check-documents.ts";
import { findBrownOuts, findEarlyEnds } from "./check-lifecycle.ts";
import { findUnreleasable, productsInReview, withoutSaid } from "./check-release.ts";
import { countOf } from "./count-text.ts";
import { placeSubgraphs } from "./gateway-options.ts";
import { loadDomains } from "./load-domains.ts";
import { readPersistedDocuments } from "./persisted-documents.ts";
import type { Settings } from "./settings.ts";

/** One part of `mesh check`. */
export interface CheckPart {
  readonly name: string;
  readonly ok: boolean;
  /** What was looked at, in a few words. */
  readonly summary: string;
  readonly findings: readonly Finding[];
}

/**
 * Everything that can be judged without running: contracts, queries, generated files, and that the domains fit together.
 * Ends early when what follows could not be judged.
 * @param now epoch ms; policies have dates
 * @param release whether it is the gate before a release: what is not decided is an error then
 */
export async function* checkMesh(
  settings: Settings,
  now: number,
  { release = false }: { readonly release?: boolean } = {},
): AsyncGenerator<CheckPart, void, void> {
  const { root } = settings;
  const contracts = await findContracts(root);
  const { invalid, policies } = judgeContracts(root, contracts, now);
  const judged = judge("contracts", invalid, countOf(contracts.length, "contract"));
  yield judged;
  yield judge("policies", policies.findings, countPolicies(policies));
  if (!judged.ok) return;
  const own = contracts.filter((file) => file.kind === "product");
  const republished = release ? [] : findRepublished(root, own, productsInReview(root));
  yield judge("published", republished, `${countOf(countPublished(contracts), "version")} as published`);
  const unreleasable = await findUnreleasable(root, { now, gate: release });
  yield judge("release", withoutSaid(unreleasable, republished), countOf(own.length, "contract"));
  const lifecycle = [...findEarlyEnds(root, own, now), ...findOrTell(() => findBrownOuts(root, own))];
  yield judge("lifecycle", lifecycle, countOf(own.length, "product"));
  yield judge("generated files", await findGenerated(root, own), countOf(own.length, "file"));
  yield* checkDomains(settings, own);
}

async function* checkDomains(settings: Settings, own: readonly ProductContractFile[]): AsyncGenerator<CheckPart> {
  let domains: Domain[] = [];
  const loaded = await attempt("domains", async () => {
    domains = await loadDomains(settings);
    const products = domains.reduce((sum, domain) => sum + domain.products.length, 0);
    return `${countOf(domains.length, "domain")} with ${countOf(products, "product")}`;
  });
  yield loaded.ok ? { ...loaded, findings: findUnlisted(domains, own) } : loaded;
  if (!loaded.ok) return;
  yield await attempt("queries", async () => {
    const jobs = planJobs(domains, await analyseDomains(domains));
    return `${countOf(jobs.length, "job")} in an order that works`;
  });
  yield await attempt("events", async () => {
    const { readIntakes } = await import("@thoth/ingest/collector/intake");
    const { events } = readIntakes(settings.root, domains);
    return `${countOf(events.size, "type")} of events`;
  });
  yield await attempt("schedules", async () => {
    const { checkSchedules } = await import("@thoth/pipeline/orchestrate/check-schedules");
    return countOf(checkSchedules(domains), "schedule");
  });
  yield await attempt("gateway", async () => {
    const { checkSubgraphs } = await settings.servers();
    checkSubgraphs(await placeSubgraphs(settings, domains));
    return `${countOf(domains.length, "subgraph")} in one schema`;
  });
  const documents = await findDocuments(settings, domains);
  if (documents !== undefined) yield documents;
}

/** Only where there is a folder of them. */
async function findDocuments(settings: Settings, domains: readonly Domain[]): Promise<CheckPart | undefined> {
  const { documentsDir } = settings.graphql;
  if (documentsDir === undefined) return undefined;
  try {
    const documents = await readPersistedDocuments(documentsDir);
    const [servers, subgraphs] = await Promise.all([settings.servers(), placeSubgraphs(settings, domains)]);
    const findings = findBadDocuments(documents, { servers, subgraphs, root: settings.root });
    return judge("documents", findings, countOf(documents.length, "document"));
  } catch (failure) {
    return { name: "documents", ok: false, summary: "not sound", findings: [findingOf(failure)] };
  }
}

function countPublished(contracts: readonly ContractFile[]): number {
  return contracts.filter((file) => file.kind === "published").length;
}

function countPolicies({ policies, waivers }: PolicyVerdict): string {
  const held = policies === 1 ? "1 policy" : `${policies} policies`;
  return waivers === 0 ? held : `${held}, ${countOf(waivers, "waiver")}`;
}

function judge(name: string, findings: readonly Finding[], what: string): CheckPart {
  const errors = findings.filter((finding) => finding.severity === "error").length;
  const warnings = findings.filter((finding) => finding.severity === "warning").length;
  return {
    name,
    ok: !hasErrors(findings),
    summary: `${what}, ${countOf(errors, "error")}, ${countOf(warnings, "warning")}`,
    findings,
  };
}

/** What keeps findings from being looked for is one itself. */
function findOrTell(find: () => Finding[]): Finding[] {
  try {
    return find();
  } catch (failure) {
    return [findingOf(failure)];
  }
}

/** Turns the first error of a part into a finding. */
async function attempt(name: string, work: () => Promise<string>): Promise<CheckPart> {
  try {
    return { name, ok: true, summary: await work(), findings: [] };
  } catch (failure) {
    return { name, ok: false, summary: "not sound", findings: [findingOf(failure)] };
  }
}

function findingOf(failure: unknown): Finding {
  const error = findMeshError(failure);
  if (error === undefined) throw failure;
  const { code, message, hint, at } = error;
  const file = at?.file ?? formatPlace(at);
  const place = { file, line: at?.line ?? 1, column: at?.column ?? 1, path: at?.path ?? "" };
  return { rule: code, severity: "error", ...place, message, hint };
}
