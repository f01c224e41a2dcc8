#!/usr/bin/env node
// Plain JavaScript, because any Node from 20 on may start it; the command itself runs on Node 24.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findNode, requiredMajor, runChild, runSource } from "./run-node.mjs";

const source = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const built = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const node = findNode(import.meta.url);

const args = process.argv.slice(2);

if (!node) {
  process.stderr.write(`mesh needs Node ${requiredMajor} or newer, and this is ${process.version}.
  hint run \`npm start\` once: it installs a suitable one beside the dependencies\n`);
  process.exitCode = 1;
} else if (existsSync(source)) {
  process.exitCode = await runSource(node, [source, ...args]);
} else {
  process.exitCode = await runChild(node, [built, ...args]);
}
