import type { ConsentModel, PersonalData, RoleModel } from "./access-terms.ts";
import type { Deprecation } from "./lifecycle/deprecation.ts";

/** A data product as the rest of the platform needs it: one contract, resolved, with every name derived once. */
export interface ProductModel {
  /** `ontrack-learning` */
  readonly domain: string;
  /** `task-completion` */
  readonly product: string;
  /** `ontrack-learning/task-completion` */
  readonly id: string;
  /** Contract version, semver. */
  readonly version: string;
  /** Of the version. From the second one on, it is part of all names: `unitsV2`, `units_v2`. */
  readonly major: number;
  readonly status: string;
  readonly title: string;
  readonly purpose: string;
  readonly limitations: string;
  readonly usage: string;
  readonly tags: readonly string[];
  /** GraphQL and TypeScript type name, from the schema object's `name`: object `unit` → `Unit`, `UnitV2`. */
  readonly typeName: string;
  /** GraphQL root field, from the product's name: `taskCompletion`, `taskCompletionV2`. */
  readonly fieldName: string;
  /** SQL catalog of the domain on the read side: `ontrack_learning`. */
  readonly catalogName: string;
  /** SQL table: `task_completion`, `task_completion_v2`. The full name is `<catalogName>.product.<tableName>`. */
  readonly tableName: string;
  readonly columns: readonly ColumnModel[];
  /** Primary key column names, in key order. Never empty. */
  readonly key: readonly string[];
  readonly relationships: readonly RelationshipModel[];
  readonly promises: readonly PromiseModel[];
  readonly rules: readonly QualityRuleModel[];
  /** Accounts that answer for its domain, stewards before the owner; absent where only the contract is known. */
  readonly answeredBy?: readonly string[];
  /** Who may be granted what of it. */
  readonly roles: readonly RoleModel[];
  readonly consent: ConsentModel;
  /** Its other major versions that are served beside it; absent where only this contract is known. */
  readonly otherMajors?: readonly OtherMajor[];
  /** Present when rows that keep their promises may be published without those that break them. */
  readonly partialPublish?: PartialPublish;
  /** Present when it is on its way out: its contract says so, or a newer major version has superseded it. */
  readonly deprecation?: Deprecation;
  /** The contract file, relative to the repository root. */
  readonly file: string;
}

/** What a major version lets people see. */
export type OtherMajor = Pick<ProductModel, "major" | "columns" | "roles" | "consent">;

export interface PartialPublish {
  /** Largest share of the rows that may be held back, ratio 0..1; above it nothing is published. */
  readonly maxRejectedShare: number;
}

export type Classification = "public" | "internal" | "confidential" | "restricted";

export type LogicalType =
  | "string"
  | "date"
  | "timestamp"
  | "time"
  | "integer"
  | "number"
  | "object"
  | "array"
  | "boolean";

/** What a contract says of a value, wherever it stands: in a column, in an object or in an array. */
export interface ValueModel {
  readonly logicalType: LogicalType;
  /** DuckDB type the published value has: `BIGINT`, `DECIMAL(9,2)`, `TIMESTAMP WITH TIME ZONE`, `VARCHAR[]`, `JSON`. */
  readonly sqlType: string;
  /** ODCS `logicalTypeOptions.format`, such as `i32`, `i64`, `f64`; of texts `email`, `uuid`. */
  readonly format?: string;
  /** Closed set of values, from ODCS 3.2 `enum`; absent means open. */
  readonly enumValues?: readonly string[];
  readonly minimum?: number | string;
  readonly maximum?: number | string;
  /** Values are above this. */
  readonly exclusiveMinimum?: number | string;
  /** Values are below this. */
  readonly exclusiveMaximum?: number | string;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** Of arrays. */
  readonly minItems?: number;
  readonly maxItems?: number;
  /** No item twice. */
  readonly uniqueItems?: boolean;
  /** Of objects: how many fields there are, those that are null left out. */
  readonly minProperties?: number;
  readonly maxProperties?: number;
  /** Fields that are never null, whether they are described or not. */
  readonly requiredProperties?: readonly string[];
  /** For objects: the fields that are described. */
  readonly properties?: readonly FieldModel[];
  /** For arrays. */
  readonly items?: ItemModel;
}

/** The items of an array. */
export interface ItemModel extends ValueModel {
  /** No item is null. */
  readonly required?: boolean;
  /** Where it stands in the contract file. */
  readonly line?: number;
}

/** A field of an object in a column. */
export interface FieldModel extends ItemModel {
  readonly name: string;
}

export interface ColumnModel extends ValueModel {
  /** snake_case, unique in the product. */
  readonly name: string;
  /** Stable id; renames keep it. Defaults to the name. */
  readonly id: string;
  readonly description: string;
  readonly required: boolean;
  readonly unique: boolean;
  readonly classification: Classification;
  /** What the column says about people, from the custom property `personalData`; absent means nothing. */
  readonly personalData?: PersonalData;
  /** Unit of the values, from the custom property `unit`: `minutes`. */
  readonly unit?: string;
  /** What readers of a deprecated column are told, in one sentence; absent on others. */
  readonly deprecated?: string;
  /** The same in parts. */
  readonly deprecation?: Deprecation;
  /** Where it stands in the contract file. */
  readonly line: number;
}

/** A foreign key that becomes a field: `function_usage.unit_code → ontrack-learning/units.code` gives `unit`. */
export interface RelationshipModel {
  /** GraphQL field on this product's type, camelCase: `unit`. */
  readonly fieldName: string;
  /** Columns of this product, same length and order as `to.columns`. */
  readonly from: readonly string[];
  readonly to: RelationshipTarget;
  /** What a row means that leads nowhere, from the custom property `severity`; a warning unless given. */
  readonly severity?: QualityRuleModel["severity"];
}

export interface RelationshipTarget {
  readonly domain: string;
  readonly product: string;
  /** Major version of the contract that the reference names: a newer one may have another key. */
  readonly major: number;
  readonly columns: readonly string[];
}

/** One entry of `slaProperties`, with durations in milliseconds where the unit is a time unit. */
export interface PromiseModel {
  /** ODCS vocabulary, lower camel case: `latency`, `frequency`, `retention`, `availability`. */
  readonly property: string;
  readonly value: number | string | boolean;
  readonly unit?: string;
  /** `value` × `unit` in milliseconds; absent when the unit is no duration. */
  readonly durationMs?: number;
  readonly element?: string;
  readonly description?: string;
}

/** One ODCS quality rule, as written, with the column it hangs on. */
export interface QualityRuleModel {
  readonly id: string;
  readonly name: string;
  /** Absent for a rule on the whole object. */
  readonly column?: string;
  readonly type: "library" | "text" | "sql" | "custom";
  readonly metric?: string;
  readonly query?: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly operator?: QualityOperator;
  readonly threshold?: number | string | readonly [number, number];
  readonly unit?: string;
  readonly dimension?: string;
  /** Of type `custom`: who runs it, and what it is told. */
  readonly engine?: string;
  readonly implementation?: unknown;
  readonly severity: "info" | "warning" | "error";
  readonly line: number;
}

export type QualityOperator =
  | "mustBe"
  | "mustNotBe"
  | "mustBeGreaterThan"
  | "mustBeGreaterOrEqualTo"
  | "mustBeLessThan"
  | "mustBeLessOrEqualTo"
  | "mustBeBetween"
  | "mustNotBeBetween";
