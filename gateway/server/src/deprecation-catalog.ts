import { escapeHtml } from "@thoth/contract/export/escape-html";
import { judgeLifecycle } from "@thoth/contract/lifecycle/lifecycle";
import { showDate } from "@thoth/contract/lifecycle/written-date";
import type { ProductModel } from "@thoth/contract/product-model";
import type { CatalogEntry } from "@thoth/subgraph/served-graph";
import type { DiscoveryBuilder } from "./discovery-types.ts";

/** The versions of a product that are served side by side, the current one first. */
export function servedVersions({ model, previous = [] }: CatalogEntry): ProductModel[] {
  return [model, ...previous];
}

export function defineVersion(builder: DiscoveryBuilder): void {
  builder.objectType("DataVersion", {
    description: "One major version of a data product. The one before goes on being served for a while.",
    fields: (t) => ({
      version: t.exposeString("version"),
      field: t.exposeString("fieldName", { description: "Root field in GraphQL." }),
      table: t.string({
        description: "Table in SQL.",
        resolve: ({ catalogName, tableName }) => `${catalogName}.product.${tableName}`,
      }),
      state: t.string({
        description: "`active`, `deprecated` or `brown-out`.",
        resolve: (model, _args, { now }) => stateOf(model, now),
      }),
      deprecatedSince: t.string({ nullable: true, resolve: ({ deprecation }) => dateText(deprecation?.since) }),
      endOfSupport: t.string({
        nullable: true,
        description: "From then on it may be gone.",
        resolve: ({ deprecation }) => dateText(deprecation?.until),
      }),
      replacement: t.string({
        nullable: true,
        description: "Root field to use instead.",
        resolve: ({ deprecation }) => deprecation?.replacement ?? null,
      }),
      reason: t.string({ nullable: true, resolve: ({ deprecation }) => deprecation?.reason ?? null }),
    }),
  });
}

/** What the start page says of versions that are on their way out: term and HTML. */
export function versionFacts(entry: CatalogEntry): (readonly [string, string])[] {
  return servedVersions(entry).flatMap(({ version, fieldName, deprecation }) => {
    if (deprecation === undefined) return [];
    const end = deprecation.until === undefined ? "" : ` until ${showDate(deprecation.until)}`;
    return [["Deprecated", `${escapeHtml(version)} (<code>${escapeHtml(fieldName)}</code>)${end}`] as const];
  });
}

function stateOf({ id: product, version, deprecation }: ProductModel, now: number): string {
  const element = { product, version, column: undefined, deprecation, gone: false };
  return judgeLifecycle(element, { now, uses: [], agreements: [] }).state;
}

function dateText(instant: number | undefined): string | null {
  return instant === undefined ? null : showDate(instant);
}
