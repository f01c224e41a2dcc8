import type { ScramLogin } from "@thoth/access/access-book";
import type { Decision, Principal } from "@thoth/access/decision";
import type { SecuredRead, SecuredSql } from "@thoth/access/secured-sql/secured-sql";
import type { ProductModel } from "@thoth/contract/product-model";
import type { Clock } from "@thoth/kernel/clock";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import type { TlsFiles } from "@thoth/subgraph/served-sql";
import type { RateLimits } from "../rate-limits.ts";
import type { ConnectionLimits } from "./connection-shares.ts";
import type { WaitingLimits } from "./session/waiting-results.ts";

/** Everything that the SQL port is given: it finds nothing by itself. */
export interface SqlPortOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly securedSql: SecuredSql;
  readonly credentials: SqlCredentials;
  readonly decide: (principal: Principal, model: ProductModel, purpose?: string) => Decision;
  readonly clock: Clock;
  readonly log: ServerLog;
  /** Absent: connections are not encrypted, and tokens are taken from this machine only. */
  readonly tls?: TlsFiles | undefined;
  readonly limits?: Partial<SqlPortLimits>;
  /** Where rows are kept that clients do not take yet; absent: in the system's folder. */
  readonly tmpDir?: string | undefined;
  /** What each consumer may ask on all ports together; without end when absent. */
  readonly rates?: Pick<RateLimits, "take">;
  /**
   * Told of a statement before its first row is sent (`begun`), again behind its last one (`allowed`), and of what was
   * refused. When what it returns rejects, the statement fails. The answer waits for what is returned.
   */
  readonly onRead?: (read: SqlRead) => Promise<void> | undefined;
  readonly onRefused?: (refusal: SqlRefusal) => Promise<void> | undefined;
}

export interface SqlCredentials {
  /** Who bears a token or a service key. @throws MeshError `access/token-…` */
  readonly authenticate: (credential: string) => Promise<Principal>;
  /** What proves a service's password; undefined when there is no such service. `mk_<keyId>` names one key for good. */
  readonly scramLogin: (user: string) => ScramLogin | undefined;
}

/** One statement over products. It holds neither the statement nor values. */
export interface SqlRead {
  readonly principal: Principal;
  /** `token`, `service-key`; `none` for nobody. */
  readonly authenticated: string;
  readonly purpose: string | undefined;
  readonly reads: readonly SecuredRead[];
  /** Rows that were sent; null while that is not known. */
  readonly rows: number | null;
  /** The same for all that is told of one statement. */
  readonly requestId: string;
  readonly outcome: "begun" | "allowed" | { readonly refused: string };
  /** Epoch ms. */
  readonly now: number;
}

/** A statement or sign-in that was refused. */
export interface SqlRefusal {
  /** Undefined while nobody has signed in. */
  readonly principal: Principal | undefined;
  readonly authenticated: string;
  /** Code of the error. */
  readonly code: string;
  readonly purpose?: string | undefined;
  /** What it asked for, as far as that is known; also what its reader must not hear of. */
  readonly reads?: readonly SecuredRead[] | undefined;
  readonly requestId: string;
  /** Epoch ms. */
  readonly now: number;
}

export interface SqlPortLimits extends ConnectionLimits {
  /** Longest message before signing in and after, bytes. */
  readonly startupBytes: number;
  readonly messageBytes: number;
  /** Milliseconds from here on. */
  readonly signInMs: number;
  /** Longest time of one statement; a client may set less. */
  readonly statementMs: number;
  /** Without a message, and the same inside of a transaction. */
  readonly idleMs: number;
  readonly idleInTransactionMs: number;
  /** The same for `anonymous`. */
  readonly anonymousIdleMs: number;
  readonly anonymousIdleInTransactionMs: number;
  /** Longest time for which a client may take nothing of an answer. */
  readonly stallMs: number;
  /** Between two looks whether a session's credential and decisions still hold. */
  readonly reviewMs: number;
  readonly catalogMs: number;
  /** For statements in flight when the server stops. */
  readonly drainMs: number;
  readonly failedSignIns: { readonly failures: number; readonly windowMs: number };
  /** Of one session. */
  readonly openCursors: number;
  readonly preparedStatements: number;
  /** Rows that were read and that their clients do not take yet. */
  readonly waiting: WaitingLimits;
}

const minuteMs = 60_000;
const mebibyte = 2 ** 20;

export const defaultSqlPortLimits: SqlPortLimits = {
  connections: 100,
  anonymousConnections: 50,
  readerConnections: 40,
  addressConnections: 60,
  pending: { address: 60, all: 200 },
  startupBytes: 10_000,
  messageBytes: 1024 * 1024,
  signInMs: 10_000,
  statementMs: minuteMs,
  idleMs: 60 * minuteMs,
  idleInTransactionMs: 5 * minuteMs,
  anonymousIdleMs: 5 * minuteMs,
  anonymousIdleInTransactionMs: minuteMs,
  stallMs: minuteMs,
  reviewMs: 500,
  catalogMs: 10_000,
  drainMs: 5_000,
  failedSignIns: { failures: 10, windowMs: minuteMs },
  openCursors: 4,
  preparedStatements: 200,
  waiting: {
    resultBytes: 256 * mebibyte,
    readerBytes: 512 * mebibyte,
    allBytes: 2048 * mebibyte,
    holding: 1,
    patienceMs: 250,
  },
};
