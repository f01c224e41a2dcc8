import SchemaBuilder from "@pothos/core";
import "@pothos/plugin-directives";
import {
  BigIntScalar,
  DateScalar,
  DateTimeScalar,
  DecimalScalar,
  DurationScalar,
  JsonScalar,
  TimeScalar,
} from "./scalars.ts";
import type { FieldContext } from "./subgraph.ts";

interface Scalar<Input> {
  readonly Input: Input;
  readonly Output: unknown;
}

interface GraphShape {
  readonly Context: FieldContext;
  readonly Scalars: {
    readonly BigInt: Scalar<bigint>;
    readonly Decimal: Scalar<string>;
    readonly Date: Scalar<string>;
    readonly DateTime: Scalar<string>;
    readonly Time: Scalar<string>;
    readonly Duration: Scalar<string>;
    readonly JSON: Scalar<unknown>;
  };
  readonly Directives: {
    readonly key: { readonly locations: "OBJECT"; readonly args: { readonly selectionSet: string } };
    readonly merge: { readonly locations: "FIELD_DEFINITION"; readonly args: { readonly keyArg: string } };
    readonly canonical: { readonly locations: "OBJECT"; readonly args: Record<string, never> };
  };
}

export type GraphTypes = PothosSchemaTypes.ExtendDefaultTypes<GraphShape>;
export type GraphBuilder = PothosSchemaTypes.SchemaBuilder<GraphTypes>;

/** A builder that knows the scalars of every subgraph and the stitching directives. */
export function openGraphBuilder(): GraphBuilder {
  const builder: GraphBuilder = new SchemaBuilder<GraphShape>({
    plugins: ["directives"],
    directives: { useGraphQLToolsUnorderedDirectives: true },
  });
  builder.addScalarType("BigInt", BigIntScalar);
  builder.addScalarType("Decimal", DecimalScalar);
  builder.addScalarType("Date", DateScalar);
  builder.addScalarType("DateTime", DateTimeScalar);
  builder.addScalarType("Time", TimeScalar);
  builder.addScalarType("Duration", DurationScalar);
  builder.addScalarType("JSON", JsonScalar);
  builder.queryType({});
  return builder;
}
