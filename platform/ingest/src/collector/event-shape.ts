import type { Property, SchemaObject } from "@thoth/contract/generated/odcs";
import { Ajv, type ErrorObject } from "ajv";
import type { DataValidateFunction } from "ajv/dist/types/index.js";
import formats from "ajv-formats";
import { ingestError } from "../errors.ts";
import { type CloudEvent, type EventProblem, parseTime, shownPath } from "./cloud-event.ts";

/**
 * What a contract says of the shape of an event and the values in it. Fields of `data` that it does not declare are taken
 * out of the event.
 * @throws MeshError `ingest/event-contract` when it says something that cannot be checked
 */
export function compileShape(object: SchemaObject, file: string): (event: CloudEvent) => EventProblem | undefined {
  const ajv = new Ajv({ removeAdditional: true, strictTypes: false, strictRequired: false });
  formats.default(ajv, [...jsonFormats]);
  ajv.addKeyword({ keyword: "moments", errors: "full", schemaType: "array", compile: compileMoments });
  const validate = ajv.compile({ ...objectSchema(object.properties ?? [], file), additionalProperties: true });
  return (event) => (validate(event) ? undefined : describeProblem(validate.errors?.[0]));
}

type JsonSchema = Readonly<Record<string, unknown>>;

function objectSchema(properties: readonly Property[], file: string): JsonSchema {
  const named = properties.map((declared) => [declared.name ?? "", fieldSchema(declared, file)] as const);
  return {
    type: "object",
    properties: Object.fromEntries(named),
    required: properties.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}

/** What need not be there may be null as well: it says as much. */
function fieldSchema(declared: Property, file: string): JsonSchema {
  const schema = propertySchema(declared, file);
  if (declared.required) return schema;
  const values = schema.enum as readonly unknown[] | undefined;
  return { ...schema, nullable: true, ...(values && { enum: [...values, null] }) };
}

function propertySchema(declared: Property, file: string): JsonSchema {
  const { enum: values, logicalType = "string", logicalTypeOptions: options = {} } = declared;
  const { minLength, maxLength, pattern, minItems, maxItems, uniqueItems, minProperties, maxProperties } = options;
  const limits = {
    ...{ minLength, maxLength, pattern, minItems, maxItems, uniqueItems, minProperties, maxProperties },
    ...(logicalType === "string" && { format: stringFormat(declared, file) }),
    ...(["integer", "number"].includes(logicalType) && { ...boundsOf(options), multipleOf: options.multipleOf }),
    ...(["date", "time", "timestamp"].includes(logicalType) && { moments: momentsOf(options) }),
    ...(values && { enum: values.map(({ value }) => value) }),
  };
  return {
    ...typeSchema(declared, file),
    ...Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined)),
  };
}

type Options = NonNullable<Property["logicalTypeOptions"]>;
type Bound = "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum";

function boundsOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Options): Partial<Record<Bound, unknown>> {
  return { minimum, maximum, exclusiveMinimum, exclusiveMaximum };
}

/** Formats of JSON Schema that can be checked; the others of ODCS say how a text is meant and not what it looks like. */
const jsonFormats = ["date", "date-time", "time", "email", "hostname", "ipv4", "ipv6", "uri", "uuid"] as const;
const unchecked: readonly string[] = ["binary", "byte", "password"];

function stringFormat({ name, logicalTypeOptions }: Property, file: string): string | undefined {
  const format = logicalTypeOptions?.format;
  if (format === undefined || unchecked.includes(format)) return undefined;
  if (jsonFormats.some((known) => known === format)) return format;
  const problem = `gives ${name} the format ${JSON.stringify(format)}, which cannot be checked`;
  throw ingestError["event-contract"]({ file, problem }, { at: { file } });
}

interface Moment {
  readonly bound: Bound;
  readonly text: string;
}

function momentsOf(options: Options): readonly Moment[] | undefined {
  const moments = Object.entries(boundsOf(options)).flatMap(([bound, text]) =>
    text === undefined ? [] : [{ bound: bound as Bound, text: String(text) }],
  );
  return moments.length === 0 ? undefined : moments;
}

const holds: Readonly<Record<Bound, (value: number | string, limit: number | string) => boolean>> = {
  minimum: (value, limit) => value >= limit,
  maximum: (value, limit) => value <= limit,
  exclusiveMinimum: (value, limit) => value > limit,
  exclusiveMaximum: (value, limit) => value < limit,
};

const inWords: Readonly<Record<Bound, string>> = {
  minimum: "must not be before",
  maximum: "must not be after",
  exclusiveMinimum: "must be after",
  exclusiveMaximum: "must be before",
};

/** Moments as moments, whatever zone they are written in; days and times of a day as they are written. */
function compileMoments(moments: readonly Moment[]): DataValidateFunction {
  const validate: DataValidateFunction = (value: unknown) => {
    if (typeof value !== "string") return true;
    const broken = moments.find(({ bound, text }) => {
      const [one, other] = [parseTime(value), parseTime(text)];
      return !(one === undefined || other === undefined ? holds[bound](value, text) : holds[bound](one, other));
    });
    validate.errors =
      broken === undefined ? [] : [{ keyword: "moments", message: `${inWords[broken.bound]} ${broken.text}` }];
    return broken === undefined;
  };
  return validate;
}

function typeSchema({ logicalType, properties, items, map }: Property, file: string): JsonSchema {
  switch (logicalType) {
    case "object":
      return objectSchema(properties ?? [], file);
    case "map":
      return {
        type: "object",
        ...(map && {
          propertyNames: propertySchema(map.key, file),
          additionalProperties: propertySchema(map.value, file),
        }),
      };
    case "array":
      return { type: "array", ...(items && { items: propertySchema(items, file) }) };
    case "timestamp":
      return { type: "string", format: "date-time" };
    case "date":
    case "time":
      return { type: "string", format: logicalType };
    case "integer":
    case "number":
    case "boolean":
      return { type: logicalType };
    default:
      return { type: "string" };
  }
}

function describeProblem(error: ErrorObject | undefined): EventProblem {
  const at = (error?.instancePath ?? "").split("/").slice(1).join(".");
  const missing = error?.keyword === "required" ? String(error.params.missingProperty) : undefined;
  const path = shownPath([at, missing].filter((part) => part).join("."));
  const what = error?.propertyName === undefined ? path : `a key of ${path}`;
  const message = missing === undefined ? `${what} ${error?.message}${allowedIn(error)}` : `${path} is missing`;
  return { code: "contract", message, ...(path !== "" && { path }) };
}

function allowedIn(error: ErrorObject | undefined): string {
  return error?.keyword === "enum" ? `: ${(error.params.allowedValues as readonly unknown[]).join(", ")}` : "";
}
