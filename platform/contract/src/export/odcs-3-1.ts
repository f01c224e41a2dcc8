import type { DataContract, Property, QualityRule, SchemaObject, Server, SlaProperty } from "../generated/odcs.ts";
import { type Additions, type Leave, moveToCustom } from "./move-to-custom.ts";
import { yamlComment, yamlText } from "./yaml-text.ts";

/** The YAML of a contract in ODCS 3.1, headed by what could not be taken along. */
export function odcs31Text(contract: DataContract): string {
  const { contract: lowered, left } = lowerContract(contract);
  const heading = left.length > 0 ? ["ODCS 3.1 has no place for:", ...left.map((path) => `- ${path}`)] : [];
  return yamlComment(heading) + yamlText(lowered);
}

export interface LoweredContract {
  readonly contract: Readonly<Record<string, unknown>>;
  /** Paths of what was left out, because not even a custom property can stand there. */
  readonly left: readonly string[];
}

/**
 * A contract in the words of ODCS 3.1. What came with 3.2 stands in custom properties of the same name; a closed list of
 * values also becomes the quality rule by which 3.1 says the same.
 * @source ODCS 3.1.0 JSON Schema, CHANGELOG of 3.2.0
 */
export function lowerContract(contract: DataContract): LoweredContract {
  const left: string[] = [];
  const leave: Leave = (path) => left.push(path);
  const lowered = moveToCustom(contract, ["context"], leave);
  return {
    contract: {
      ...lowered,
      apiVersion: "v3.1.0",
      ...(contract.schema && { schema: contract.schema.map((object) => lowerObject(object, leave)) }),
      ...(contract.servers && { servers: contract.servers.map((server) => lowerServer(server, leave)) }),
      ...(contract.slaProperties && { slaProperties: contract.slaProperties.map((sla) => lowerSla(sla, leave)) }),
    },
    left,
  };
}

function lowerObject(object: SchemaObject, leave: Leave): object {
  const at: Leave = (path) => leave(`${object.name}.${path}`);
  const { properties, relationships } = object;
  return {
    ...moveToCustom(object, ["synonyms", "deprecated", "context"], at),
    ...(properties && { properties: properties.map((property) => lowerProperty(property, at)) }),
    ...(relationships && { relationships: relationships.map((link) => moveToCustom(link, ["id"], at)) }),
  };
}

const newKeys = ["synonyms", "deprecated", "semanticType", "enum", "map"] as const;

function lowerProperty(property: Property, leave: Leave): object {
  const at: Leave = (path) => leave(`${property.name ?? "items"}.${path}`);
  const { properties, items, relationships, logicalTypeOptions, enum: values } = property;
  const type = lowerType(property);
  return {
    ...moveToCustom(property, newKeys, at, type.additions),
    ...type.keys,
    ...(logicalTypeOptions && !type.keys.logicalType && { logicalTypeOptions: lowerOptions(logicalTypeOptions) }),
    ...(values && { quality: [...(property.quality ?? []), allowedValues(property)] }),
    ...(properties && { properties: properties.map((inner) => lowerProperty(inner, at)) }),
    ...(items && { items: lowerProperty(items, at) }),
    ...(relationships && { relationships: relationships.map((link) => moveToCustom(link, ["id"], at)) }),
  };
}

/** Maps and vectors are written with the types that 3.1 has; what they were stands beside. */
function lowerType({ logicalType, logicalTypeOptions }: Property): {
  readonly keys: { readonly logicalType?: string; readonly items?: object; readonly logicalTypeOptions?: undefined };
  readonly additions: Additions;
} {
  if (logicalType === "map")
    return { keys: { logicalType: "object", logicalTypeOptions: undefined }, additions: { logicalType } };
  if (logicalType !== "vector") return { keys: {}, additions: {} };
  const additions = { logicalType, ...(logicalTypeOptions && { logicalTypeOptions }) };
  return {
    keys: { logicalType: "array", items: { logicalType: "number" }, logicalTypeOptions: undefined },
    additions,
  };
}

/** In 3.0 an exclusive limit was a flag beside the limit; since 3.1 it is the limit. */
function lowerOptions({ exclusiveMinimum, exclusiveMaximum, ...options }: NonNullable<Property["logicalTypeOptions"]>) {
  const { minimum, maximum, ...others } = options;
  return {
    ...others,
    ...limit("minimum", "exclusiveMinimum", minimum, exclusiveMinimum),
    ...limit("maximum", "exclusiveMaximum", maximum, exclusiveMaximum),
  };
}

function limit(inclusiveKey: string, exclusiveKey: string, inclusive: unknown, exclusive: unknown) {
  if (exclusive === true) return { [exclusiveKey]: inclusive };
  return {
    ...(inclusive !== undefined && { [inclusiveKey]: inclusive }),
    ...(typeof exclusive !== "boolean" && exclusive !== undefined && { [exclusiveKey]: exclusive }),
  };
}

function allowedValues({ name = "value", enum: values = [] }: Property): QualityRule {
  return {
    name: `${name} is one of its allowed values`,
    type: "library",
    metric: "invalidValues",
    arguments: { validValues: values.map(({ value }) => value) },
    mustBe: 0,
    dimension: "conformity",
  };
}

const newServerTypes: readonly string[] = ["hana", "iceberg", "exasol"];

/** A custom server may have every key; a port that is filled in later is no number yet. */
function lowerServer(server: Server, leave: Leave): object {
  const at: Leave = (path) => leave(`servers.${server.server}.${path}`);
  const newKeys = ["encoding", "catalogUrl"] as const;
  const isNew = newServerTypes.includes(server.type) || typeof server.port === "string";
  if (!isNew) return moveToCustom(server, newKeys, at);
  const lowered = moveToCustom(server, [...newKeys, "port"], at, { type: server.type });
  return { ...lowered, type: "custom" };
}

function lowerSla({ customProperties, authoritativeDefinitions, ...sla }: SlaProperty, leave: Leave): object {
  const dropped = { customProperties, authoritativeDefinitions };
  for (const [key, value] of Object.entries(dropped)) {
    if (value !== undefined) leave(`slaProperties.${sla.property}.${key}`);
  }
  return sla;
}
