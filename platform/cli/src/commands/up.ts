import { randomBytes } from "node:crypto";
import type { AccessCall } from "@thoth/access/agreements/access-call";
import { keepProjected } from "@thoth/access/agreements/keep-projected";
import { collectHere } from "../collect-here.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import { countOf } from "../count-text.ts";
import type { Effects } from "../effects.ts";
import { openFileSources } from "../file-sources.ts";
import { finishedRuns } from "../finished-runs.ts";
import { runFirst } from "../first-run.ts";
import { gatewayOptions } from "../gateway-options.ts";
import { reachableUrl } from "../listen-address.ts";
import { openMeshAccess } from "../mesh-access.ts";
import { keepAuditShort, openMeshAudit } from "../mesh-audit.ts";
import { openMesh } from "../open-mesh.ts";
import { openOperations } from "../operations.ts";
import { operatorPort } from "../operator-port.ts";
import { attachOrReport, openPublished } from "../published-reader.ts";
import { createServerLog } from "../server-log.ts";
import { loadSettings } from "../settings.ts";
import { goBackToSound } from "../sound-snapshots.ts";
import { openSqlSource } from "../sql-source.ts";
import { stopRequested } from "../stop-requested.ts";
import { keepUsage } from "../usage-keeper.ts";
import { sendWebhooks } from "../webhooks/send-webhooks.ts";
import { workBeside } from "../work-beside.ts";

export const up: Command = {
  name: "mesh up",
  summary: "Run what has not been run yet, and serve everything until Ctrl-C.",
  usage: "",
  details:
    "Without MESH_SOURCES it first writes sample data. What has been published before is served at once and as it is;\n" +
    "mesh run, from another terminal, brings it up to date. SQL is served on MESH_SQL_PORT (5433; off for none).",
  options: {
    run: { type: "boolean", description: "Run all pipelines even if everything has been published." },
  },
  positionals: [0, 0],
  examples: [
    ["mesh up", "serve on http://127.0.0.1:4000"],
    ["MESH_PORT=4001 MESH_SQL_PORT=5434 MESH_HOME=/tmp/other mesh up", "a second mesh beside the first"],
    ["MESH_SQL_PORT=off mesh up", "without the SQL port"],
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
  await goBackToSound(mesh, { readSide, log, signal: effects.signal });
  await using usage = keepUsage(mesh, log);
  await using audit = openMeshAudit(settings, effects, log);
  await using projection = await keepProjected({
    control: mesh.control,
    home: home.home,
    onTrouble: (failure) => log.error("agreements and keys cannot be looked up", { error: String(failure) }),
  });
  await using operations = await openOperations(mesh, settings, { usage, audit, projection });
  const operatorKey = randomBytes(24).toString("base64url");
  const operator = operatorPort({ operations, operatorKey, host: settings.host, signal: effects.signal });
  using access = await openMeshAccess(settings, effects, log);
  using _retention = keepAuditShort(settings, effects, log);
  const askAccess = (call: AccessCall) => operations.desk({ name: "access", argument: call });
  const parts = { settings, effects, home, domains, readSide, log, usage, access, audit, askAccess };
  const options = await gatewayOptions(parts);
  const kept = async ({ domain, product }: ProductName) =>
    (await mesh.pointers.history(domain, product)).filter(({ prunedAt }) => prunedAt === null);
  await using files = await openFileSources({ settings, effects, home, domains, readSide, kept });
  await using sql = await openSqlSource({ settings, home, domains, log, access });
  const { serveGateway } = await settings.servers();
  await using collecting = await collectHere({ settings, effects, home, domains, log });
  await using server = await serveGateway({
    ...options,
    files,
    ...(sql && { sql }),
    collector: collecting.handler,
    operator,
    finishedRuns: finishedRuns(mesh.ledger),
  });
  const url = reachableUrl(server.url);
  const sqlUrl = server.sqlUrl && reachableUrl(server.sqlUrl);
  mesh.lock.announce({ url, operatorKey });
  const failed = await runFirst(mesh, operations, { settings, effects, always: input.flag("run") });
  await using webhooks = await sendWebhooks(mesh, { access, audit, log });
  mesh.follow(async () => void webhooks.look());
  await using _worker = await workBeside(mesh, { settings, log, readSide, signal: effects.signal });
  const products = readSide.attached().length;
  if (input.json)
    effects.out(
      `${JSON.stringify({ url, graphql: `${url}/graphql`, ...(sqlUrl && { sql: sqlUrl }), products, failed })}\n`,
    );
  else effects.out(describeServer({ url, sqlUrl, products, failed, ms: effects.now() - startedAt }));
  await stopRequested(effects.signal);
  effects.err("stopping: letting requests in flight finish\n");
  return 0;
}

interface ProductName {
  readonly domain: string;
  readonly product: string;
}

interface Started {
  readonly url: string;
  /** Undefined where SQL is not served. */
  readonly sqlUrl: string | undefined;
  readonly products: number;
  readonly failed: number;
  readonly ms: number;
}

function describeServer({ url, sqlUrl, products, failed, ms }: Started): string {
  const trouble = failed === 0 ? "" : `\n${countOf(failed, "job")} failed; see above, or mesh runs --status failed.`;
  return `
Thoth Mesh is up after ${(ms / 1000).toFixed(1)} s: ${countOf(products, "data product")}.${trouble}
  Start page  ${url}/
  GraphiQL    ${url}/graphql
  Files       ${url}/products
  SQL         ${sqlUrl === undefined ? "not served (MESH_SQL_PORT)" : `psql '${sqlUrl}?user=anonymous'`}
  Events      ${url}/events
  Query       npx mesh query '{ dataProducts { id freshness { verdict } } }'
Ctrl-C stops it.
`;
}
