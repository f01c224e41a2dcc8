import SchemaBuilder from "@pothos/core";
import type { Classification, ColumnModel, ProductModel, PromiseModel } from "@thoth/contract/product-model";
import { camelCase } from "@thoth/kernel/names";
import type { Freshness } from "@thoth/slo/freshness";
import { BigIntScalar, DateTimeScalar } from "@thoth/subgraph/scalars";
import type { CatalogEntry, GlossaryTerm } from "@thoth/subgraph/served-graph";
import { defineVersion } from "./deprecation-catalog.ts";
import type { GatewayContext } from "./request-context.ts";
import type { ShownSnapshot } from "./shown-snapshot.ts";

interface DiscoveryShape {
  Context: GatewayContext;
  DefaultFieldNullability: false;
  Objects: {
    DataProduct: CatalogEntry;
    DataColumn: ColumnModel & { readonly served: boolean };
    DataPromise: PromiseModel;
    DataFreshness: Freshness;
    DataSnapshot: ShownSnapshot;
    DataVersion: ProductModel;
    OutputPort: { readonly type: string; readonly name: string; readonly description: string };
    GlossaryTerm: GlossaryTerm;
  };
  Scalars: {
    ID: { Input: string; Output: string };
    BigInt: { Input: bigint; Output: number };
    DateTime: { Input: string; Output: string };
  };
}

type DiscoveryTypes = PothosSchemaTypes.ExtendDefaultTypes<DiscoveryShape>;
export type DiscoveryBuilder = PothosSchemaTypes.SchemaBuilder<DiscoveryTypes>;

export function openDiscoveryBuilder(): DiscoveryBuilder {
  const builder: DiscoveryBuilder = new SchemaBuilder<DiscoveryShape>({ defaultFieldNullability: false });
  builder.addScalarType("BigInt", BigIntScalar);
  builder.addScalarType("DateTime", DateTimeScalar);
  return builder;
}

export const classificationValues = {
  PUBLIC: { value: "public", description: "For everyone." },
  INTERNAL: { value: "internal", description: "For everyone at Thoth Tech." },
  CONFIDENTIAL: { value: "confidential", description: "For those with an agreement." },
  RESTRICTED: { value: "restricted", description: "For the few whose task it is." },
} as const satisfies Record<string, { value: Classification; description: string }>;

type ClassificationRef = PothosSchemaTypes.EnumRef<DiscoveryTypes, Classification, Classification>;

/** What a data product is described with. */
export function defineProductParts(builder: DiscoveryBuilder, classification: ClassificationRef): void {
  defineColumn(builder, classification);
  defineServiceLevels(builder);
  defineVersion(builder);
  builder.objectType("OutputPort", {
    description: "A way to read the product.",
    fields: (t) => ({
      type: t.exposeString("type", { description: "`graphql`, `sql` or `files`" }),
      name: t.exposeString("name", { description: "The root field, the table, or the address." }),
      description: t.exposeString("description"),
    }),
  });
  builder.objectType("GlossaryTerm", {
    description: "What everyone in the mesh means by a word.",
    fields: (t) => ({ name: t.exposeString("name"), definition: t.exposeString("definition") }),
  });
}

function defineColumn(builder: DiscoveryBuilder, classification: ClassificationRef): void {
  builder.objectType("DataColumn", {
    fields: (t) => ({
      name: t.exposeString("name", { description: "Name in SQL and files." }),
      field: t.string({ description: "Name in GraphQL.", resolve: ({ name }) => camelCase(name) }),
      description: t.exposeString("description"),
      type: t.exposeString("sqlType", { description: "Type in SQL and files." }),
      required: t.exposeBoolean("required", { description: "Whether every row has a value." }),
      unit: t.exposeString("unit", { nullable: true, description: "What a number counts: `minutes`." }),
      values: t.stringList({
        nullable: true,
        description: "The only values it can have; null when it is open.",
        resolve: ({ enumValues }) => (enumValues === undefined ? null : [...enumValues]),
      }),
      deprecated: t.exposeString("deprecated", {
        nullable: true,
        description: "What to use instead, where it is on its way out.",
      }),
      classification: t.expose("classification", { type: classification }),
      served: t.exposeBoolean("served", { description: "Whether you may read it." }),
    }),
  });
}

function defineServiceLevels(builder: DiscoveryBuilder): void {
  builder.objectType("DataPromise", {
    description: "One service level of the contract (ODCS slaProperties).",
    fields: (t) => ({
      property: t.exposeString("property"),
      value: t.string({ resolve: ({ value }) => String(value) }),
      unit: t.exposeString("unit", { nullable: true }),
      description: t.exposeString("description", { nullable: true }),
    }),
  });
  builder.objectType("DataFreshness", {
    description: "How far the data lies behind now, against the promised latency.",
    fields: (t) => ({
      verdict: t.exposeString("kind", { description: "`fresh`, `stale` or `never-loaded`." }),
      lagSeconds: t.float({ nullable: true, resolve: (it) => ("lagMs" in it ? it.lagMs / 1000 : null) }),
      overSeconds: t.float({
        nullable: true,
        description: "By how much the promise is missed.",
        resolve: (it) => (it.kind === "stale" ? it.overMs / 1000 : null),
      }),
    }),
  });
  builder.objectType("DataSnapshot", {
    description: "One published state of a product.",
    fields: (t) => ({
      id: t.exposeString("id"),
      contractVersion: t.exposeString("contractVersion"),
      rowCount: t.expose("rowCount", {
        type: "BigInt",
        nullable: true,
        description: "For those who may read every row.",
      }),
      sizeBytes: t.expose("sizeBytes", {
        type: "BigInt",
        nullable: true,
        description: "For those who may read every row.",
      }),
      publishedAt: t.field({ type: "DateTime", resolve: (it) => new Date(it.publishedAt).toISOString() }),
      watermark: t.field({
        type: "DateTime",
        nullable: true,
        description: "Event time up to which the product is complete.",
        resolve: (it) => (it.watermark === null ? null : new Date(it.watermark).toISOString()),
      }),
    }),
  });
}
