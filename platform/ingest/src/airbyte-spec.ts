import type { ErrorObject } from "ajv";
import { type AirbyteAsking, askAirbyte } from "./airbyte-verb.ts";
import { ingestError } from "./errors.ts";

/**
 * Holds the configuration against what the source says that it takes, so that a misspelt key is told before anything
 * connects. A source that says nothing usable is asked nothing.
 * @throws MeshError `ingest/invalid-config` with paths and rules, never values
 */
export async function checkConfig(asking: AirbyteAsking): Promise<void> {
  let schema: unknown;
  for await (const message of askAirbyte(asking, "spec")) {
    if (message.kind === "spec") schema = message.schema;
  }
  const config = parseConfig(asking);
  if (typeof schema !== "object" || schema === null) return;
  const problems = await judge(schema, config);
  if (problems.length === 0) return;
  throw ingestError["invalid-config"]({ source: asking.place, problems }, { at: { path: asking.place } });
}

function parseConfig({ config, place }: AirbyteAsking): unknown {
  try {
    return JSON.parse(config);
  } catch {
    // The parser's own message quotes what it read.
    throw ingestError["invalid-config"]({ source: place, problems: ["it is not JSON"] }, { at: { path: place } });
  }
}

const shownProblems = 5;

/** Connectors use keywords of their own, and dialects that differ in nothing that matters here. */
async function judge(schema: object, config: unknown): Promise<string[]> {
  const { Ajv } = await import("ajv");
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, logger: false });
  const { $schema: _dialect, $id: _id, ...plain } = JSON.parse(JSON.stringify(schema)) as Record<string, unknown>;
  let validate: ReturnType<typeof ajv.compile>;
  try {
    validate = ajv.compile(plain);
  } catch {
    return [];
  }
  if (validate(config)) return [];
  return [...new Set((validate.errors ?? []).map(describe))].slice(0, shownProblems);
}

function describe({ instancePath, keyword, params, message = "does not fit" }: ErrorObject): string {
  const where = instancePath === "" ? "it" : instancePath.slice(1);
  if (keyword === "additionalProperties") return `${where} must not have ${params.additionalProperty}`;
  return `${where} ${message}`;
}
