import type { ScramLogin } from "@thoth/access/access-book";
import type { SecuredSql } from "@thoth/access/secured-sql/secured-sql";

/** What the SQL port is opened with; who asks, what they may see and what is written down is as on all other ports. */
export interface SqlSource {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** When the port is taken: true goes on without one and says so, false fails. */
  readonly isOptional: boolean;
  readonly securedSql: SecuredSql;
  /** What proves a service's password; undefined when there is no such service. `mk_<keyId>` names one key for good. */
  readonly scramLogin: (user: string) => ScramLogin | undefined;
  /** Where rows are kept that clients do not take yet; absent: in the system's folder. */
  readonly tmpDir?: string;
  /** Absent: connections are not encrypted, and tokens are taken from this machine only. */
  readonly tls?: TlsFiles | undefined;
}

/** Paths of PEM files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}
