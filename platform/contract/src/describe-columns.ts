import { ownProperties, type Part } from "./contract-parts.ts";
import type { DocumentPath } from "./finding.ts";
import type { DataContract, LogicalTypeOptions, Property, SchemaObject } from "./generated/odcs.ts";
import type { Deprecation } from "./lifecycle/deprecation.ts";
import { columnDeprecation, deprecationText } from "./lifecycle/describe-deprecation.ts";
import type { Classification, ColumnModel, FieldModel, ItemModel, LogicalType, ValueModel } from "./product-model.ts";
import { sqlType } from "./sql-type.ts";

/** Columns of an object that `checkProduct` has passed. */
export function describeColumns(object: Part<SchemaObject>, contract: DataContract, lineOf: LineOf): ColumnModel[] {
  const onlyKey = keyColumns(object).length === 1;
  const { name } = object.value;
  return ownProperties(object).map(({ path, value }) => ({
    ...describeColumn({ path, value }, lineOf, onlyKey),
    ...describeEnd(columnDeprecation(value, { name, contract })),
  }));
}

/** Names of the key columns in key order: by position, and as written where there is none. */
export function keyColumns(object: Part<SchemaObject>): string[] {
  const key = ownProperties(object).filter(({ value }) => value.primaryKey === true);
  const position = ({ primaryKeyPosition = -1 }: Property) =>
    primaryKeyPosition < 1 ? Number.MAX_SAFE_INTEGER : primaryKeyPosition;
  return key.sort((a, b) => position(a.value) - position(b.value)).map(({ value }) => value.name ?? "");
}

function describeColumn(part: Part<Property>, lineOf: LineOf, onlyKey: boolean): ColumnModel {
  const { path, value: property } = part;
  const { name = "" } = property;
  return {
    name,
    id: property.id ?? name,
    description: property.description ?? "",
    ...describeValue(part, lineOf),
    required: property.required ?? false,
    unique: property.unique === true || (property.primaryKey === true && onlyKey),
    classification: property.classification as Classification,
    ...unitOf(property),
    ...personalDataOf(property),
    line: lineOf(path),
  };
}

type LineOf = (path: DocumentPath) => number;

/** What is said of a value, and of what is inside it, to any depth. */
function describeValue(part: Part<Property>, lineOf: LineOf): ValueModel {
  const { path, value: property } = part;
  const { logicalTypeOptions: options = {}, items } = property;
  const format = options.format ?? defaultFormat(property);
  const fields = ownProperties(part).map((field) => describeField(field, lineOf));
  return {
    logicalType: property.logicalType as LogicalType,
    sqlType: sqlType(property) ?? "",
    ...(format !== undefined && { format }),
    ...(property.enum && { enumValues: property.enum.map(({ value }) => String(value)) }),
    ...limits(options),
    ...(fields.length > 0 && { properties: fields }),
    ...(items && { items: describeItems({ path: [...path, "items"], value: items }, lineOf) }),
  };
}

function describeField(field: Part<Property>, lineOf: LineOf): FieldModel {
  return { name: field.value.name ?? "", ...describeItems(field, lineOf) };
}

function describeItems(part: Part<Property>, lineOf: LineOf): ItemModel {
  const required = part.value.required === true;
  return { ...describeValue(part, lineOf), ...(required && { required }), line: lineOf(part.path) };
}

function unitOf({ customProperties = [] }: Property): Pick<ColumnModel, "unit"> {
  const unit = customProperties.find(({ property }) => property === "unit")?.value;
  return unit === undefined ? {} : { unit: String(unit) };
}

function personalDataOf({ customProperties = [] }: Property): Pick<ColumnModel, "personalData"> {
  const said = customProperties.find(({ property }) => property === "personalData")?.value;
  const known = (["direct", "pseudonym", "attribute", "none"] as const).find((word) => word === said);
  return known === undefined ? {} : { personalData: known };
}

function describeEnd(deprecation: Deprecation | undefined): Pick<ColumnModel, "deprecated" | "deprecation"> {
  return deprecation === undefined ? {} : { deprecated: deprecationText(deprecation), deprecation };
}

function defaultFormat({ logicalType, physicalType }: Property): string | undefined {
  if (physicalType !== undefined) return undefined;
  if (logicalType === "integer") return "i32";
  return logicalType === "number" ? "f64" : undefined;
}

/** Names in the standard and in the model are the same, but for the fields that an object requires. */
function limits(options: LogicalTypeOptions): Partial<ValueModel> {
  const { exclusiveMinimum, exclusiveMaximum, required, uniqueItems } = options;
  const exclusive = (value: number | string | boolean | undefined) => (typeof value === "boolean" ? undefined : value);
  const said = {
    ...Object.fromEntries(plainLimits.map((name) => [name, options[name]])),
    exclusiveMinimum: exclusive(exclusiveMinimum),
    exclusiveMaximum: exclusive(exclusiveMaximum),
    requiredProperties: required,
    uniqueItems: uniqueItems === true ? true : undefined,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

const plainLimits = [
  ...(["minimum", "maximum", "multipleOf", "minLength", "maxLength", "pattern"] as const),
  ...(["minItems", "maxItems", "minProperties", "maxProperties"] as const),
];
