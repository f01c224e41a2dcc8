import type { ProductModel } from "@thoth/contract/product-model";
import { describeGraph, type FieldMeaning, type ProductGraph, type TypeGraph } from "./product-graph.ts";

/**
 * The graph of several domains together, with the fields that the stitched schema has: each domain is described on its
 * own, then what other domains know of a type is added to it. A reference into another domain keeps `own: false`,
 * because it means something else there: the row is known by its key even when the other domain does not have it.
 * @param foreign products that are served by other processes
 */
export function combineGraph(products: readonly ProductModel[], foreign: readonly ProductModel[]): ProductGraph {
  const byDomain = Map.groupBy(products, ({ domain }) => domain);
  const graphs = [...byDomain].map(([domain, own]) => {
    const others = [...products, ...foreign].filter((product) => product.domain !== domain);
    return describeGraph(own, others);
  });
  const entries = graphs.flatMap((graph) => [...graph]);
  return new Map([...Map.groupBy(entries, ([name]) => name)].map(([name, uses]) => [name, merge(uses.map(typeOf))]));
}

function typeOf([, type]: readonly [string, TypeGraph]): TypeGraph {
  return type;
}

function merge(types: readonly TypeGraph[]): TypeGraph {
  const base = types.find(({ own }) => own) ?? types[0];
  if (base === undefined) throw new Error("a type has a description");
  const fields = new Map<string, FieldMeaning>(base.fields);
  for (const [name, meaning] of types.flatMap((type) => [...type.fields])) {
    if (!fields.has(name)) fields.set(name, meaning);
  }
  return { model: base.model, own: base.own, fields };
}
