import type { Decision } from "@thoth/access/decision";
import type { ProductModel } from "@thoth/contract/product-model";
import type { CatalogEntry } from "@thoth/subgraph/served-graph";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { type ShownSnapshot, shownSnapshot } from "../shown-snapshot.ts";
import { fileFormats } from "./file-request.ts";

export interface ProductState {
  readonly decision: Decision;
  readonly snapshot: Snapshot | undefined;
}

type StateOf = (model: ProductModel) => ProductState;

/** `GET /products` */
export function listProducts(catalog: readonly CatalogEntry[], stateOf: StateOf): object {
  return { products: catalog.map(({ model }) => describeShort(model, stateOf(model))) };
}

/** `GET /products/<domain>/<product>`: of one version */
export function describeProduct(entry: CatalogEntry, model: ProductModel, state: ProductState): object {
  const { decision } = state;
  const versions = [entry.model, ...(entry.previous ?? [])];
  return {
    ...describeShort(model, state),
    owner: entry.owner,
    stewards: entry.stewards,
    key: model.key,
    columns: model.columns.map(({ name, sqlType, classification, required, description, enumValues }) => ({
      name,
      type: sqlType,
      classification,
      required,
      access: decision.readable ? (decision.columns[name] ?? "denied") : "denied",
      ...(enumValues !== undefined && { values: enumValues }),
      description,
    })),
    why: decision.reasons,
    versions: versions.map((each) => ({ version: each.version, ...addresses(each, entry.model) })),
  };
}

function describeShort(model: ProductModel, { decision, snapshot }: ProductState) {
  return {
    id: model.id,
    title: model.title,
    version: model.version,
    purpose: model.purpose,
    tags: model.tags,
    readable: decision.readable && decision.grouping === null,
    snapshot: snapshot === undefined ? null : describeSnapshot(shownSnapshot(snapshot, decision)),
    links: addresses(model, model),
  };
}

function describeSnapshot({ id, publishedAt, rowCount, contractVersion }: ShownSnapshot) {
  return { id, publishedAt: new Date(publishedAt).toISOString(), rows: rowCount, contractVersion };
}

/** Where a version of a product is, beside the current one. */
function addresses(model: ProductModel, current: ProductModel) {
  const base = `/products/${model.id}`;
  const isCurrent = model.major === current.major;
  const file = isCurrent ? base : `${base}/v${model.major}`;
  return {
    self: file,
    ...(isCurrent && { contract: `${base}/contract` }),
    ...Object.fromEntries(fileFormats.map((format) => [format, isCurrent ? `${base}.${format}` : `${file}.${format}`])),
  };
}
