import { createHash } from "node:crypto";
import type { Decision, Principal } from "@thoth/access/decision";
import { accessError } from "@thoth/access/errors";
import { seesPresentOnly } from "@thoth/access/sees-every-row";
import { openBrownOut } from "@thoth/contract/lifecycle/lifecycle";
import { showDate } from "@thoth/contract/lifecycle/written-date";
import type { ProductModel } from "@thoth/contract/product-model";
import { type FilePlan, type FileQuestion, planFile } from "@thoth/subgraph/file-plan";
import type { CatalogEntry } from "@thoth/subgraph/served-graph";
import type { Subgraph } from "@thoth/subgraph/subgraph";
import { warehouseError } from "@thoth/warehouse/errors";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { gatewayError } from "../errors.ts";
import type { Decide } from "../server-settings.ts";
import type { FileFormat, FileParameters, ProductAddress } from "./file-request.ts";
import { readWhere } from "./file-where.ts";
import type { KeptStates } from "./kept-states.ts";

export interface ChoiceParts {
  readonly catalog: readonly CatalogEntry[];
  readonly subgraphs: readonly Subgraph[];
  readonly snapshots: () => readonly Snapshot[];
  readonly kept: KeptStates;
  readonly decide: Decide;
}

/** Who asks, and when. */
export interface Asking {
  readonly principal: Principal;
  readonly purpose: string | undefined;
  /** Epoch ms. */
  readonly now: number;
}

/** A file before anything has been read for it. */
export interface FileChoice {
  readonly model: ProductModel;
  readonly decision: Decision;
  readonly snapshot: Snapshot;
  readonly question: FileQuestion;
  readonly plan: FilePlan;
  /** Epoch ms. */
  readonly now: number;
  /** Strong: the same bytes for as long as it is the same. */
  readonly etag: string;
}

/** @throws MeshError `gateway/unknown-product`, `gateway/retired` */
export function findModel(catalog: readonly CatalogEntry[], { product, major }: ProductAddress): ProductModel {
  const entry = catalog.find(({ model }) => model.id === product);
  const isMeant = (model: ProductModel) => major === undefined || model.major === major;
  const found = entry && [entry.model, ...(entry.previous ?? [])].find(isMeant);
  if (found !== undefined) return found;
  const ended = entry?.retired?.find(isMeant);
  if (ended === undefined || entry === undefined) {
    const known = catalog.map(({ model }) => model.id);
    throw gatewayError["unknown-product"]({ product, major, known });
  }
  const { until } = ended.deprecation ?? {};
  const end = until === undefined ? undefined : showDate(until);
  const element = `Version ${ended.major} of ${product}`;
  throw gatewayError.retired({ element, end, replacement: `/products/${product}` });
}

/**
 * Decides what the file holds: the same decision, filters and refusals as in GraphQL.
 * @throws MeshError those of planning, `access/past-denied`, `gateway/no-such-snapshot`, `gateway/brown-out`, `warehouse/no-snapshot`
 */
export async function chooseFile(
  parts: ChoiceParts,
  { address, format, parameters }: FileWish,
  { principal, purpose, now }: Asking,
): Promise<FileChoice> {
  const model = findModel(parts.catalog, address);
  refuseInBrownOut(model, now);
  const decision = parts.decide(principal, model, purpose);
  const question = questionOf(parameters, readWhere(parts.subgraphs, model, parameters.where));
  const leftOut = columnsInBrownOut(model, now);
  const plan = planFile(model, question, { decision, now, leftOut });
  refuseColumnsInBrownOut(plan, now);
  const snapshot = await chooseState(parts, { model, decision }, parameters.snapshot);
  return { model, decision, snapshot, question, plan, now, etag: tagOf({ plan, snapshot, format, parameters }) };
}

export interface FileWish {
  readonly address: ProductAddress;
  readonly format: FileFormat;
  readonly parameters: FileParameters;
}

function questionOf(parameters: FileParameters, where: FileQuestion["where"]): FileQuestion {
  const { select, order, limit, after } = parameters;
  return { select, order, limit, after, where };
}

async function chooseState(
  { snapshots, kept: states }: ChoiceParts,
  { model, decision }: { readonly model: ProductModel; readonly decision: Decision },
  wanted: string | undefined,
): Promise<Snapshot> {
  const { id, domain, product } = model;
  const current = snapshots().find((one) => one.domain === domain && one.product === product);
  if (current !== undefined) states.see(current);
  if (wanted === undefined || wanted === current?.id) {
    if (current === undefined) throw warehouseError["no-snapshot"]({ domain, product });
    return current;
  }
  if (seesPresentOnly(model, decision)) throw accessError["past-denied"]({ product: id });
  const kept = await states.of({ domain, product }, wanted);
  const found = kept.find((one) => one.id === wanted && one.domain === domain && one.product === product);
  if (found !== undefined) return found;
  throw gatewayError["no-such-snapshot"]({ product: id, snapshot: wanted, kept: kept.map((one) => one.id) });
}

/** Everything that the bytes depend on; of time only as far as the filter looks at it. */
function tagOf(of: {
  readonly plan: FilePlan;
  readonly snapshot: Snapshot;
  readonly format: FileFormat;
  readonly parameters: FileParameters;
}): string {
  const { plan, snapshot, format, parameters } = of;
  const { model, decision, columns, source, order, after, limit } = plan;
  const asked = [columns.map(({ name }) => name), source, order, after, limit, format, parameters.safe];
  const made = [model.id, model.version, snapshot.id, decision.fingerprint, formatVersion];
  const text = JSON.stringify([made, asked]);
  return `"${createHash("sha256").update(text).digest("base64url").slice(0, 27)}"`;
}

/** Of how files are written: another number when the same rows become other bytes. */
const formatVersion = 1;

function refuseInBrownOut({ id, major, deprecation }: ProductModel, now: number): void {
  const off = deprecation && openBrownOut(deprecation, now);
  if (off !== undefined) throw brownOut(`Version ${major} of ${id}`, { deprecation, back: off.to });
}

/** As in GraphQL, who does not name such a column does not notice. */
export function columnsInBrownOut({ columns }: ProductModel, now: number): ReadonlySet<string> {
  const off = columns.filter(({ deprecation }) => deprecation && openBrownOut(deprecation, now) !== undefined);
  return new Set(off.map(({ name }) => name));
}

function refuseColumnsInBrownOut({ model, reads }: FilePlan, now: number): void {
  for (const { name, deprecation } of model.columns.filter((column) => reads.includes(column.name))) {
    const off = deprecation && openBrownOut(deprecation, now);
    if (off !== undefined) throw brownOut(`Column ${name} of ${model.id}`, { deprecation, back: off.to });
  }
}

function brownOut(
  element: string,
  { deprecation, back }: { readonly deprecation: ProductModel["deprecation"]; readonly back: number },
) {
  const { until, replacement } = deprecation ?? {};
  const end = until === undefined ? undefined : showDate(until);
  return gatewayError["brown-out"]({ element, back: showDate(back), end, replacement });
}
