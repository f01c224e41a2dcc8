import type { IncomingMessage, ServerResponse } from "node:http";
import type { Principal } from "@thoth/access/decision";
import type { UsageSink } from "@thoth/contract/impact/read-count";
import type { ProductModel } from "@thoth/contract/product-model";
import type { Clock } from "@thoth/kernel/clock";
import type { ServingEngine } from "@thoth/warehouse/query-engine";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import type { Subgraph } from "./subgraph.ts";

/** A domain's subgraph and where it is executed: here, or by another process at `url`. */
export interface PlacedSubgraph {
  readonly subgraph: Subgraph;
  readonly url?: string;
}

/** What discovery tells about a product besides its contract. */
export interface CatalogEntry {
  readonly model: ProductModel;
  /** Earlier major versions that are served beside it, newest first. */
  readonly previous?: readonly ProductModel[];
  /** Earlier major versions that have ended: what asks for their names is told so. */
  readonly retired?: readonly ProductModel[];
  readonly domainTitle: string;
  readonly owner: string;
  readonly stewards: readonly string[];
  /** Ids of the products it reads. */
  readonly inputPorts: readonly string[];
  /** The contract as written, YAML. */
  readonly contractText: string;
}

export interface GlossaryTerm {
  readonly name: string;
  readonly definition: string;
}

/** Where a server reports. Values never hold tokens or rows. */
export interface ServerLog {
  info(message: string, details?: Readonly<Record<string, unknown>>): void;
  error(message: string, details?: Readonly<Record<string, unknown>>): void;
}

/** What both servers need: an engine to ask and a way to know who asks. */
export interface ServerOptions {
  readonly engine: ServingEngine;
  /** @throws MeshError when a token is given and not valid; without one the principal is anonymous */
  readonly authenticate: (token: string | undefined) => Promise<Principal>;
  readonly clock: Clock;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly log: ServerLog;
}

export interface GatewayOptions extends ServerOptions {
  readonly subgraphs: readonly PlacedSubgraph[];
  readonly catalog: readonly CatalogEntry[];
  readonly glossary: readonly GlossaryTerm[];
  /** The snapshots that are being served now. */
  readonly snapshots: () => readonly Snapshot[];
  /** Memory for answers that are given again, bytes; 0 turns it off. */
  readonly cacheBytes?: number;
  /** Answers commands of the process that owns the mesh, such as `mesh run`; undefined means not its path. */
  readonly operator?: (request: Request) => Promise<Response | undefined>;
  /** Takes telemetry in on the same port; answers false when a request is not for it. */
  readonly collector?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Where it brings who read what; when absent, nobody counts. */
  readonly usage?: UsageSink;
}

export interface SubgraphServerOptions extends ServerOptions {
  readonly subgraph: Subgraph;
}

export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:4000` */
  readonly url: string;
}
