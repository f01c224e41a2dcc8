import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { contractFile, findContracts } from "@thoth/contract/contract-files";
import {
  type ExportFormat,
  exportFormats,
  isExportFormat,
  type SqlDialect,
  sqlDialects,
} from "@thoth/contract/export/export-format";
import { exportText } from "@thoth/contract/export/export-text";
import type { GeneratedFile } from "@thoth/contract/generate-product";
import { publishedVersions } from "@thoth/contract/read-contract-file";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { readExportSource } from "../export-source.ts";
import { productSdl } from "../product-sdl.ts";
import { loadSettings, type Settings } from "../settings.ts";
import { settleFiles } from "../settle-files.ts";

const formats = Object.keys(exportFormats).join(", ");

export const contractExport: Command = {
  name: "mesh contract export",
  summary: "Write a contract in the words of other tools: schemas, tables, descriptors, documentation.",
  usage: "<domain/product[@version] | file> --format <format>",
  details: `Formats: ${formats}. Prints the text; with --out it writes files, all of them or none. docs/exports.md says what each is for.`,
  options: {
    format: { type: "string", value: "<format>", description: "What to write." },
    dialect: { type: "string", value: "<engine>", description: "For ddl: duckdb (when left out) or postgres." },
    out: { type: "string", value: "<path>", description: "A file, or a folder to write into." },
    all: { type: "boolean", description: "Every product of the repository; needs --out <folder>." },
    check: { type: "boolean", description: "Write nothing; end with 1 when a file is not up to date." },
  },
  positionals: [0, 1],
  examples: [
    ["mesh contract export ontrack-learning/units --format ddl --dialect postgres", "CREATE TABLE, on the screen"],
    ["mesh contract export ontrack-learning/units@1.0.0 --format odcs-3.1 --out units.yaml", "what is published"],
    ["mesh contract export --all --format html --out site", "a page for every product"],
    ["mesh contract export --all --format markdown --out docs/products --check", "for CI: is it up to date?"],
  ],
  run: runExport,
};

interface Request {
  readonly format: ExportFormat;
  readonly dialect: SqlDialect;
  readonly check: boolean;
}

interface Exported {
  /** Of the contract: `ontrack-learning/units`, or what stands for it where it names neither. */
  readonly product: string;
  readonly text: string;
}

async function runExport(input: CommandInput, effects: Effects): Promise<number> {
  const request = readRequest(input);
  const settings = await loadSettings(effects.cwd, effects.env);
  const files = input.flag("all")
    ? await productFiles(settings.root)
    : [await namedFile(settings.root, input, effects)];
  const exports: Exported[] = [];
  for (const file of files) {
    effects.signal.throwIfAborted();
    exports.push(await exportFile(settings, file, request));
  }
  const out = input.text("out");
  if (out === undefined) return print(exports, request, input, effects);
  const paths = exports.map(({ product }) => targetPath(product, path.resolve(effects.cwd, out), input, request));
  for (const file of paths) refuseContracts(settings.root, file);
  const states = settleFiles(
    exports.map(({ text }, index) => ({ path: paths[index] ?? "", text })),
    request.check,
  );
  const results = exports.map((one, index) => ({
    product: one.product,
    format: request.format,
    file: path.relative(effects.cwd, paths[index] ?? ""),
    state: states[index] ?? "stale",
    text: one.text,
  }));
  return report(results, input, effects);
}

function readRequest(input: CommandInput): Request {
  const format = input.text("format");
  const dialect = input.text("dialect") ?? "duckdb";
  const wrong = (problem: string) => usage(contractExport, problem);
  if (format === undefined) throw wrong(`--format is missing; there is ${formats}`);
  if (!isExportFormat(format)) throw wrong(`--format takes one of ${formats}, not ${format}`);
  if (!isDialect(dialect)) throw wrong(`--dialect takes ${sqlDialects.join(" or ")}, not ${dialect}`);
  if (input.text("dialect") !== undefined && format !== "ddl") throw wrong("--dialect is for --format ddl only");
  const all = input.flag("all");
  if (all === input.positionals.length > 0)
    throw wrong(all ? "--all takes no product" : "Name a product or a file, or say --all");
  if (input.text("out") === undefined && all) throw wrong("--all needs --out <folder>");
  if (input.text("out") === undefined && input.flag("check")) throw wrong("--check needs --out: what is to be checked");
  return { format, dialect, check: input.flag("check") };
}

