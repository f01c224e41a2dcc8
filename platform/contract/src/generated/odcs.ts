// Generated from schema/odcs.schema.json by `npm run generate`; changes belong there.

/**
 * Letters, digits, `_` and `-`; it stays when the name changes, so that others can refer to it
 */
export type StableId = string;
/**
 * Where the full story is told
 */
export type AuthoritativeDefinitions = AuthoritativeDefinition[];
/**
 * What the standard has no key for
 */
export type CustomProperties = CustomProperty[];
/**
 * Guidance for programs that answer questions with the data; a text alone counts as instructions
 */
export type Context =
  | {
      /**
       * How to use the data
       */
      instructions?: string;
      /**
       * Questions people ask, with the answer where it is settled
       */
      verifiedStatements?: VerifiedStatement[];
      /**
       * What must not be done
       */
      constraints?: ContextConstraint[];
    }
  | string;
/**
 * Free labels to find and group things by
 */
export type Tags = string[];
/**
 * A URI such as `s3://bucket/path`, or text with a `${VARIABLE}`
 */
export type Location = string;
/**
 * A port number, or a `${VARIABLE}`
 */
export type Port = number | string;
/**
 * A column or field
 */
export type NamedProperty = Property & {
  /**
   * What it is called in the contract
   */
  name: string;
};
/**
 * Text, a number, true, false or null
 */
export type Scalar = string | number | boolean | null;
/**
 * Kind of relationship
 */
export type RelationshipType = "foreignKey";
/**
 * A reference such as `object.property` or `file.yaml#/schema/<object id>/properties/<property id>`; a list of them for a composite key
 */
export type ReferenceOrList = string | Reference[];
/**
 * A reference: `object.property`, or `schema/<object id>/properties/<property id>`, in another file `file.yaml#/schema/…`
 */
export type Reference = string;
/**
 * Who answers for the data; a plain list of members is the form before 3.1
 */
export type Team =
  | {
      id?: StableId;
      /**
       * Name of the team
       */
      name?: string;
      /**
       * What the team does
       */
      description?: string;
      /**
       * The people
       */
      members?: TeamMember[];
      tags?: Tags;
      authoritativeDefinitions?: AuthoritativeDefinitions;
      customProperties?: CustomProperties;
    }
  | TeamMember[];

/**
 * A data contract (Open Data Contract Standard 3.0 to 3.2)
 */
export interface DataContract {
  /**
   * Version of the standard the contract is written in
   */
  apiVersion: "v3.2.0" | "v3.1.0" | "v3.0.2" | "v3.0.1" | "v3.0.0";
  /**
   * What the file is
   */
  kind: "DataContract";
  /**
   * Identifies the contract for ever; a UUID
   */
  id: string;
  /**
   * Name of the contract
   */
  name?: string;
  /**
   * Version of the contract, semver
   */
  version: string;
  /**
   * Where the contract is in its life
   */
  status?: string;
  /**
   * Organisation the data belongs to
   */
  tenant?: string;
  /**
   * Domain that owns the data
   */
  domain?: string;
  /**
   * @deprecated
   * Data product the contract belongs to
   */
  dataProduct?: string;
  description?: Description;
  context?: Context;
  tags?: Tags;
  /**
   * Where the data can be had
   */
  servers?: Server[];
  /**
   * What the data looks like
   */
  schema?: SchemaObject[];
  /**
   * Where to ask
   */
  support?: SupportChannel[];
  price?: Price;
  team?: Team;
  /**
   * Roles that give access
   */
  roles?: Role[];
  /**
   * @deprecated
   * What promises without `element` are about
   */
  slaDefaultElement?: string;
  /**
   * What is promised
   */
  slaProperties?: SlaProperty[];
  authoritativeDefinitions?: AuthoritativeDefinitions;
  customProperties?: CustomProperties;
  /**
   * When the contract was written, ISO 8601 with time zone
   */
  contractCreatedTs?: string;
}
/**
 * What the data is for, in prose
 */
