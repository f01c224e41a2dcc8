import type { ProductModel } from "@thoth/contract/product-model";
import { specifiedDirectives } from "graphql";
import { buildAggregateTypes } from "./aggregate-type.ts";
import { buildConnection } from "./connection-type.ts";
import { FilterTypes } from "./filter-types.ts";
import { openGraphBuilder } from "./graph-builder.ts";
import type { GraphExtension } from "./graph-extension.ts";
import { guardExtensionFields } from "./guard-extension-fields.ts";
import { buildInputTypes, buildKeyType, type TypeKit } from "./input-types.ts";
import { LeafTypes } from "./leaf-types.ts";
import { describeGraph, type TypeGraph } from "./product-graph.ts";
import { refuseTakenNames } from "./refuse-taken-names.ts";
import { Resolvers } from "./resolvers.ts";
import { addKeyLookup, addProductFields } from "./root-fields.ts";
import { implementRow, type ProductTypes, type RowRef } from "./row-type.ts";
import { buildSharedTypes } from "./shared-types.ts";
import { stitchingDirectives } from "./stitching-directives.ts";
import type { Subgraph } from "./subgraph.ts";

export interface SubgraphParts {
  readonly domain: string;
  readonly products: readonly ProductModel[];
  /** Products of other domains that relationships refer to. */
  readonly foreign: readonly ProductModel[];
  /** Default exports of the products' `graph.ts`. */
  readonly extensions?: readonly GraphExtension[];
}

/**
 * Builds a domain's part of the graph from its contracts.
 * @throws MeshError `subgraph/name-taken`, `subgraph/unknown-product`, `subgraph/relationship-not-unique`
 */
export function buildSubgraph({ domain, products, foreign, extensions = [] }: SubgraphParts): Subgraph {
  const graph = describeGraph(products, foreign);
  refuseTakenNames(graph);
  const resolvers = new Resolvers(domain, graph);
  const kit = openKit();
  const rows = new Map([...graph.keys()].map((name) => [name, kit.builder.objectRef(name) as RowRef]));
  const types = new Map(
    [...graph].flatMap(([name, type]) => (type.own ? [[name, buildProduct(kit, type, { resolvers, rows })]] : [])),
  );
  for (const [name, type] of graph) implementRow(rowOf(rows, name), type, { kit, resolvers, rows, products: types });
  for (const [name, type] of graph) addFields(type, types.get(name), { kit, resolvers, row: rowOf(rows, name) });
  for (const extend of extensions) extend(kit.builder, Object.fromEntries(rows));
  const schema = kit.builder.toSchema({
    sortSchema: false,
    directives: [...specifiedDirectives, ...stitchingDirectives],
  });
  guardExtensionFields(schema, graph, resolvers);
  return { domain, schema, products, foreign };
}

function openKit(): TypeKit {
  const builder = openGraphBuilder();
  const leaves = new LeafTypes(builder);
  return { builder, leaves, filters: new FilterTypes(builder, leaves), shared: buildSharedTypes(builder) };
}

interface BuildParts {
  readonly resolvers: Resolvers;
  readonly rows: ReadonlyMap<string, RowRef>;
}

function buildProduct(kit: TypeKit, type: TypeGraph, { resolvers, rows }: BuildParts): ProductTypes {
  const inputs = buildInputTypes(kit, type);
  return {
    inputs,
    aggregate: buildAggregateTypes(kit, { type, inputs, resolvers }),
    connection: buildConnection(kit, type.model.typeName, rowOf(rows, type.model.typeName)),
  };
}

function addFields(type: TypeGraph, types: ProductTypes | undefined, parts: Parameters<typeof addKeyLookup>[2]): void {
  if (types !== undefined) addProductFields(type, types, parts);
  addKeyLookup(type, types?.inputs.key ?? buildKeyType(parts.kit, type), parts);
}

function rowOf(rows: ReadonlyMap<string, RowRef>, typeName: string): RowRef {
  const ref = rows.get(typeName);
  if (ref === undefined) throw new Error(`no row type ${typeName}`);
  return ref;
}
