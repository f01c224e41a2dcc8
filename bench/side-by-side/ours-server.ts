import { anonymous } from "@thoth/access/decision";
import { serveGateway } from "@thoth/gateway/serve-gateway";
import type { ServerSettings } from "@thoth/gateway/server-settings";
import { smallContracts } from "@thoth/testing/small-contract";
import { buildSubgraphs, catalogEntry } from "@thoth/testing/small-mesh";
import { openReadSide } from "@thoth/warehouse/read-side";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { announce } from "../servers/probe.ts";
import { publishedAt, type WorldSize, worldProducts } from "./world.ts";

export interface OursConfig {
  readonly mode: OursMode;
  readonly size: WorldSize;
  readonly snapshotDir: string;
  readonly snapshots: readonly Snapshot[];
}

export type OursMode = keyof typeof modes;

/** The gateway's settings, one a server of the bench. */
const modes = {
  cold: { cacheBytes: 0 },
  // Room for every answer of the bench: what is measured is a hit.
  warm: { cacheBytes: 1024 ** 3 },
  stitched: { cacheBytes: 0, plans: false },
} satisfies Record<string, ServerSettings>;

/** Our gateway over snapshots that the bench has published. */
const { mode, size, snapshotDir, snapshots } = JSON.parse(process.argv[2] ?? "") as OursConfig;
const contracts = smallContracts(worldProducts(size));
const catalogs = [...new Set(contracts.map(({ model }) => model.catalogName))];
const readSide = await openReadSide({ snapshotDir, catalogs });
for (const snapshot of snapshots) await readSide.attach(snapshot);
const gateway = await serveGateway({
  ...modes[mode],
  // One client asks for all that there is.
  policy: { rates: null },
  subgraphs: buildSubgraphs(contracts).map((subgraph) => ({ subgraph })),
  catalog: contracts.map(catalogEntry),
  glossary: [],
  snapshots: () => readSide.attached(),
  engine: readSide,
  authenticate: async () => anonymous,
  clock: () => publishedAt,
  host: "127.0.0.1",
  port: 0,
  log: { info: () => undefined, error: (message, details) => console.error(message, details) },
});
announce(`${gateway.url}/graphql`);
