/** The way by which somebody read. */
export type AuditPort = "graphql" | "sql" | "files" | "stream" | "cli";

/** Who did it, as far as it was verified. */
export interface AuditActor {
  readonly name: string;
  /** `anonymous`, `person` or `service`. */
  readonly kind: string;
  readonly roles: readonly string[];
  /** How the name was verified: `token`, `service-key`, `account` of this machine; `none` for nobody. */
  readonly authenticated: string;
  /** Its own domain, when its credential says so. */
  readonly domain?: string | undefined;
}

/**
 * What became of it. `begun` is a read whose answer is still being sent; a second entry with the same request says in
 * the end how many rows there were.
 */
export type AuditOutcome = "allowed" | "refused" | "begun";

interface AuditBase {
  /** Epoch ms. */
  readonly at: number;
  readonly actor: AuditActor;
  readonly requestId: string;
}

/** One product that was read, or was to be. */
export interface ReadEntry extends AuditBase {
  readonly event: "read";
  readonly port: AuditPort;
  /** `ontrack-learning/units` */
  readonly product: string;
  /** Version of the contract. */
  readonly version: string;
  /** In alphabetical order; none when only rows were counted. */
  readonly columns: readonly string[];
  readonly purpose: string | null;
  readonly agreement: string | null;
  /** Of the decision. */
  readonly fingerprint: string;
  /** Rows in the answer; null when not known. */
  readonly rows: number | null;
  readonly snapshot: string | null;
  readonly outcome: AuditOutcome;
  /** Code of the error of a read that was refused. */
  readonly code: string | null;
}

/** A request that was refused before it was known what it is about: a bad credential, a statement that is not allowed. */
export interface RefusalEntry extends AuditBase {
  readonly event: "refusal";
  readonly port: AuditPort;
  readonly code: string;
  readonly purpose?: string | undefined;
}

/** Something about who may read what: agreements and keys. */
export interface AccessEntry extends AuditBase {
  readonly event:
    | "agreement-requested"
    | "agreement-approved"
    | "agreement-granted"
    | "agreement-rejected"
    | "agreement-revoked"
    | "key-issued"
    | "key-rotated"
    | "key-revoked"
    | "token-issued";
  /** Id of the agreement or key, or whom a token is for; never the key or token itself. */
  readonly subject: string;
  readonly product?: string | undefined;
  readonly purpose?: string | undefined;
}

export type AuditEntry = ReadEntry | RefusalEntry | AccessEntry;
