import { readFile } from "node:fs/promises";
import { compile, type JSONSchema } from "json-schema-to-typescript";

const schemaFile = new URL("../schema/odcs.schema.json", import.meta.url);

/** The file that `generateModel` fills. */
export const modelFile = new URL("./generated/odcs.ts", import.meta.url);

/** TypeScript source of the contract's model, written from our JSON Schema of the standard. */
export async function generateModel(): Promise<string> {
  const schema = JSON.parse(await readFile(schemaFile, "utf8")) as SchemaNode;
  return compile(shapeOnly(schema) as JSONSchema, "DataContract", {
    additionalProperties: false,
    bannerComment: "// Generated from schema/odcs.schema.json by `npm run generate`; changes belong there.",
    style: { printWidth: 120 },
  });
}

type SchemaNode = { [key: string]: unknown };

/** Types say which keys there are; conditions between keys are for the validator, and would only blur them. */
function shapeOnly(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(shapeOnly);
  if (!isNode(node)) return node;
  if ("$ref" in node) return { $ref: node.$ref };
  if (Object.keys(node).join() === "description") return { ...node, tsType: "unknown" };
  const kept = Object.entries(node).filter(([key, value]) => keepsShape(node, key, value));
  return Object.fromEntries(
    kept.map(([key, value]) => [key, key === "properties" ? properties(value) : shapeOnly(value)]),
  );
}

function keepsShape(node: SchemaNode, key: string, value: unknown): boolean {
  if (["$id", "if", "then", "else"].includes(key)) return false;
  if (key === "allOf") return !(value as SchemaNode[]).some((part) => "if" in part);
  if (key === "anyOf" || key === "oneOf") return node.type === undefined;
  return key !== "minItems" || node.maxItems !== undefined;
}

function properties(value: unknown): SchemaNode {
  const allowed = Object.entries(value as SchemaNode).filter(
    ([, property]) => !(isNode(property) && "not" in property),
  );
  return Object.fromEntries(allowed.map(([name, property]) => [name, shapeOnly(property)]));
}

function isNode(value: unknown): value is SchemaNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
