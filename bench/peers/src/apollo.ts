import { ApolloGateway } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { announce } from "../../servers/probe.ts";
import { composeSupergraph } from "./federation.ts";
import { readConfig } from "./start.ts";

/** Apollo's gateway in JavaScript over the HTTP subgraphs. */
const { subgraphs } = readConfig<{ subgraphs: Record<string, string> }>();
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: console.error };
const gateway = new ApolloGateway({ supergraphSdl: composeSupergraph(subgraphs), logger: silent });
const server = new ApolloServer({ gateway, introspection: false, logger: silent });
const { url } = await startStandaloneServer(server, { listen: { host: "127.0.0.1", port: 0 } });
announce(url);
