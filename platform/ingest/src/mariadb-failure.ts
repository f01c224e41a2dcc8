import { ingestError } from "./errors.ts";

/** A failure as the driver reports it: the server's own have a number and an SQLSTATE. */
interface DriverFailure extends Error {
  readonly code?: string;
  readonly errno?: number;
  readonly sqlState?: string;
}

interface FailurePlace {
  readonly server: string;
  readonly statementTimeoutMs: number;
}

/** A statement that was sent, and of which nothing came back. */
export class NoAnswer extends Error {
  constructor(limitMs: number) {
    super(`it has not answered for ${limitMs / 1000} s`);
  }
}

/** Turns a failure of the driver or the server into one of ours. */
export function explainFailure(failure: unknown, place: FailurePlace): unknown {
  if (!(failure instanceof Error)) return failure;
  const { code = "", errno = 0, sqlState } = failure as DriverFailure;
  // Before it knows us, a server sends a number alone; the system's numbers are negative.
  if (sqlState !== undefined || errno > 0) return explainServer(failure, place);
  const { server } = place;
  const context = { at: { path: server }, cause: failure };
  if (failure instanceof NoAnswer)
    return ingestError["source-unreachable"]({ server, reason: failure.message }, context);
  if (code === "HANDSHAKE_NO_SSL_SUPPORT") {
    return ingestError["source-refused"](
      { server, reason: "it offers no encryption, and ssl-mode asks for it" },
      context,
    );
  }
  if (/^HANDSHAKE_|CERT|ALTNAME|UNABLE_TO/.test(code)) {
    return ingestError["source-unreachable"]({ server, reason: failure.message }, context);
  }
  if (!unreachableCodes.test(code)) return failure;
  return ingestError["source-unreachable"]({ server, reason: code }, context);
}

const unreachableCodes = /^(ECONN\w+|ENOTFOUND|EAI_\w+|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|PROTOCOL_\w+)$/;
const timedOut = new Set([1969, 3024]);
/** Access to the server, a database, a table, a column, an operation; a locked account; a server that asks for encryption. */
const refused = new Set([1044, 1045, 1049, 1142, 1143, 1227, 1251, 1370, 1698, 3118, 3159, 4151]);
/** Too many connections, shutting down, killed, gone. */
const unreachable = new Set([1040, 1053, 1077, 1079, 1129, 1203, 1226, 1317, 1927]);

/**
 * By number, because one SQLSTATE stands for many of them. Only texts that cannot quote a value are passed on.
 * @source MariaDB server error codes; MySQL 8.4 server error message reference
 */
function explainServer(failure: DriverFailure, { server, statementTimeoutMs }: FailurePlace): Error {
  const { errno = 0, sqlState = "HY000" } = failure;
  const context = { at: { path: server } };
  if (timedOut.has(errno)) return ingestError["source-timeout"]({ server, limitMs: statementTimeoutMs }, context);
  const reason = `${failure.message} (${errno}, ${sqlState})`;
  if (refused.has(errno) || /^28/.test(sqlState)) return ingestError["source-refused"]({ server, reason }, context);
  if (unreachable.has(errno) || /^08/.test(sqlState))
    return ingestError["source-unreachable"]({ server, reason }, context);
  const shown = /^42/.test(sqlState) ? reason : `error ${errno}, SQLSTATE ${sqlState}`;
  return ingestError["source-failed"]({ server, reason: shown }, context);
}
