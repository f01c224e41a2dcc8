import type { IncomingMessage, ServerResponse } from "node:http";
import type { AccessPort } from "@thoth/access/agreements/access-port";
import type { AuditPort } from "@thoth/access/audit/audit-entry";
import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import type { Decision, Principal } from "@thoth/access/decision";
import type { UsageSink } from "@thoth/contract/impact/read-count";
import type { ProductModel } from "@thoth/contract/product-model";
import type { Clock } from "@thoth/kernel/clock";
import type { ServingEngine } from "@thoth/warehouse/query-engine";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import type { FinishedRuns } from "./finished-run.ts";
import type { PortPolicy } from "./port-policy.ts";
import type { FileSources } from "./served-files.ts";
import type { SqlSource } from "./served-sql.ts";
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
  /** By agreements; when absent, by the contracts' classifications alone. */
  readonly decide?: (principal: Principal, product: ProductModel, purpose?: string) => Decision;
  /** Told of a credential that is not valid; its sender hears of it afterwards. */
  readonly credentialRefused?: (code: string) => Promise<void>;
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
  readonly policy?: Partial<PortPolicy>;
  /** The runs that ended lately; undefined where the ledger of runs cannot be read. */
  readonly finishedRuns?: FinishedRuns;
  /** Where readers ask for access and owners grant it; when absent, nobody can from here. */
  readonly access?: AccessPort;
  /** Answers commands of the process that owns the mesh, such as `mesh run`; undefined means not its path. */
  readonly operator?: (request: Request) => Promise<Response | undefined>;
  /** What files of products are made from; when absent, none are served. */
  readonly files?: FileSources;
  /** What the SQL port is opened with; when absent, there is none. */
  readonly sql?: SqlSource;
  /** Takes telemetry in on the same port; answers false when a request is not for it. */
  readonly collector?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Where it brings who read what; when absent, nobody counts. */
  readonly usage?: UsageSink;
  /** Where every read and refusal is written down; when absent, nothing is. */
  readonly audit?: AuditTrail;
  /** As what operations are written down: `graphql` when absent. */
  readonly auditPort?: AuditPort;
}

export interface SubgraphServerOptions extends ServerOptions {
  readonly subgraph: Subgraph;
  /** Where every read and refusal is written down; when absent, nothing is. */
  readonly audit?: AuditTrail;
}

export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:4000` */
  readonly url: string;
  /** `postgres://127.0.0.1:5433/mesh`; absent where SQL is not served. */
  readonly sqlUrl?: string;
}
