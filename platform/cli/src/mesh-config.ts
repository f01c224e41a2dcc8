import type { FieldExplanation } from "@thoth/subgraph/planned-execution";
import type {
  GatewayOptions,
  PlacedSubgraph,
  RunningServer,
  SubgraphServerOptions,
} from "@thoth/subgraph/served-graph";

import type { PortConfig } from "./port-settings.ts";

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
  /**
   * What is wrong with documents, text by text; empty where one would be answered.
   * @throws MeshError when the subgraphs do not fit together
   */
  checkDocuments(
    subgraphs: readonly PlacedSubgraph[],
    texts: readonly string[],
  ): readonly (readonly DocumentProblem[])[];
}

export interface DocumentProblem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** 1-based, in the text. */
  readonly line: number;
  readonly column: number;
}

/** How an operation would be answered, field by field (null: all of it by the stitched executor), or why it would be refused. */
export type QueryExplanation =
  | { readonly errors: readonly { readonly message: string }[] }
  | { readonly fields: readonly FieldExplanation[] | null };

export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly token: string | undefined;
  /** What the answer is for; the only purpose that is granted when absent. */
  readonly purpose?: string | undefined;
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
  /** Of the SQL port; 5433 unless given. */
  readonly sqlPort?: number | "off";
  /** Who may ask the GraphQL port how. */
  readonly graphql?: PortConfig;
  /** Where runs are told of in the words of OpenLineage; nowhere unless given. */
  readonly openLineage?: OpenLineageConfig;
  /** Whose tokens are accepted beside the mesh's own. */
  readonly issuers?: readonly IssuerConfig[];
  readonly sample?: { readonly seed: number; readonly scale: number };
}

/** An OpenID Connect provider. docs/access.md explains every setting. */
export interface IssuerConfig {
  readonly issuer: string;
  readonly audience: string | readonly string[];
  readonly jwksUri?: string;
  readonly algorithms?: readonly string[];
  readonly claims?: {
    readonly name?: string;
    readonly roles?: string;
    readonly attributes?: Readonly<Record<string, string>>;
  };
  readonly namePrefix?: string;
  readonly mayNameAccounts?: boolean;
  readonly toleranceSeconds?: number;
}

export interface OpenLineageConfig {
  /** Events are added as lines of JSON; relative to the home. */
  readonly file?: string;
  /** A server, or its endpoint: without a path it is `/api/v1/lineage`. Its key is in `MESH_OPENLINEAGE_API_KEY`. */
  readonly url?: string;
  /** Of jobs and tables: the name of this mesh to others; `thoth-mesh` unless given. */
  readonly namespace?: string;
  /** What others call the folder with the files of sources: `s3://exports/ontrack`; its own path unless given. */
  readonly sources?: string;
}

export function defineMesh(config: MeshConfig): MeshConfig {
  return config;
}
