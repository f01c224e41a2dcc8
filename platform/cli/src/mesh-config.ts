import type { FieldExplanation } from "@thoth/subgraph/planned-execution";
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
  /** Says how an operation would be answered. */
  explainOperation(options: GatewayOptions, request: GraphqlRequest): Promise<QueryExplanation>;
  serveSubgraph(options: SubgraphServerOptions): Promise<RunningServer>;
  /** @throws MeshError when the subgraphs do not fit together */
  checkSubgraphs(subgraphs: readonly PlacedSubgraph[]): void;
}

/** How an operation would be answered, field by field (null: all of it by the stitched executor), or why it would be refused. */
export type QueryExplanation =
  | { readonly errors: readonly { readonly message: string }[] }
  | { readonly fields: readonly FieldExplanation[] | null };

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
  /** Where runs are told of in the words of OpenLineage; nowhere unless given. */
  readonly openLineage?: OpenLineageConfig;
  readonly sample?: { readonly seed: number; readonly scale: number };
}

export interface OpenLineageConfig {
  /** Events are added as lines of JSON; relative to the home. */
  readonly file?: string;
  /** A server, or its endpoint: without a path it is `/api/v1/lineage`. Its key is in `MESH_OPENLINEAGE_API_KEY`. */
  readonly url?: string;
  /** Of jobs and tables: the name of this mesh to others; `thoth-mesh` unless given. */
  readonly namespace?: string;
}

export function defineMesh(config: MeshConfig): MeshConfig {
  return config;
}
