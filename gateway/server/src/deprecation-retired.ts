import { showDate } from "@thoth/contract/lifecycle/written-date";
import type { ProductModel } from "@thoth/contract/product-model";
import type { CatalogEntry } from "@thoth/subgraph/served-graph";
import { type GraphQLError, Kind } from "graphql";
import type { Plugin } from "graphql-yoga";
import { gatewayError } from "./errors.ts";
import { withExtensions } from "./graphql-error.ts";
import type { GatewayContext } from "./request-context.ts";

/** Says of names that belonged to a major version which has ended that they did, and what replaces them. */
export function explainRetired(catalog: readonly CatalogEntry[]): Plugin<GatewayContext>[] {
  const names = new Map(catalog.flatMap(retiredNames));
  if (names.size === 0) return [];
  return [
    {
      onValidate: () => (validation) => {
        if (!validation.valid) validation.setResult(validation.result.map((error) => explain(error, names)));
      },
    },
  ];
}

function retiredNames({ model, retired = [] }: CatalogEntry): [string, ProductModel][] {
  const served = new Set(namesOf(model));
  return retired.flatMap((old) =>
    namesOf(old).flatMap((name): [string, ProductModel][] => (served.has(name) ? [] : [[name, old]])),
  );
}

function namesOf({ fieldName, typeName }: ProductModel): string[] {
  return [fieldName, `${fieldName}ByKey`, `${fieldName}Aggregate`, typeName];
}

function explain(error: GraphQLError, names: ReadonlyMap<string, ProductModel>): GraphQLError {
  const element = unknownName(error);
  const old = element === undefined ? undefined : names.get(element);
  if (element === undefined || old === undefined) return error;
  const { until, replacement } = old.deprecation ?? {};
  const end = until === undefined ? undefined : showDate(until);
  const { code, hint, message } = gatewayError.retired({ element, end, replacement });
  return withExtensions(error, { code, hint }, message);
}

/** The field or type that the schema does not have. */
function unknownName({ nodes = [] }: GraphQLError): string | undefined {
  const [node] = nodes;
  return node?.kind === Kind.FIELD || node?.kind === Kind.NAMED_TYPE ? node.name.value : undefined;
}
