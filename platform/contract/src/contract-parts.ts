import type { DocumentPath } from "./finding.ts";
import type {
  DataContract,
  ObjectRelationship,
  Property,
  PropertyRelationship,
  QualityRule,
  SchemaObject,
} from "./generated/odcs.ts";

/** A part of a contract with its place in the document. */
export interface Part<Value> {
  readonly path: DocumentPath;
  readonly value: Value;
}

export function schemaObjects(contract: DataContract): Part<SchemaObject>[] {
  return (contract.schema ?? []).map((value, index) => ({ path: ["schema", index], value }));
}

/** The properties of an object or property, not those further down. */
export function ownProperties(owner: Part<SchemaObject | Property>): Part<Property>[] {
  return (owner.value.properties ?? []).map((value, index) => ({ path: [...owner.path, "properties", index], value }));
}

/** Every property at any depth, items of arrays and types of maps included. */
export function allProperties(owner: Part<SchemaObject | Property>): Part<Property>[] {
  return [...ownProperties(owner), ...typeArguments(owner)].flatMap((part) => [part, ...allProperties(part)]);
}

function typeArguments({ path, value }: Part<SchemaObject | Property>): Part<Property>[] {
  const { items, map } = value as Property;
  return [
    ...(items ? [{ path: [...path, "items"], value: items }] : []),
    ...(map
      ? [
          { path: [...path, "map", "key"], value: map.key },
          { path: [...path, "map", "value"], value: map.value },
        ]
      : []),
  ];
}

export function qualityRules(owner: Part<SchemaObject | Property>): Part<QualityRule>[] {
  return (owner.value.quality ?? []).map((value, index) => ({ path: [...owner.path, "quality", index], value }));
}

export function objectRelationships(owner: Part<SchemaObject>): Part<ObjectRelationship>[] {
  return (owner.value.relationships ?? []).map((value, index) => ({
    path: [...owner.path, "relationships", index],
    value,
  }));
}

export function propertyRelationships(owner: Part<Property>): Part<PropertyRelationship>[] {
  return (owner.value.relationships ?? []).map((value, index) => ({
    path: [...owner.path, "relationships", index],
    value,
  }));
}
