import type {
  GatewayOptions,
  PlacedSubgraph,
  RunningServer,
  SubgraphServerOptions,
} from "@thoth/subgraph/served-graph";

/** The servers that the composition root hands in, loaded only by the commands that need them. */
export interface Servers {
  serveGateway(options: GatewayOptions): Promise<RunningServer>;
  /** Answers one operation without a port. */
  queryGateway(options: GatewayOptions, request: GraphqlRequest): Promise<unknown>;
  serveSubgraph(options: SubgraphServerOptions): Promise<RunningServer>;
  /** @throws MeshError when the subgraphs do not fit together */
  checkSubgraphs(subgraphs: readonly PlacedSubgraph[]): void;
}

export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly token: string | undefined;
}

/** What `mesh.config.ts` says. Environment variables have the last word; see `Settings`. */
export interface MeshConfig {
  /** Glob of the domains' descriptors, relative to this file. */
  readonly domains: string;
  readonly servers: () => Promise<Servers>;
  /** Domains that another process serves: name → GraphQL URL. */
  readonly remotes?: Readonly<Record<string, string>>;
  readonly host?: string;
  readonly port?: number;
  readonly sample?: { readonly seed: number; readonly scale: number };
}

export function defineMesh(config: MeshConfig): MeshConfig {
  return config;
}
