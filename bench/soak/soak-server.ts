import { rm } from "node:fs/promises";
import { anonymous } from "@thoth/access/decision";
import { serveGateway } from "@thoth/gateway/serve-gateway";
import { openSmallMesh } from "@thoth/testing/small-mesh";
import { listSnapshots, snapshotFile } from "@thoth/warehouse/snapshot-store";
import { announce } from "../servers/probe.ts";
import { type SoakProduct, type SoakSize, soakProductIds, soakProducts, soakRows } from "./soak-world.ts";

/** What the soak has its server do while it serves. */
export interface PublishOrder {
  readonly product: SoakProduct;
  /** Of the snapshot. */
  readonly number: number;
}

/** Snapshots of a product that stay on disk. */
const kept = 3;

const loggedErrors = 3;
let logged = 0;

const { size } = JSON.parse(process.argv[2] ?? "") as { size: SoakSize };
const mesh = await openSmallMesh(soakProducts(), { now: Date.now() });
for (const product of soakProductIds) await publish({ product, number: 1 });
// A cache that is full from the start: memory that grows after the warm-up is then not the cache.
const gateway = await serveGateway({
  cacheBytes: 8 * 1024 * 1024,
  policy: { rates: null },
  subgraphs: mesh.subgraphs.map((subgraph) => ({ subgraph })),
  catalog: mesh.catalog,
  glossary: [],
  snapshots: () => mesh.readSide.attached(),
  engine: mesh.readSide,
  authenticate: async () => anonymous,
  clock: Date.now,
  host: "127.0.0.1",
  port: 0,
  log: { info: () => undefined, error: logFirst },
});
announce(`${gateway.url}/graphql`, (request) => publish(request as PublishOrder));

/** What goes wrong under load goes wrong a thousand times. */
function logFirst(message: string, details?: object): void {
  if (logged++ < loggedErrors) console.error(message, details);
}

/** Resolves when new requests are answered from the new snapshot. */
async function publish({ product, number }: PublishOrder): Promise<void> {
  const rows = soakRows(product, number, size);
  const { domain, product: name } = await mesh.publish(product, rows, { publishedAt: Date.now() });
  const files = (await listSnapshots(mesh.snapshotDir, domain, name)).slice(0, -kept);
  for (const id of files) await rm(snapshotFile(mesh.snapshotDir, domain, name, id));
}
