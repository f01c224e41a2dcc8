#!/usr/bin/env node
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { formatMeshError, isMeshError } from "@thoth/kernel/mesh-error";
import { findContracts } from "./contract-files.ts";
import { generateModel, modelFile } from "./generate-model.ts";
import { type GeneratedFile, generateProduct, settle } from "./generate-product.ts";

const { values } = parseArgs({ options: { check: { type: "boolean", default: false }, root: { type: "string" } } });
const root = values.root ?? fileURLToPath(new URL("../../../", import.meta.url));

const failures = await Promise.all([generateStandard(), ...(await productContracts()).map(generateRow)]);
process.exitCode = failures.includes(true) ? 1 : 0;

async function productContracts(): Promise<string[]> {
  return (await findContracts(root)).filter(({ kind }) => kind === "product").map(({ file }) => file);
}

/** @returns whether it failed */
async function generateStandard(): Promise<boolean> {
  const path = fileURLToPath(modelFile);
  return tell({ file: relative(root, path), state: settle(path, await generateModel(), values.check) });
}

/** @returns whether it failed */
async function generateRow(contractFile: string): Promise<boolean> {
  try {
    return tell(await generateProduct(root, contractFile, { check: values.check }));
  } catch (error) {
    if (!isMeshError(error)) throw error;
    process.stderr.write(`${formatMeshError(error)}\n`);
    return true;
  }
}

/** @returns whether the file is stale */
function tell({ file, state }: GeneratedFile): boolean {
  const hint = state === "stale" ? "  (run: npm run generate)" : "";
  process.stdout.write(`${state.padEnd(8)}${file}${hint}\n`);
  return state === "stale";
}
