import type { Decision } from "@thoth/access/decision";
import type { Classification, ColumnModel, ProductModel } from "@thoth/contract/product-model";
import { type Freshness, judgeFreshness } from "@thoth/slo/freshness";
import { latencyPromise } from "@thoth/slo/promises";
import type { CatalogEntry, GlossaryTerm } from "@thoth/subgraph/served-graph";
import type { Snapshot } from "@thoth/warehouse/snapshot";

export interface CatalogFilter {
  readonly search?: string | undefined;
  readonly domain?: string | undefined;
  readonly tag?: string | undefined;
  readonly classification?: Classification | undefined;
}

/** What the gateway knows about products: contracts, and the snapshots that are served now. */
export class Catalog {
  readonly glossary: readonly GlossaryTerm[];
  readonly #entries: readonly CatalogEntry[];
  readonly #snapshots: () => readonly Snapshot[];

  constructor(
    entries: readonly CatalogEntry[],
    glossary: readonly GlossaryTerm[],
    snapshots: () => readonly Snapshot[],
  ) {
    this.#entries = [...entries].sort((a, b) => a.model.id.localeCompare(b.model.id));
    this.glossary = glossary;
    this.#snapshots = snapshots;
  }

  find(id: string): CatalogEntry | undefined {
    return this.#entries.find(({ model }) => model.id === id);
  }

  search({ search, domain, tag, classification }: CatalogFilter): CatalogEntry[] {
    const words = (search ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    return this.#entries.filter(
      (entry) =>
        (domain === undefined || entry.model.domain === domain) &&
        (tag === undefined || entry.model.tags.includes(tag)) &&
        (classification === undefined ||
          entry.model.columns.some((column) => column.classification === classification)) &&
        words.every((word) => searchText(entry).includes(word)),
    );
  }

  snapshot({ domain, product }: ProductModel): Snapshot | undefined {
    return this.#snapshots().find((snapshot) => snapshot.domain === domain && snapshot.product === product);
  }

  /** A product that promises no latency is fresh once it is published. */
  freshness(model: ProductModel, now: number): Freshness {
    const snapshot = this.snapshot(model);
    const watermark = snapshot === undefined ? undefined : (snapshot.watermark ?? snapshot.publishedAt);
    return judgeFreshness(watermark, latencyPromise(model) ?? Number.POSITIVE_INFINITY, now);
  }

  columns(model: ProductModel, decision: Decision): (ColumnModel & { readonly served: boolean })[] {
    return model.columns.map((column) => ({ ...column, served: isServed(column, decision) }));
  }

  outputPorts(model: ProductModel): { type: string; name: string; description: string }[] {
    const root = model.fieldName;
    return [
      { type: "graphql", name: root, description: "Rows: filtered, ordered, page by page." },
      { type: "graphql", name: `${root}ByKey`, description: "One row by its key." },
      {
        type: "graphql",
        name: `${root}Aggregate`,
        description: "Groups, time buckets and comparison with the period before.",
      },
      {
        type: "sql",
        name: `${model.catalogName}.product.${model.tableName}`,
        description: "The table, in `mesh sql`.",
      },
      {
        type: "files",
        name: `/products/${model.id}`,
        description: "Rows as a file: .json, .ndjson, .csv, .parquet and .arrow, with select, where, order and limit.",
      },
    ];
  }

  upstream({ inputPorts }: CatalogEntry): CatalogEntry[] {
    return inputPorts.flatMap((id) => this.find(id) ?? []);
  }

  downstream({ model }: CatalogEntry): CatalogEntry[] {
    return this.#entries.filter((entry) => entry.inputPorts.includes(model.id));
  }
}

function isServed(column: ColumnModel, decision: Decision): boolean {
  return decision.readable && (decision.columns[column.name] ?? "denied") !== "denied";
}

function searchText({ model, domainTitle }: CatalogEntry): string {
  const columns = model.columns.map((column) => `${column.name} ${column.description}`);
  return [model.id, model.title, domainTitle, model.purpose, ...model.tags, ...columns].join(" ").toLowerCase();
}
