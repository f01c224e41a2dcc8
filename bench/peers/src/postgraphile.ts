import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { PostGraphileConnectionFilterPreset } from "postgraphile-plugin-connection-filter";
import { announce } from "../../servers/probe.ts";
import { copyTables } from "./postgres-tables.ts";
import { readConfig } from "./start.ts";
import type { TableFile } from "./tables.ts";

/** PostGraphile over tables of the same content. Tells the bench the process id of Postgres when asked anything. */
const { connectionString, tables } = readConfig<{ connectionString: string; tables: TableFile[] }>();
const postmaster = await copyTables(connectionString, tables);
const instance = postgraphile({
  extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset],
  // Columns without an index of their own can be filtered by as well.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  pgServices: [makePgService({ connectionString, schemas: ["public"] })],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
});
const server = createServer();
server.on("error", (error) => {
  throw error;
});
await instance.createServ(grafserv).addTo(server);
server.listen(0, "127.0.0.1", () =>
  announce(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`, async () => postmaster),
);
