import { capitalise, describeSpot, describeValue, isRecord, quote, valueAt } from "./describe-spot.ts";
import type { DocumentPath, FindingText } from "./finding.ts";
import { nearest, oneOf } from "./spelling.ts";
import type { ShapeError } from "./validate-shape.ts";

export type ShapeExplanation = FindingText & { readonly path: DocumentPath };

/** A validation error in a writer's words: what was expected, what was found, what is allowed. */
export function explainShapeError(error: ShapeError, document: unknown, whole: string): ShapeExplanation {
  const path = toPath(error.instancePath, document);
  const schema = isRecord(error.parentSchema) ? error.parentSchema : {};
  const explain = explanations[error.keyword] ?? explainLimit;
  return { path, ...explain({ error, path, schema, whole, spot: describeSpot(document, path, whole) }) };
}

interface Subject {
  readonly error: ShapeError;
  readonly path: DocumentPath;
  /** The schema that holds the failed keyword. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** What the document is called. */
  readonly whole: string;
  /** What the error is about, in words. */
  readonly spot: string;
}

type Explain = (subject: Subject) => FindingText & { readonly path?: DocumentPath };

const explanations: Readonly<Record<string, Explain>> = {
  additionalProperties: explainUnknownKey,
  propertyNames: explainInapplicableKey,
  required: explainMissingKey,
  dependentRequired: explainMissingCompanion,
  type: explainType,
  enum: explainChoice,
  const: explainRule("odcs-misplaced-key"),
  not: (subject) => ({ ...explainRule("odcs-misplaced-key")(subject), atKey: true }),
  maxProperties: explainRule("odcs-misplaced-key"),
  anyOf: explainAlternative,
  oneOf: explainOperator,
  pattern: explainFormat,
  format: explainFormat,
  uniqueItems: explainRepetition,
};

function explainUnknownKey({ error, path, schema, whole, spot }: Subject): ShapeExplanation {
  const key = String(error.params.additionalProperty);
  const known = Object.entries(isRecord(schema.properties) ? schema.properties : {});
  const allowed = known.filter(([, value]) => !(isRecord(value) && "not" in value)).map(([name]) => name);
  const message = `Unknown key ${quote(key)} in ${spot}`;
  return { path: [...path, key], atKey: true, rule: "odcs-unknown-key", message, hint: keyHint(key, allowed, whole) };
}

function explainInapplicableKey({ error, path, schema, whole, spot }: Subject): ShapeExplanation {
  const key = String(error.params.propertyName);
  const message = `The key ${quote(key)} does not apply to ${spot}`;
  const hint = keyHint(key, enumeration(schema.propertyNames), whole);
  return { path: [...path, key], atKey: true, rule: "odcs-misplaced-key", message, hint };
}

function keyHint(key: string, allowed: readonly string[], whole: string): string {
  const meant = nearest(key, allowed);
  if (meant !== undefined) return `Did you mean "${meant}"?`;
  const elsewhere = whole === "the contract" ? " What the standard has no key for goes into customProperties." : "";
  return `Known here: ${allowed.join(", ")}.${elsewhere}`;
}

function explainMissingKey({ error, schema, spot }: Subject): FindingText {
  const key = String(error.params.missingProperty);
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const meaning = isRecord(properties[key]) ? properties[key].description : undefined;
  const hint = typeof meaning === "string" ? `Add \`${key}\`: ${meaning}.` : `Add \`${key}\`.`;
  return { rule: "odcs-missing-key", message: `${capitalise(spot)} needs the key "${key}"`, hint };
}

function explainMissingCompanion({ error, spot }: Subject): FindingText {
  const { property, missingProperty } = error.params as { property: string; missingProperty: string };
  const message = `${capitalise(spot)} has "${property}", which says nothing without "${missingProperty}"`;
  return { rule: "odcs-missing-key", message, hint: `Add \`${missingProperty}\`.` };
}

const typeNames: Readonly<Record<string, string>> = {
  string: "a text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a map of keys",
  null: "null",
};

function explainType(subject: Subject): FindingText {
  const { error, schema, spot } = subject;
  if (isConditional(error)) return explainRule("odcs-relationship-shape")(subject);
  const wanted = [error.schema].flat().map(String);
  const expected = inWords(wanted.map((type) => typeNames[type] ?? type));
  const message = `${capitalise(spot)} must be ${expected}; here is ${describeValue(error.data)}`;
  const meaning = typeof schema.description === "string" ? `${schema.description}. ` : "";
  return { rule: "odcs-wrong-type", message, hint: meaning + typeHint(subject, wanted) };
}

