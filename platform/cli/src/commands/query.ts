import { readFile } from "node:fs/promises";
import path from "node:path";
import { personOptions, tokenToSend } from "../asking-person.ts";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { explanationJson, explanationText } from "../explanation-text.ts";
import type { GraphqlRequest } from "../mesh-config.ts";
import { findOperator } from "../operator-client.ts";
import { postGraphql } from "../post-graphql.ts";
import { loadSettings, type Settings } from "../settings.ts";

export const query: Command = {
  name: "mesh query",
  summary: "Ask one GraphQL question across all domains.",
  usage: "<document | @file | ->",
  details:
    "Asks the running gateway when there is one (or --url), and otherwise reads the published files directly. Without a\n" +
    "token it asks as you, by your user name on this machine; a gateway elsewhere is asked as nobody.",
  options: {
    variables: { type: "string", value: "<json>", description: "Variables of the operation." },
    token: { type: "string", value: "<token>", description: "Who asks, from mesh token; or set MESH_TOKEN." },
    ...personOptions,
    purpose: { type: "string", value: "<purpose>", description: "What the answer is for: learning-research" },
    url: { type: "string", value: "<url>", description: "A gateway elsewhere: http://host:4000/graphql" },
    explain: { type: "boolean", description: "Say how it would be answered, with SQL and cost, and answer nothing." },
  },
  positionals: [1, 1],
  examples: [
    ["mesh query '{ units { nodes { code name } } }'", "the first units"],
    ['mesh query @question.graphql --variables \'{"code":"COS10001"}\'', "a document from a file"],
    ["mesh query '{ units { totalCount } }' --as ada --attr units=COS10001", "as somebody else sees it"],
    ["mesh query '{ units { totalCount } }' --explain", "what the engine would be asked"],
  ],
  run: ask,
};

async function ask(input: CommandInput, effects: Effects): Promise<number> {
  const asked = await readRequest(input, effects);
  const settings = await loadSettings(effects.cwd, effects.env);
  const request = { ...asked, token: await tokenToSend(query, input, { settings, effects }) };
  if (input.flag("explain")) return explain(request, settings, { input, effects });
  const url = input.text("url") ?? findOperator(settings.home)?.graphqlUrl;
  if (url !== undefined && !/^https?:/.test(URL.parse(url)?.protocol ?? ""))
    throw usage(query, `--url ${url} is no http URL`);
  const result = await (url === undefined ? askHere(request, settings, effects) : postGraphql(url, request, effects));
  effects.out(`${JSON.stringify(result, null, input.json ? undefined : 2)}\n`);
  return "errors" in result ? 1 : 0;
}

/** Plans are made here, from the same contracts and snapshots that a running gateway has. */
async function explain(
  request: GraphqlRequest,
  settings: Settings,
  { input, effects }: { readonly input: CommandInput; readonly effects: Effects },
): Promise<number> {
  if (input.text("url") !== undefined) throw usage(query, "--explain plans here, so it cannot be given with --url");
  const { openLocalGateway } = await import("../local-gateway.ts");
  await using gateway = await openLocalGateway(settings, effects);
  const explanation = await gateway.explain(request);
  effects.out(`${input.json ? explanationJson(explanation) : explanationText(explanation)}
`);
  return "errors" in explanation ? 1 : 0;
}

async function readRequest(input: CommandInput, effects: Effects): Promise<Omit<GraphqlRequest, "token">> {
  const [document = ""] = input.positionals;
  return {
    query: await readDocument(document, effects),
    variables: parseVariables(input.text("variables")),
    purpose: input.text("purpose"),
  };
}

async function readDocument(source: string, effects: Effects): Promise<string> {
  if (source === "-") return effects.input();
  if (!source.startsWith("@")) return source;
  const file = path.resolve(effects.cwd, source.slice(1));
  return readFile(file, "utf8").catch(() => Promise.reject(usage(query, `the file ${file} cannot be read`)));
}

function parseVariables(json: string | undefined): Record<string, unknown> {
  if (json === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw usage(query, "--variables is not JSON");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw usage(query, "--variables must be a JSON object");
}

/** The gateway without a port, in this process, over what is published. */
async function askHere(
  request: GraphqlRequest,
  settings: Settings,
  effects: Effects,
): Promise<Record<string, unknown>> {
  const { openLocalGateway } = await import("../local-gateway.ts");
  await using gateway = await openLocalGateway(settings, effects);
  return await gateway.query(request);
}
