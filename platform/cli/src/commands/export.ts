import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { personOptions, tokenToSend } from "../asking-person.ts";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import { countOf } from "../count-text.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { type FetchedFile, fetchFile } from "../fetch-file.ts";
import { findOperator } from "../operator-client.ts";
import { loadSettings } from "../settings.ts";

const formats = ["csv", "json", "ndjson", "parquet", "arrow"];

export const exportFile: Command = {
  name: "mesh export",
  summary: "Write a product as a file: CSV, JSON, NDJSON, Parquet or Arrow.",
  usage: "<domain/product>",
  details:
    "Asks the running gateway when there is one (or --url), and otherwise reads the published files directly. Without a\n" +
    "token it asks as you, by your user name on this machine; a gateway elsewhere is asked as nobody. What you may not\n" +
    "read is left out. <domain/product>/v1 is an earlier major version.",
  options: {
    format: {
      type: "string",
      value: "<format>",
      description: `${formats.join(", ")}; by the file's ending, else csv.`,
    },
    output: { type: "string", value: "<file>", description: "Where to write; stdout unless given." },
    select: { type: "string", value: "<columns>", description: "These columns: code,name" },
    where: { type: "string", value: "<json>", description: 'As in GraphQL: {"calls":{"gte":100}}' },
    order: { type: "string", value: "<columns>", description: "- for descending: --order=-week,unit_code" },
    limit: { type: "string", value: "<n>", description: "So many rows at most." },
    snapshot: { type: "string", value: "<id>", description: "An older state; mesh snapshots lists them." },
    safe: { type: "boolean", description: "CSV: texts that a spreadsheet would take for formulas get an apostrophe." },
    purpose: { type: "string", value: "<purpose>", description: "What it is for: learning-research" },
    token: { type: "string", value: "<token>", description: "Who asks, from mesh token; or set MESH_TOKEN." },
    ...personOptions,
    url: { type: "string", value: "<url>", description: "A gateway elsewhere: http://host:4000" },
  },
  positionals: [1, 1],
  examples: [
    ["mesh export ontrack-learning/units", "as CSV, on stdout"],
    ["mesh export ontrack-learning/units --output units.parquet", "as a Parquet file"],
    ["mesh export ontrack-learning/feedback-turnaround --order=-week --limit 10 --format json", "the ten newest rows"],
  ],
  run: write,
};

async function write(input: CommandInput, effects: Effects): Promise<number> {
  const output = input.text("output");
  if (input.json && output === undefined) throw usage(exportFile, "--json tells of the file, so it needs --output");
  const address = addressOf(input, output);
  const settings = await loadSettings(effects.cwd, effects.env);
  const token = await tokenToSend(exportFile, input, { settings, effects });
  const url = input.text("url") ?? findOperator(settings.home)?.graphqlUrl.replace(/\/graphql$/, "");
  if (url !== undefined)
    return save(await fetchFile(`${url}${address}`, { token, signal: effects.signal }), { input, effects, output });
  const { openLocalFiles } = await import("../local-files.ts");
  await using local = await openLocalFiles(settings, effects);
  const file = await fetchFile(`${local.url}${address}`, { token, signal: effects.signal });
  return await save(file, { input, effects, output });
}

/** The rest of the address is checked where the file is. */
function addressOf(input: CommandInput, output: string | undefined): string {
  const [product = ""] = input.positionals;
  if (!/^[a-z0-9-]+\/[a-z0-9-]+(\/v\d+)?$/.test(product))
    throw usage(exportFile, `mesh export needs a product such as ontrack-learning/units, not ${product}`);
  const format = formatOf(input.text("format"), output);
  const query = new URLSearchParams();
  for (const name of ["select", "where", "order", "limit", "snapshot", "purpose"]) {
    const value = input.text(name);
    if (value !== undefined) query.set(name, value);
  }
  if (input.flag("safe")) query.set("safe", "1");
  return `/products/${product}.${format}?${query}`;
}

/** A file that is not what its name says would be taken for damaged, or worse, for something else. */
function formatOf(said: string | undefined, output: string | undefined): string {
  const ending = path
    .extname(output ?? "")
    .slice(1)
    .toLowerCase();
  const format = said ?? (ending === "" ? "csv" : ending);
  if (formats.includes(format)) return format;
  if (said !== undefined) throw usage(exportFile, `--format is one of ${formats.join(", ")}, not ${format}`);
  throw usage(
    exportFile,
    `no product is written as .${ending}: name the file .${formats.join(", .")}, or say --format`,
  );
}

interface Saving {
  readonly input: CommandInput;
  readonly effects: Effects;
  readonly output: string | undefined;
}

async function save(
  { body, rows, truncated, snapshot }: FetchedFile,
  { input, effects, output }: Saving,
): Promise<number> {
  if (output === undefined) {
    for await (const piece of body) {
      if (effects.outSlowly === undefined) effects.out(Buffer.from(piece).toString());
      else await effects.outSlowly(piece);
    }
  } else await saveWhole(body, path.resolve(effects.cwd, output), effects);
  if (input.json) effects.out(`${JSON.stringify({ file: output, rows, truncated, snapshot })}\n`);
  else if (output !== undefined) effects.err(`${countOf(rows, "row")} of snapshot ${snapshot} in ${output}\n`);
  if (truncated) effects.err("there are more rows than the limit\n");
  return 0;
}

/** Under its own name when it is whole. */
async function saveWhole(body: AsyncIterable<Uint8Array>, file: string, { signal }: Effects): Promise<void> {
  const draft = `${file}.part`;
  try {
    await pipeline(Readable.from(body), createWriteStream(draft), { signal });
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true });
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined || !/^E[A-Z]+$/.test(code)) throw cause;
    throw cliError["export-not-written"]({ file, reason: code }, { cause });
  }
}
