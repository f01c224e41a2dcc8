import { existsSync } from "node:fs";
import type { ProductModel } from "@thoth/contract/product-model";
import type { ControlPlane } from "@thoth/control/open-control";
import type { ProductProfile, QualityResult } from "@thoth/control/quality-record";
import { openQualityStore } from "@thoth/control/quality-store";
import type { Clock } from "@thoth/kernel/clock";
import { openWriteSide } from "@thoth/warehouse/write-side";
import type { Domain } from "../domain.ts";
import { holdDomains } from "../domain-hold.ts";
import type { MeshHome } from "../mesh-home.ts";
import { type RejectedRow, readRejected } from "./quarantine.ts";

export interface QualityQuestion {
  readonly domain?: string;
  readonly product?: string;
  /** Of one run; of the newest that audited anything, unless given. */
  readonly runId?: string;
  /** What failed in all runs that are remembered, newest first. */
  readonly history?: boolean;
  readonly profile?: boolean;
  /** `masked`: values of confidential columns are covered. */
  readonly rejected?: "masked" | "whole";
  /** Results of a history, profiles of a product and rejected rows at most. */
  readonly limit: number;
}

export interface QualityReport {
  readonly results: readonly QualityResult[];
  /** Newest first; one of each product, or several of the only one that was asked for with its history. */
  readonly profiles: readonly ProductProfile[];
  readonly rejected: readonly RejectedRow[];
}

export interface QualityDesk {
  readonly control: ControlPlane;
  readonly clock: Clock;
  readonly home: MeshHome;
  readonly domains: () => Promise<readonly Domain[]>;
}

/** What is known of the quality of data. Rejected rows are read from the write side, when nobody is at work there. */
export async function readQuality(question: QualityQuestion, desk: QualityDesk): Promise<QualityReport> {
  const { domain, product, runId, history = false, limit } = question;
  const store = openQualityStore(desk.control);
  const filter = { ...(domain !== undefined && { domain }), ...(product !== undefined && { product }) };
  const ofRun = {
    ...filter,
    ...(runId !== undefined && { runId }),
    limit: history ? limit : 10_000,
    ...(history && { status: "failed" as const }),
  };
  const results = history || runId !== undefined ? await store.results(ofRun) : await store.latest(filter);
  return {
    results,
    profiles: question.profile === true ? await readProfiles(question, results, desk) : [],
    rejected: question.rejected === undefined ? [] : await readHeldBack(question, desk),
  };
}

async function readProfiles(
  { history = false, limit, runId }: QualityQuestion,
  results: readonly QualityResult[],
  { control }: QualityDesk,
): Promise<ProductProfile[]> {
  const store = openQualityStore(control);
  const products = new Map(
    results.flatMap(({ domain, product }) => (product === null ? [] : [[`${domain}/${product}`, { domain, product }]])),
  );
  const found = await Promise.all(
    [...products.values()].map(async (of) => {
      const profiles = await store.profiles(of);
      const wanted = runId === undefined ? profiles : profiles.filter((profile) => profile.runId === runId);
      return wanted.slice(0, history ? limit : 1);
    }),
  );
  return found.flat();
}

async function readHeldBack(question: QualityQuestion, desk: QualityDesk): Promise<RejectedRow[]> {
  const domains = (await desk.domains()).filter(
    ({ name }) => question.domain === undefined || name === question.domain,
  );
  const found: RejectedRow[] = [];
  for (const domain of domains) found.push(...(await readDomain(domain, question, desk)));
  return found.slice(0, question.limit);
}

async function readDomain(domain: Domain, question: QualityQuestion, desk: QualityDesk): Promise<RejectedRow[]> {
  const file = desk.home.writeFile(domain.name);
  if (!existsSync(file)) return [];
  await using _ = await holdDomains(desk, [domain.name], { signal: new AbortController().signal });
  await using engine = await openWriteSide({ file, tmpDir: desk.home.tmpDir, pseudonymKey: "nothing is hashed here" });
  const { product, runId, limit, rejected } = question;
  const filter = {
    limit,
    ...(product !== undefined && { product: `${domain.name}/${product}` }),
    ...(runId !== undefined && { runId }),
  };
  const rows = await readRejected(engine, filter);
  return rejected === "whole" ? rows : rows.map((row) => mask(row, modelOf(domain, row)));
}

function modelOf({ loadedProducts }: Domain, { product }: RejectedRow): ProductModel | undefined {
  return loadedProducts.find(({ model }) => model.id === product)?.model;
}

/** What covers a value. */
const maskedValue = "•••";

/** A column that the contract does not have any more is covered as well: nobody can say what it was. */
function mask(rejected: RejectedRow, model: ProductModel | undefined): RejectedRow {
  const open = new Set(
    model?.columns.filter(({ classification }) => isOpen(classification)).map(({ name }) => name) ?? [],
  );
  const row = Object.entries(rejected.row).map(([name, value]) => [
    name,
    open.has(name) || value === null ? value : maskedValue,
  ]);
  return { ...rejected, row: Object.fromEntries(row) };
}

function isOpen(classification: string): boolean {
  return classification === "public" || classification === "internal";
}