export interface Description {
  /**
   * What the data was made for
   */
  purpose?: string;
  /**
   * What it cannot tell, and what must not be done with it
   */
  limitations?: string;
  /**
   * How it is meant to be used
   */
  usage?: string;
  authoritativeDefinitions?: AuthoritativeDefinitions;
  customProperties?: CustomProperties;
}
/**
 * A link to a definition kept elsewhere
 */
export interface AuthoritativeDefinition {
  id?: StableId;
  /**
   * What is behind the link
   */
  type: string;
  /**
   * The link
   */
  url: string;
  /**
   * What one finds there
   */
  description?: string;
}
/**
 * One key and value of your own
 */
export interface CustomProperty {
  id?: StableId;
  /**
   * Its name, lower camel case
   */
  property: string;
  value: unknown;
  /**
   * What it means
   */
  description?: string;
  /**
   * The tool or company the property belongs to, lower case
   */
  vendor?: string;
}
/**
 * A question, and its settled answer when there is one
 */
export interface VerifiedStatement {
  /**
   * Identifies the entry
   */
  id?: string;
  /**
   * The question
   */
  question: string;
  /**
   * The answer
   */
  answer?: string;
  authoritativeDefinitions?: AuthoritativeDefinitions;
  tags?: Tags;
  customProperties?: CustomProperties;
}
/**
 * One thing that must not be done
 */
export interface ContextConstraint {
  /**
   * Identifies the entry
   */
  id?: string;
  /**
   * What must not be done
   */
  constraint: string;
  authoritativeDefinitions?: AuthoritativeDefinitions;
  tags?: Tags;
  customProperties?: CustomProperties;
}
/**
 * A place where the data can be had
 */
export interface Server {
  id?: StableId;
  /**
   * Name of the server in this contract
   */
  server: string;
  /**
   * Kind of server; it decides which of the keys apply
   */
  type:
    | "api"
    | "athena"
    | "azure"
    | "bigquery"
    | "btrieve"
    | "clickhouse"
    | "cloudsql"
    | "custom"
    | "databricks"
    | "db2"
    | "denodo"
    | "dremio"
    | "duckdb"
    | "exasol"
    | "fastobjects"
    | "glue"
    | "hana"
    | "hive"
    | "iceberg"
    | "impala"
    | "informix"
    | "ingres"
    | "kafka"
    | "kinesis"
    | "local"
    | "mysql"
    | "oracle"
    | "poet"
    | "postgres"
    | "postgresql"
    | "presto"
    | "pubsub"
    | "redshift"
    | "s3"
    | "sftp"
    | "snowflake"
    | "sqlserver"
    | "synapse"
    | "teradata"
    | "trino"
    | "vectorwise"
    | "versant"
    | "vertica"
    | "zen";
  /**
   * What the server is for
   */
  description?: string;
  /**
   * Stage it belongs to
   */
  environment?: string;
  /**
   * Roles that open this server
   */
  roles?: Role[];
  customProperties?: CustomProperties;
  /**
   * Account at the provider
   */
  account?: string;
  /**
   * Catalog that holds the schemas
   */
  catalog?: string;
  catalogUrl?: Location;
  /**
   * Database name or file
   */
  database?: string;
  /**
   * Dataset name
   */
  dataset?: string;
  /**
   * What stands between records
   */
  delimiter?: string;
  /**
   * Character encoding of the payload; UTF-8 when absent
   */
  encoding?: string;
  endpointUrl?: Location;
  /**
   * Format of the files or messages
   */
  format?: string;
  /**
   * Host name, with the port where there is no key for it
   */
  host?: string;
  location?: Location;
  /**
   * Path inside the catalog
   */
  namespace?: string;
  /**
   * File or folder
   */
  path?: string;
  port?: Port;
  /**
   * Project name
   */
  project?: string;
  /**
   * Region of the provider
   */
  region?: string;
  /**
   * Region of the provider
   */
  regionName?: string;
  /**
   * Schema name
   */
  schema?: string;
  /**
   * Service name
   */
  serviceName?: string;
  /**
   * Folder for results of queries
   */
  stagingDir?: string;
  /**
   * Stream name
   */
  stream?: string;
  /**
   * Compute or storage warehouse
   */
  warehouse?: string;
  /**
   * Workgroup that runs the queries
   */
  workgroup?: string;
}
/**
 * A role that gives access
 */
