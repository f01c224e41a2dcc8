import { ownProperties, type Part } from "./contract-parts.ts";
import type { DocumentPath } from "./finding.ts";
import type { DataContract, LogicalTypeOptions, Property, SchemaObject } from "./generated/odcs.ts";
import type { Deprecation } from "./lifecycle/deprecation.ts";
import { columnDeprecation, deprecationText } from "./lifecycle/describe-deprecation.ts";
import type { Classification, ColumnModel, LogicalType } from "./product-model.ts";
import { sqlType } from "./sql-type.ts";

/** Columns of an object that `checkProduct` has passed. */
export function describeColumns(
  object: Part<SchemaObject>,
  contract: DataContract,
  lineOf: (path: DocumentPath) => number,
): ColumnModel[] {
  const onlyKey = keyColumns(object).length === 1;
  const { name } = object.value;
  return ownProperties(object).map(({ path, value }) => ({
    ...describeColumn(value, lineOf(path), onlyKey),
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

function describeColumn(property: Property, line: number, onlyKey: boolean): ColumnModel {
  const { name = "", logicalTypeOptions: options = {}, items } = property;
  const format = options.format ?? defaultFormat(property);
  return {
    name,
    id: property.id ?? name,
    description: property.description ?? "",
    logicalType: property.logicalType as LogicalType,
    sqlType: sqlType(property) ?? "",
    ...(format !== undefined && { format }),
    required: property.required ?? false,
    unique: property.unique === true || (property.primaryKey === true && onlyKey),
    classification: property.classification as Classification,
    ...(property.enum && { enumValues: property.enum.map(({ value }) => String(value)) }),
    ...limits(options),
    ...unitOf(property),
    ...personalDataOf(property),
    ...(items && { items: describeItems(items) }),
    line,
  };
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

function describeItems(items: Property): NonNullable<ColumnModel["items"]> {
  const format = items.logicalTypeOptions?.format ?? defaultFormat(items);
  const type = { logicalType: items.logicalType as LogicalType, sqlType: sqlType(items) ?? "" };
  return format === undefined ? type : { ...type, format };
}

function defaultFormat({ logicalType, physicalType }: Property): string | undefined {
  if (physicalType !== undefined) return undefined;
  if (logicalType === "integer") return "i32";
  return logicalType === "number" ? "f64" : undefined;
}

function limits(options: LogicalTypeOptions): Partial<ColumnModel> {
  const { minimum, maximum, minLength, maxLength, pattern, multipleOf } = options;
  const exclusive = (value: number | string | boolean | undefined) => (typeof value === "boolean" ? undefined : value);
  const [above, below] = [exclusive(options.exclusiveMinimum), exclusive(options.exclusiveMaximum)];
  return {
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(above !== undefined && { exclusiveMinimum: above }),
    ...(below !== undefined && { exclusiveMaximum: below }),
    ...(multipleOf !== undefined && { multipleOf }),
    ...(minLength !== undefined && { minLength }),
    ...(maxLength !== undefined && { maxLength }),
    ...(pattern !== undefined && { pattern }),
  };
}
