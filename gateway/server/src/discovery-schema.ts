import type { AccessPort } from "@thoth/access/agreements/access-port";
import type { Classification } from "@thoth/contract/product-model";
import type { GraphQLSchema } from "graphql";
import { defineAccess } from "./access-types.ts";
import type { Catalog } from "./catalog.ts";
import { servedVersions } from "./deprecation-catalog.ts";
import {
  classificationValues,
  type DiscoveryBuilder,
  defineProductParts,
  openDiscoveryBuilder,
} from "./discovery-types.ts";
import { exampleQuery } from "./example-query.ts";
import { shownSnapshot } from "./shown-snapshot.ts";
import { defineSubscriptions } from "./subscription-types.ts";

/** Discovery: what products there are, what they promise, how fresh they are and how to ask for them. */
export function buildDiscoverySchema(catalog: Catalog, access?: AccessPort): GraphQLSchema {
  const builder = openDiscoveryBuilder();
  const classification = builder.enumType("DataClassification", {
    description: "How far data may travel.",
    values: classificationValues,
  });
  defineProductParts(builder, classification);
  defineProduct(builder, catalog);
  defineSubscriptions(builder, catalog);
  defineAccess(builder, catalog, access);
  builder.queryType({
    fields: (t) => ({
      dataProducts: t.field({
        type: ["DataProduct"],
        nullable: true,
        description: "All data products, or those that match every filter given.",
        args: {
          search: t.arg.string({ description: "Words that must all occur in name, purpose, tags or columns." }),
          domain: t.arg.string({ description: "`ontrack-learning`" }),
          tag: t.arg.string(),
          classification: t.arg({
            type: classification,
            description: "Products with at least one column of this class.",
          }),
        },
        resolve: (_root, args) =>
          catalog.search({
            search: args.search ?? undefined,
            domain: args.domain ?? undefined,
            tag: args.tag ?? undefined,
            classification: (args.classification as Classification | null | undefined) ?? undefined,
          }),
      }),
      dataProduct: t.field({
        type: "DataProduct",
        nullable: true,
        description: "One data product by its id, such as `ontrack-learning/units`; null when there is none.",
        args: { id: t.arg.id({ required: true }) },
        resolve: (_root, { id }) => catalog.find(String(id)) ?? null,
      }),
      glossary: t.field({
        type: ["GlossaryTerm"],
        nullable: true,
        description: "The words that all domains share.",
        resolve: () => [...catalog.glossary],
      }),
    }),
  });
  return builder.toSchema();
}

function defineProduct(builder: DiscoveryBuilder, catalog: Catalog): void {
  builder.objectType("DataProduct", {
    description: "A data product: a table with an owner, a contract and service levels.",
    fields: (t) => ({
      id: t.id({ description: "`ontrack-learning/units`", resolve: ({ model }) => model.id }),
      domain: t.string({ resolve: ({ model }) => model.domain }),
      domainTitle: t.exposeString("domainTitle"),
      name: t.string({ resolve: ({ model }) => model.product }),
      title: t.string({ resolve: ({ model }) => model.title }),
      version: t.string({ description: "Version of the contract.", resolve: ({ model }) => model.version }),
      versions: t.field({
        type: ["DataVersion"],
        description: "The versions that are served side by side, the current one first.",
        resolve: (product) => servedVersions(product),
      }),
      status: t.string({ resolve: ({ model }) => model.status }),
      purpose: t.string({ resolve: ({ model }) => model.purpose }),
      limitations: t.string({ resolve: ({ model }) => model.limitations }),
      usage: t.string({ resolve: ({ model }) => model.usage }),
      tags: t.stringList({ resolve: ({ model }) => [...model.tags] }),
      owner: t.exposeString("owner"),
      stewards: t.stringList({ resolve: ({ stewards }) => [...stewards] }),
      key: t.stringList({ description: "Columns that identify a row.", resolve: ({ model }) => [...model.key] }),
      columns: t.field({
        type: ["DataColumn"],
        resolve: ({ model }, _args, context) => catalog.columns(model, context.decide(model)),
      }),
      promises: t.field({ type: ["DataPromise"], resolve: ({ model }) => [...model.promises] }),
      readable: t.boolean({
        description: "Whether you may read any of it.",
        resolve: ({ model }, _args, context) => context.decide(model).readable,
      }),
      freshness: t.field({
        type: "DataFreshness",
        resolve: ({ model }, _args, { now }) => catalog.freshness(model, now),
      }),
      snapshot: t.field({
        type: "DataSnapshot",
        nullable: true,
        description: "What is being served; null before the first publish.",
        resolve: ({ model }, _args, context) => {
          const snapshot = catalog.snapshot(model);
          return snapshot === undefined ? null : shownSnapshot(snapshot, context.decide(model));
        },
      }),
      outputPorts: t.field({ type: ["OutputPort"], resolve: ({ model }) => catalog.outputPorts(model) }),
      upstream: t.field({
        type: ["DataProduct"],
        description: "Products that this one reads.",
        resolve: (product) => catalog.upstream(product),
      }),
      downstream: t.field({
        type: ["DataProduct"],
        description: "Products that read this one.",
        resolve: (product) => catalog.downstream(product),
      }),
      exampleQuery: t.string({
        description: "A GraphQL query that works when pasted.",
        resolve: ({ model }, _args, context) => exampleQuery(model, context.decide(model)),
      }),
      contract: t.exposeString("contractText", { description: "The data contract as written: ODCS, YAML." }),
    }),
  });
}