export interface Role {
  id?: StableId;
  /**
   * Name of the role
   */
  role: string;
  /**
   * Who has it
   */
  description?: string;
  /**
   * What it allows
   */
  access?: string;
  /**
   * Who approves first
   */
  firstLevelApprovers?: string;
  /**
   * Who approves next
   */
  secondLevelApprovers?: string;
  customProperties?: CustomProperties;
}
/**
 * A table, topic, document: one kind of record
 */
export interface SchemaObject {
  id?: StableId;
  /**
   * What it is called in the contract
   */
  name: string;
  /**
   * What it is called in the engine
   */
  physicalName?: string;
  /**
   * What the engine calls such a thing
   */
  physicalType?: string;
  /**
   * Always an object
   */
  logicalType?: "object";
  /**
   * What people call it
   */
  businessName?: string;
  /**
   * Other words for it
   */
  synonyms?: Synonym[];
  /**
   * What one record stands for
   */
  description?: string;
  /**
   * What makes two records different
   */
  dataGranularityDescription?: string;
  /**
   * Still there, but not for new uses
   */
  deprecated?: boolean;
  context?: Context;
  tags?: Tags;
  /**
   * The columns or fields
   */
  properties?: NamedProperty[];
  /**
   * Foreign keys, composite ones above all
   */
  relationships?: ObjectRelationship[];
  /**
   * What must hold for the records together
   */
  quality?: QualityRule[];
  authoritativeDefinitions?: AuthoritativeDefinitions;
  customProperties?: CustomProperties;
}
/**
 * Another word for the same thing
 */
export interface Synonym {
  id?: StableId;
  /**
   * The other word
   */
  synonym: string;
  /**
   * Its language, such as `en-AU`
   */
  locale?: string;
  /**
   * Who says so
   */
  source?: string;
  /**
   * Whether the word is still used
   */
  status?: string;
  /**
   * When the word is used
   */
  description?: string;
  customProperties?: CustomProperties;
}
/**
 * What is said of a column, a field or an item
 */
export interface Property {
  id?: StableId;
  /**
   * What it is called in the contract
   */
  name?: string;
  /**
   * What it is called in the engine
   */
  physicalName?: string;
  /**
   * The engine's own type
   */
  physicalType?: string;
  /**
   * The type, whatever the engine
   */
  logicalType?:
    "string" | "date" | "timestamp" | "time" | "number" | "integer" | "object" | "array" | "boolean" | "map" | "vector";
  logicalTypeOptions?: LogicalTypeOptions;
  /**
   * What people call it
   */
  businessName?: string;
  /**
   * Other words for it
   */
  synonyms?: Synonym[];
  /**
   * What the value means
   */
  description?: string;
  /**
   * Whether it is stored, or computed as a measure or dimension
   */
  semanticType?: "column" | "measure" | "dimension";
  /**
   * Still there, but not for new uses
   */
  deprecated?: boolean;
  /**
   * Part of the primary key
   */
  primaryKey?: boolean;
  /**
   * Place in a composite key, from 1; -1 when not part of it
   */
  primaryKeyPosition?: number;
  /**
   * Never null
   */
  required?: boolean;
  /**
   * No value twice
   */
  unique?: boolean;
  /**
   * The closed set of values
   */
  enum?: EnumValue[];
  /**
   * Records are partitioned by it
   */
  partitioned?: boolean;
  /**
   * Place in a composite partition key, from 1; -1 when not part of it
   */
  partitionKeyPosition?: number;
  /**
   * How carefully it must be handled
   */
  classification?: string;
  /**
   * The property that holds the same value encrypted
   */
  encryptedName?: string;
  /**
   * Decisions hang on it
   */
  criticalDataElement?: boolean;
  /**
   * What it is computed from
   */
  transformSourceObjects?: string[];
  /**
   * How it is computed, as code
   */
  transformLogic?: string;
  /**
   * How it is computed, in words
   */
  transformDescription?: string;
  /**
   * Values as they may appear
   */
  examples?: unknown[];
  /**
   * Fields of an object
   */
  properties?: NamedProperty[];
  items?: Property;
  map?: MapTypes;
  /**
   * Foreign keys that start here
   */
  relationships?: PropertyRelationship[];
  /**
   * What must hold for the values
   */
  quality?: QualityRule[];
  tags?: Tags;
  authoritativeDefinitions?: AuthoritativeDefinitions;
  customProperties?: CustomProperties;
}
/**
 * Limits of the values; which keys apply depends on `logicalType`
 */
