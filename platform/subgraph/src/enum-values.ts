import {
  type GraphQLEnumType,
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";

/** Turns a coerced argument into what the domains' own schemas would make of it. */
export type ReadArgument = (type: GraphQLInputType, value: unknown) => unknown;

/**
 * Enum values inside, such as the stored text `mid-way` of `MID_WAY`, are known to a domain's own schema only: stitching
 * keeps their names.
 * @param owners the domains' own schemas
 */
export function argumentReader(owners: readonly GraphQLSchema[]): ReadArgument {
  const enums = new Map<string, GraphQLEnumType>();
  for (const type of owners.flatMap((schema) => Object.values(schema.getTypeMap()))) {
    if (isEnumType(type)) enums.set(type.name, type);
  }
  const read: ReadArgument = (type, value) => {
    if (isNonNullType(type)) return read(type.ofType as GraphQLInputType, value);
    if (value === null || value === undefined) return value;
    if (isListType(type)) return (value as unknown[]).map((item) => read(type.ofType as GraphQLInputType, item));
    if (isEnumType(type)) return storedValue(type, enums.get(type.name), value);
    if (!isInputObjectType(type)) return value;
    const fields = type.getFields();
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, readField(fields[name]?.type, item)]));
  };
  const readField = (type: GraphQLInputType | undefined, value: unknown) =>
    type === undefined ? value : read(type, value);
  return read;
}

function storedValue(served: GraphQLEnumType, own: GraphQLEnumType | undefined, value: unknown): unknown {
  if (own === undefined || own === served) return value;
  const name = served.getValues().find((candidate) => candidate.value === value)?.name;
  return name === undefined ? value : (own.getValue(name)?.value ?? value);
}
