import { landPings } from "./land-pings.ts";

/** Lands what is collected, in a process that may be killed while it does. Its one argument is JSON, for `landPings`. */
await using pings = await landPings(JSON.parse(process.argv[2] ?? "{}") as { file: string; collectedDir: string });
process.stdout.write(`${pings.rowsInserted}\n`);
