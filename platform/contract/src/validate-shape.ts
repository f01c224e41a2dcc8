import { readFileSync } from "node:fs";
import { Ajv2019, type ErrorObject, type ValidateFunction } from "ajv/dist/2019.js";
import formats from "ajv-formats";
import type { DataContract } from "./generated/odcs.ts";

export type ShapeError = ErrorObject;

/** Errors of a value against our JSON Schema of the standard, raw; none means the value is a `DataContract`. */
export const validateShape = shapeValidator<DataContract>("odcs.schema.json");

/**
 * A validator for one of our schemas, compiled when first used.
 * @param schemaFile name under `schema/`
 */
export function shapeValidator<Shape>(schemaFile: string): (value: unknown) => readonly ShapeError[] {
  let compiled: ValidateFunction<Shape> | undefined;
  return (value) => {
    compiled ??= compileSchema<Shape>(schemaFile);
    return compiled(value) ? [] : (compiled.errors ?? []);
  };
}

function compileSchema<Shape>(schemaFile: string): ValidateFunction<Shape> {
  const schema = JSON.parse(readFileSync(new URL(`../schema/${schemaFile}`, import.meta.url), "utf8")) as object;
  const ajv = new Ajv2019({
    allErrors: true,
    verbose: true,
    allowUnionTypes: true,
    strictTypes: false,
    strictRequired: false,
    // a test holds the schemas against their meta-schema; here both would only delay every start
    validateSchema: false,
    code: { optimize: false },
  });
  formats.default(ajv, ["date", "date-time", "uri"]);
  return ajv.compile<Shape>(schema);
}