export interface LogicalTypeOptions {
  /**
   * Fewest characters
   */
  minLength?: number;
  /**
   * Most characters
   */
  maxLength?: number;
  /**
   * Regular expression (ECMA-262) the text matches
   */
  pattern?: string;
  /**
   * Width of an integer or number, layout of a date, kind of a text
   */
  format?: string;
  /**
   * Smallest value
   */
  minimum?: number | string;
  /**
   * Largest value
   */
  maximum?: number | string;
  /**
   * Values are above this; in 3.0: whether `minimum` itself is out
   */
  exclusiveMinimum?: number | string | boolean;
  /**
   * Values are below this; in 3.0: whether `maximum` itself is out
   */
  exclusiveMaximum?: number | string | boolean;
  /**
   * Values are multiples of this
   */
  multipleOf?: number;
  /**
   * Whether values carry a time zone
   */
  timezone?: boolean;
  /**
   * Time zone of values that carry none
   */
  defaultTimezone?: string;
  /**
   * Fewest fields
   */
  minProperties?: number;
  /**
   * Most fields
   */
  maxProperties?: number;
  /**
   * Fields that are always there
   */
  required?: string[];
  /**
   * Fewest items
   */
  minItems?: number;
  /**
   * Most items
   */
  maxItems?: number;
  /**
   * No item twice
   */
  uniqueItems?: boolean;
  /**
   * Length of the vector
   */
  dimensions?: number;
  /**
   * Number type of a vector's elements
   */
  elementType?: "bfloat16" | "binary" | "float16" | "float32" | "float64" | "int8" | "uint8";
  /**
   * How vectors are compared
   */
  distanceMetric?: "cosine" | "dotProduct" | "euclidean" | "hamming" | "manhattan";
  /**
   * Vectors have length one
   */
  normalized?: boolean;
  /**
   * Model that made the vectors
   */
  embeddingModel?: string;
  /**
   * Its version
   */
  embeddingModelVersion?: string;
}
/**
 * One of the values
 */
export interface EnumValue {
  value: Scalar;
  /**
   * How it is shown
   */
  label?: string;
  id?: StableId;
  /**
   * What it means
   */
  description?: string;
  tags?: Tags;
  authoritativeDefinitions?: AuthoritativeDefinitions;
  customProperties?: CustomProperties;
}
/**
 * Types of a map's keys and values
 */
export interface MapTypes {
  key: Property;
  value: Property;
}
/**
 * A foreign key from this property
 */
export interface PropertyRelationship {
  id?: StableId;
  type?: RelationshipType;
  to: ReferenceOrList;
  customProperties?: CustomProperties;
}
/**
 * One thing that must hold
 */
