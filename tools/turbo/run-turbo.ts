import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { runChild } from "../../platform/cli/bin/run-node.mjs";

/** Runs turbo with the arguments given, telling nobody: it would report its use over the network otherwise. */
const turbo = join(dirname(createRequire(import.meta.url).resolve("turbo/package.json")), "bin/turbo");
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };

process.exitCode = await runChild(process.execPath, [turbo, ...process.argv.slice(2)], { env });