function typeHint({ error, schema }: Subject, wanted: readonly string[]): string {
  const found: unknown = error.data;
  if (wanted.includes("string") && (typeof found === "number" || typeof found === "boolean"))
    return "Put the value in quotes to make it a text.";
  if (wanted.includes("boolean") && typeof found === "string")
    return "Write true or false without quotes; yes, no, on and off are texts in YAML.";
  if (wanted.includes("array")) return "Begin every entry on a line of its own with a dash.";
  if (wanted.includes("number") || wanted.includes("integer")) return "Write the number without quotes.";
  const [first] = Array.isArray(schema.required) ? schema.required : [];
  if (wanted.includes("object") && typeof first === "string" && typeof found === "string")
    return `Write \`${first}: ${found}\`.`;
  return "Write the value in the expected form.";
}

function inWords(choices: readonly string[]): string {
  const last = choices.at(-1) ?? "";
  return choices.length < 2 ? last : `${choices.slice(0, -1).join(", ")} or ${last}`;
}

function explainChoice({ error, schema, spot }: Subject): FindingText {
  const allowed = [error.schema].flat().map(String);
  const meant = nearest(String(error.data), allowed);
  const message = `${capitalise(spot)} cannot be ${describeValue(error.data)}`;
  const meaning = typeof schema.description === "string" ? ` ${schema.description}.` : "";
  const hint = `${meant === undefined ? "" : `Did you mean "${meant}"? `}Allowed: ${oneOf(allowed)}.${meaning}`;
  return { rule: "odcs-allowed-values", message, hint };
}

/** Where the schema forbids by condition, its description is the sentence to say. */
function explainRule(rule: string): Explain {
  return ({ schema, spot }) => ({
    rule,
    message: `${String(schema.description)} (${spot})`,
    hint: "Remove the key, or change what it depends on.",
  });
}

function isConditional(error: ShapeError): boolean {
  return /\/(then|else)\//.test(error.schemaPath);
}

const operators = /^must(Not)?Be/;

function explainOperator({ error, spot }: Subject): FindingText {
  const found = Object.keys(isRecord(error.data) ? error.data : {}).filter((key) => operators.test(key));
  const count = found.length === 0 ? "no operator" : `${found.length} operators (${found.join(", ")})`;
  const message = `${capitalise(spot)} has ${count}; it must have exactly one`;
  const hint = "Say with one key what must hold: `mustBe: 0`, `mustBeLessThan: 5`, `mustBeBetween: [1, 9]` …";
  return { rule: "odcs-one-operator", message, hint };
}

function explainAlternative(subject: Subject): FindingText {
  if (subject.schema.type === "string") return explainFormat(subject);
  const { schema, spot } = subject;
  return {
    rule: "odcs-missing-key",
    message: `${String(schema.description)} (${spot})`,
    hint: "Add `metric`, such as `metric: rowCount`.",
  };
}

const formats: Readonly<Record<string, string>> = {
  date: "A date is written YYYY-MM-DD",
  "date-time": 'A moment is written with its time zone: "2026-01-31T09:00:00Z"',
};

function explainFormat({ error, schema, spot }: Subject): FindingText {
  const meaning = formats[String(schema.format)] ?? String(schema.description);
  const message = `${capitalise(spot)} does not accept ${describeValue(error.data)}`;
  return { rule: "odcs-format", message, hint: `${meaning}.` };
}

function explainRepetition({ error, path, spot }: Subject): ShapeExplanation {
  const { i, j } = error.params as { i: number; j: number };
  const [first, second] = [Math.min(i, j), Math.max(i, j)];
  const message = `Entry ${second + 1} of ${spot} is the same as entry ${first + 1}`;
  return { path: [...path, second], rule: "odcs-duplicate", message, hint: "Remove one of the two." };
}

const limits: Readonly<Record<string, string>> = {
  minimum: "must be at least",
  exclusiveMinimum: "must be above",
  minItems: "must have at least this many entries:",
  maxItems: "must have at most this many entries:",
};

function explainLimit({ error, schema, spot }: Subject): FindingText {
  const limit = limits[error.keyword];
  const rule = limit === undefined ? (error.message ?? "is not valid") : `${limit} ${String(error.schema)}`;
  const found = Array.isArray(error.data) ? `a list of ${error.data.length}` : describeValue(error.data);
  const hint = typeof schema.description === "string" ? `${schema.description}.` : "Correct the value.";
  return { rule: "odcs-limit", message: `${capitalise(spot)} ${rule}; here is ${found}`, hint };
}

function enumeration(schema: unknown): string[] {
  if (!isRecord(schema)) return [];
  if (Array.isArray(schema.enum)) return schema.enum.map(String);
  return Array.isArray(schema.anyOf) ? schema.anyOf.flatMap(enumeration) : [];
}

/** `/schema/0/name` → `["schema", 0, "name"]`: a number only where the document has a list. */
function toPath(pointer: string, document: unknown): DocumentPath {
  const path: (string | number)[] = [];
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(valueAt(document, path)) ? Number(key) : key);
  }
  return path;
}