export interface QualityRule {
  id?: StableId;
  /**
   * Short name
   */
  name?: string;
  /**
   * What must hold, for people
   */
  description?: string;
  /**
   * How it is checked
   */
  type?: "library" | "text" | "sql" | "custom";
  /**
   * What a library rule measures
   */
  metric?: "nullValues" | "missingValues" | "invalidValues" | "duplicateValues" | "rowCount";
  /**
   * The word for `metric` before 3.1
   */
  rule?: string;
  /**
   * What the metric needs to know, such as `validValues`
   */
  arguments?: {
    [k: string]: unknown;
  };
  /**
   * SQL that yields one value; `{object}` and `{property}` stand for the names
   */
  query?: string;
  /**
   * Tool that runs a custom rule
   */
  engine?: string;
  /**
   * The rule in the tool's own language
   */
  implementation?:
    | string
    | {
        [k: string]: unknown;
      };
  /**
   * Equal to
   */
  mustBe?: unknown;
  /**
   * Not equal to
   */
  mustNotBe?: unknown;
  /**
   * Above
   */
  mustBeGreaterThan?: number;
  /**
   * At least
   */
  mustBeGreaterOrEqualTo?: number;
  /**
   * Below
   */
  mustBeLessThan?: number;
  /**
   * At most
   */
  mustBeLessOrEqualTo?: number;
  /**
   * From the first to the second, both included
   *
   * @minItems 2
   * @maxItems 2
   */
  mustBeBetween?: [number, number];
  /**
   * Below the first or above the second
   *
   * @minItems 2
   * @maxItems 2
   */
  mustNotBeBetween?: [number, number];
  /**
   * What the measured number counts
   */
  unit?: string;
  /**
   * Which side of quality it is about
   */
  dimension?: "accuracy" | "completeness" | "conformity" | "consistency" | "coverage" | "timeliness" | "uniqueness";
  /**
   * How the check is done
   */
  method?: string;
  /**
   * What a failure means
   */
  severity?: string;
  /**
   * Who suffers when it fails
   */
  businessImpact?: string;
  /**
   * When it runs, in the scheduler's language
   */
  schedule?: string;
  /**
   * What runs it
   */
  scheduler?: string;
  tags?: Tags;
  authoritativeDefinitions?: AuthoritativeDefinitions;
  customProperties?: CustomProperties;
}
/**
 * A foreign key between properties of two objects
 */
export interface ObjectRelationship {
  id?: StableId;
  type?: RelationshipType;
  from: ReferenceOrList;
  to: ReferenceOrList;
  customProperties?: CustomProperties;
}
/**
 * Where to ask and where news is told
 */
export interface SupportChannel {
  id?: StableId;
  /**
   * Name of the channel
   */
  channel: string;
  /**
   * Where it is
   */
  url?: string;
  /**
   * What it is for
   */
  description?: string;
  /**
   * What it runs on
   */
  tool?: string;
  /**
   * What belongs there
   */
  scope?: string;
  /**
   * How to join
   */
  invitationUrl?: string;
  customProperties?: CustomProperties;
}
/**
 * What the data costs
 */
export interface Price {
  id?: StableId;
  /**
   * Amount
   */
  priceAmount?: number;
  /**
   * ISO 4217 code
   */
  priceCurrency?: string;
  /**
   * What one pays for
   */
  priceUnit?: string;
}
/**
 * One person
 */
export interface TeamMember {
  id?: StableId;
  /**
   * Account or mail address
   */
  username: string;
  /**
   * Name
   */
  name?: string;
  /**
   * What the person does here
   */
  description?: string;
  /**
   * Role in the team
   */
  role?: string;
  /**
   * First day, YYYY-MM-DD
   */
  dateIn?: string;
  /**
   * Last day, YYYY-MM-DD
   */
  dateOut?: string;
  /**
   * Who took over
   */
  replacedByUsername?: string;
  tags?: Tags;
  authoritativeDefinitions?: AuthoritativeDefinitions;
  customProperties?: CustomProperties;
}
/**
 * One promise
 */
export interface SlaProperty {
  id?: StableId;
  /**
   * What is promised
   */
  property: string;
  value: Scalar;
  valueExt?: Scalar;
  /**
   * What the value counts
   */
  unit?: string;
  /**
   * What the promise is about: `object.property`, several separated by commas
   */
  element?: string;
  /**
   * Why it matters
   */
  driver?: string;
  /**
   * The promise in words
   */
  description?: string;
  /**
   * What runs the check
   */
  scheduler?: string;
  /**
   * When the check runs
   */
  schedule?: string;
  authoritativeDefinitions?: AuthoritativeDefinitions;
  customProperties?: CustomProperties;
}
