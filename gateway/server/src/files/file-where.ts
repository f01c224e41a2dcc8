import type { ProductModel } from "@thoth/contract/product-model";
import type { Subgraph } from "@thoth/subgraph/subgraph";
import { typeNames } from "@thoth/subgraph/type-names";
import type { FilterInput } from "@thoth/subgraph/where";
import { coerceInputValue, type GraphQLInputType, isInputType, validateInputValue } from "graphql";
import { gatewayError } from "../errors.ts";

/** Mistakes that are told of at a time. */
const mostMistakes = 3;

/**
 * Reads `where` with the types of the product's own GraphQL fields, so that both ports take and refuse the same.
 * @throws MeshError `gateway/bad-parameter`
 */
export function readWhere(
  subgraphs: readonly Subgraph[],
  model: ProductModel,
  where: unknown,
): FilterInput | undefined {
  if (where === undefined) return undefined;
  const type = whereType(subgraphs, model);
  const mistakes: string[] = [];
  validateInputValue(where, type, (error, path) => {
    if (mistakes.length < mostMistakes) mistakes.push(`${["where", ...path].join(".")}: ${error.message}`);
  });
  const value = mistakes.length === 0 ? coerceInputValue(where, type) : undefined;
  if (typeof value === "object" && value !== null) return value as FilterInput;
  const problem = mistakes.length === 0 ? "is not an object" : `cannot be read: ${mistakes.join("; ")}`;
  throw gatewayError["bad-parameter"]({ parameter: "where", problem }, { at: { path: "where" } });
}

function whereType(subgraphs: readonly Subgraph[], { domain, typeName }: ProductModel): GraphQLInputType {
  const name = typeNames(typeName).where;
  const type = subgraphs.find((subgraph) => subgraph.domain === domain)?.schema.getType(name);
  if (type === undefined || !isInputType(type)) throw new Error(`the subgraph of ${domain} has no ${name}`);
  return type;
}
