import { stitchSchemas } from "@graphql-tools/stitch";
import { stitchingDirectives } from "@graphql-tools/stitching-directives";
import { MapperKind, mapSchema } from "@graphql-tools/utils";
import type { PlacedSubgraph } from "@thoth/subgraph/served-graph";
import { GraphQLDeferDirective, GraphQLSchema, getNamedType, isInputObjectType, isObjectType } from "graphql";
import { refuseConflicts } from "./composition-check.ts";
import { mergedTypes, privateKeys, relaxFields } from "./merged-types.ts";
import { type PlaceOptions, placeSubschema } from "./placed-subschema.ts";

const { stitchingDirectivesTransformer } = stitchingDirectives();

/**
 * One schema over all domains and the gateway's own fields. A type with the same key in several domains is merged by
 * that key; the lookups that serve the merging are hidden.
 * @throws MeshError `gateway/type-conflict`, `gateway/key-conflict`, `gateway/name-reserved`
 */
export function composeSchema(
  subgraphs: readonly PlacedSubgraph[],
  own: GraphQLSchema,
  options: PlaceOptions,
): GraphQLSchema {
  refuseConflicts(
    subgraphs.map(({ subgraph }) => subgraph),
    own,
  );
  const merged = mergedTypes(subgraphs.map(({ subgraph }) => subgraph.schema));
  const placed = subgraphs.map((entry) => {
    const config = placeSubschema(entry, relaxFields(entry.subgraph.schema, merged), options);
    return privateKeys(stitchingDirectivesTransformer(config), merged);
  });
  const schema = stitchSchemas({ subschemas: [...placed, { schema: own }], mergeDirectives: false });
  return tellOfDefer(hideLookups(schema));
}

/** A fragment may be deferred, whichever domains answer it. */
function tellOfDefer(schema: GraphQLSchema): GraphQLSchema {
  const config = schema.toConfig();
  return new GraphQLSchema({ ...config, directives: [...config.directives, GraphQLDeferDirective] });
}

/** Lookups by key, and their arguments, serve the gateway itself; nobody else should see or call them. */
function hideLookups(schema: GraphQLSchema): GraphQLSchema {
  const inputs = lookupInputs(schema);
  return mapSchema(schema, {
    [MapperKind.ROOT_FIELD]: (_field, name) => (isLookup(name) ? null : undefined),
    [MapperKind.INPUT_OBJECT_TYPE]: ({ name }) => (inputs.has(name) ? null : undefined),
  });
}

/** Names of the types that only lookups take. */
function lookupInputs(schema: GraphQLSchema): ReadonlySet<string> {
  const types = Object.values(schema.getTypeMap());
  const fields = types.filter(isObjectType).flatMap((type) => Object.values(type.getFields()));
  const nested = types.filter(isInputObjectType).flatMap((type) => Object.values(type.getFields()));
  const argumentsOf = (wanted: boolean) =>
    fields.filter(({ name }) => isLookup(name) === wanted).flatMap(({ args }) => args);
  const elsewhere = new Set([...argumentsOf(false), ...nested].map(({ type }) => getNamedType(type).name));
  return new Set(
    argumentsOf(true)
      .map(({ type }) => getNamedType(type).name)
      .filter((name) => !elsewhere.has(name)),
  );
}

function isLookup(field: string): boolean {
  return field.startsWith("_");
}