function isDialect(text: string): text is SqlDialect {
  return (sqlDialects as readonly string[]).includes(text);
}

async function productFiles(root: string): Promise<string[]> {
  return (await findContracts(root)).filter(({ kind }) => kind === "product").map(({ file }) => file);
}

/** A product as it is in work, `…@1.0.0` as published, or the file of any contract. */
async function namedFile(root: string, { positionals }: CommandInput, { cwd }: Effects): Promise<string> {
  const [name = ""] = positionals;
  const [, product, version] = /^([a-z0-9-]+\/[a-z0-9-]+)(?:@(.+))?$/.exec(name) ?? [];
  const absolute = path.resolve(cwd, name);
  if (product === undefined || statSync(absolute, { throwIfNoEntry: false })?.isFile())
    return repositoryPath(root, absolute);
  const known = (await findContracts(root)).flatMap((file) =>
    file.kind === "product" ? [`${file.domain}/${file.product}`] : [],
  );
  const versions = publishedVersions(root, `contracts/published/${product}`);
  if (version !== undefined && versions.length > 0) {
    if (!versions.includes(version)) throw cliError["unknown-version"]({ product, version, known: versions });
    return `contracts/published/${product}/${version}.odcs.yaml`;
  }
  if (!known.includes(product)) throw cliError["unknown-product"]({ name: product, known });
  if (version !== undefined) throw cliError["unknown-version"]({ product, version, known: versions });
  const [domain, last] = product.split("/");
  return `domains/${domain}/products/${last}/contract.odcs.yaml`;
}

function repositoryPath(root: string, absolute: string): string {
  const inside = path.relative(root, absolute);
  return inside.startsWith("..") || path.isAbsolute(inside) ? absolute : inside.split(path.sep).join("/");
}

async function exportFile(settings: Settings, file: string, { format, dialect }: Request): Promise<Exported> {
  const source = await readExportSource(settings, file);
  const text =
    format === "sdl" ? await productSdl(settings.root, source.model) : await exportText(source, format, { dialect });
  const { domain, name, id } = source.contract;
  return { product: domain !== undefined && name !== undefined ? `${domain}/${name}` : (name ?? id), text };
}

/** `<folder>/<domain>/<product>.html` for all, `<folder>/<product>.html` for one, or the file itself. */
function targetPath(product: string, out: string, input: CommandInput, { format }: Request): string {
  const { extension } = exportFormats[format];
  if (input.flag("all")) return path.join(out, `${product}${extension}`);
  const isFolder = /[\\/]$/.test(input.text("out") ?? "") || (existsSync(out) && statSync(out).isDirectory());
  return isFolder ? path.join(out, `${path.posix.basename(product)}${extension}`) : out;
}

/** What teams write and what is published is never written over by what is made from it. */
function refuseContracts(root: string, file: string): void {
  const place = path.relative(root, file);
  if (contractFile(place)) throw usage(contractExport, `${place} is a contract; write the export somewhere else`);
}

function print(exports: readonly Exported[], { format }: Request, { json }: CommandInput, effects: Effects): number {
  for (const { product, text } of exports)
    effects.out(json ? `${JSON.stringify({ product, format, text }, null, 2)}\n` : text);
  return 0;
}

interface Result extends Exported, GeneratedFile {
  readonly format: ExportFormat;
}

function report(results: readonly Result[], input: CommandInput, effects: Effects): number {
  const stale = results.some(({ state }) => state === "stale");
  if (input.json) {
    const [only] = results;
    effects.out(`${JSON.stringify(input.flag("all") ? { exports: results } : only, null, 2)}\n`);
  } else {
    for (const { file, state } of results) effects.out(`${state.padEnd(8)}${file}\n`);
    if (stale) effects.out("Run the same command without --check to bring them up to date.\n");
  }
  return stale ? 1 : 0;
}
