import { randomBytes } from "node:crypto";
import { collectHere } from "../collect-here.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import { countOf } from "../count-text.ts";
import type { Effects } from "../effects.ts";
import { runFirst } from "../first-run.ts";
import { gatewayOptions } from "../gateway-options.ts";
import { reachableUrl } from "../listen-address.ts";
import { openMesh } from "../open-mesh.ts";
import { openOperations } from "../operations.ts";
import { operatorPort } from "../operator-port.ts";
import { attachOrReport, openPublished } from "../published-reader.ts";
import { createServerLog } from "../server-log.ts";
import { loadSettings } from "../settings.ts";
import { goBackToSound } from "../sound-snapshots.ts";
import { stopRequested } from "../stop-requested.ts";
import { keepUsage } from "../usage-keeper.ts";
import { workBeside } from "../work-beside.ts";

export const up: Command = {
  name: "mesh up",
  summary: "Run what has not been run yet, and serve everything until Ctrl-C.",
  usage: "",
  details:
    "Without MESH_SOURCES it first writes sample data. What has been published before is served at once and as it is;\n" +
    "mesh run, from another terminal, brings it up to date.",
  options: {
    run: { type: "boolean", description: "Run all pipelines even if everything has been published." },
  },
  positionals: [0, 0],
  examples: [
    ["mesh up", "serve on http://127.0.0.1:4000"],
    ["MESH_PORT=4001 MESH_HOME=/tmp/other mesh up", "a second mesh beside the first"],
  ],
  run: serveMesh,
};

async function serveMesh(input: CommandInput, effects: Effects): Promise<number> {
  const startedAt = effects.now();
  const settings = await loadSettings(effects.cwd, effects.env);
  const log = createServerLog(effects);
  await using mesh = await openMesh(settings, effects);
  const { home, domains } = mesh;
  await using readSide = await openPublished(home, domains, log);
  mesh.follow((snapshot) => attachOrReport(snapshot, { readSide, domains, log }));
  await goBackToSound(mesh, readSide, log);
  await using usage = keepUsage(mesh, log);
  await using operations = await openOperations(mesh, settings, usage);
  const operatorKey = randomBytes(24).toString("base64url");
  const operator = operatorPort({ operations, operatorKey, host: settings.host, signal: effects.signal });
  const options = await gatewayOptions({ settings, effects, home, domains, readSide, log, usage });
  const { serveGateway } = await settings.servers();
  await using collecting = await collectHere({ settings, effects, home, domains, log });
  await using server = await serveGateway({ ...options, collector: collecting.handler, operator });
  const url = reachableUrl(server.url);
  mesh.lock.announce({ url, operatorKey });
  const failed = await runFirst(mesh, operations, { settings, effects, always: input.flag("run") });
  await using _worker = await workBeside(mesh, { settings, log, readSide, signal: effects.signal });
  const products = readSide.attached().length;
  if (input.json) effects.out(`${JSON.stringify({ url, graphql: `${url}/graphql`, products, failed })}\n`);
  else effects.out(describeServer({ url, products, failed, ms: effects.now() - startedAt }));
  await stopRequested(effects.signal);
  effects.err("stopping: letting requests in flight finish\n");
  return 0;
}

interface Started {
  readonly url: string;
  readonly products: number;
  readonly failed: number;
  readonly ms: number;
}

function describeServer({ url, products, failed, ms }: Started): string {
  const trouble = failed === 0 ? "" : `\n${countOf(failed, "job")} failed; see above, or mesh runs --status failed.`;
  return `
Thoth Mesh is up after ${(ms / 1000).toFixed(1)} s: ${countOf(products, "data product")}.${trouble}
  Start page  ${url}/
  GraphiQL    ${url}/graphql
  Events      ${url}/events
  Query       npx mesh query '{ dataProducts { id freshness { verdict } } }'
Ctrl-C stops it.
`;
}
