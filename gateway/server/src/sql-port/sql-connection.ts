import type { Socket } from "node:net";
import { anonymous, type Principal } from "@thoth/access/decision";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { consumerOf, networkOf } from "../consumer.ts";
import { gatewayError } from "../errors.ts";
import type { Catalog } from "./catalog/catalog.ts";
import { Channel } from "./channel.ts";
import type { ConnectionShares } from "./connection-shares.ts";
import { type Negotiated, negotiate } from "./negotiate.ts";
import type { OpenSessions } from "./open-sessions.ts";
import {
  backendKeyData,
  errorResponse,
  negotiateProtocolVersion,
  parameterStatus,
} from "./protocol/backend-message.ts";
import { parseOptions } from "./protocol/startup-packet.ts";
import { failureOf, fatal } from "./session/error-fields.ts";
import { Session } from "./session/session.ts";
import { SessionSettings } from "./session/session-settings.ts";
import type { WaitingResults } from "./session/waiting-results.ts";
import { type SignInParts, signIn } from "./sign-in/sign-in.ts";
import type { SignedIn } from "./sign-in/signed-in.ts";
import type { SqlPortLimits, SqlPortOptions } from "./sql-port-options.ts";
import type { CurrentTls } from "./tls-context.ts";

export const databaseName = "mesh";

/** What all connections of one server share. */
export interface ConnectionParts extends SignInParts {
  readonly options: SqlPortOptions;
  readonly limits: SqlPortLimits;
  readonly tls: CurrentTls | undefined;
  readonly catalog: Catalog;
  readonly sessions: OpenSessions;
  readonly shares: ConnectionShares;
  readonly waiting: WaitingResults;
  readonly isStopping: () => boolean;
}

type Start = Extract<Negotiated, { readonly kind: "start" }>;

/** Everything that happens on one connection, from its first byte to its last. Never rejects. */
export async function serveConnection(socket: Socket, parts: ConnectionParts): Promise<void> {
  const { limits, options, sessions } = parts;
  const { startupBytes, stallMs } = limits;
  socket.setNoDelay(true);
  const channel = new Channel(socket, { startupBytes, stallMs });
  using pending = parts.shares.knock(channel.address, (reason) => {
    sayLast(channel, reason, options);
    // Many may be sent away at once, and each that lingers keeps a place.
    socket.destroySoon();
  });
  const late = setTimeout(() => {
    sayLast(channel, gatewayError["sql-slow-sign-in"]({ seconds: limits.signInMs / 1000 }), options);
  }, limits.signInMs);
  try {
    const negotiated = await negotiate(channel, parts.tls);
    if (negotiated?.kind === "cancel") sessions.cancel(negotiated);
    if (negotiated?.kind !== "start") return channel.end();
    const settings = readSettings(negotiated, channel, limits);
    channel.expectTyped(startupBytes);
    const signedIn = await admit(channel, negotiated, parts);
    clearTimeout(late);
    pending[Symbol.dispose]();
    channel.expectTyped(limits.messageBytes);
    await openSession({ channel, settings, signedIn }, parts);
  } catch (failure) {
    sayLast(channel, failure, options);
  } finally {
    clearTimeout(late);
  }
}

/** Settings in what the client said first, and the protocol's version. */
function readSettings({ minor, parameters, protocolOptions }: Start, channel: Channel, limits: SqlPortLimits) {
  if (minor > 0 || protocolOptions.length > 0) channel.send(negotiateProtocolVersion(0, protocolOptions));
  const settings = new SessionSettings(limits.statementMs, ({ name, value }) =>
    channel.send(parameterStatus(name, value)),
  );
  for (const [name, value] of parameters) {
    if (name === "options") for (const [option, text] of parseOptions(value)) settings.begin(option, text);
    else if (!namedParameters.has(name)) settings.begin(name, value);
  }
  return settings;
}

const namedParameters: ReadonlySet<string> = new Set(["user", "database", "options", "replication"]);

async function admit(channel: Channel, start: Start, parts: ConnectionParts): Promise<SignedIn> {
  const { parameters, isEncrypted } = start;
  if (parts.isStopping()) throw gatewayError["sql-stopping"](undefined);
  if (!["", "false", "off", "no", "0", undefined].includes(parameters.get("replication")))
    throw gatewayError["sql-unsupported"]({ what: "Replication", instead: "Ask the products by SQL." });
  const user = parameters.get("user") ?? "";
  const address = channel.address;
  const signedIn = await signIn(channel, { user, address, isPrivate: isEncrypted || isLoopback(address) }, parts);
  const name = parameters.get("database") ?? user;
  if (name !== databaseName) throw gatewayError["sql-unknown-database"]({ name });
  return signedIn;
}

/** @param address as the socket gives it */
function isLoopback(address: string): boolean {
  return /^(::ffff:)?127\.|^::1$/.test(address);
}

interface Admitted {
  readonly channel: Channel;
  readonly settings: SessionSettings;
  readonly signedIn: SignedIn;
}

async function openSession({ channel, settings, signedIn }: Admitted, parts: ConnectionParts): Promise<void> {
  const { options, catalog, sessions } = parts;
  const key = sessions.newKey();
  for (const { name, value } of settings.reported()) channel.send(parameterStatus(name, value));
  const principal = await signedIn.verify();
  using _share = parts.shares.admit(principal, channel.address);
  channel.send(parameterStatus("session_authorization", principal.name));
  channel.send(backendKeyData(key.processId, key.secret));
  const limits = limitsOf(principal, parts.limits);
  const consumer = consumerOf(principal, networkOf(channel.address));
  // What is kept for readers without a name leaves room for what is kept for others.
  const keeping = { waiting: parts.waiting, reader: principal.name };
  const session = new Session({ options, limits, channel, signedIn, consumer, keeping, settings, catalog });
  using _ = sessions.add(key, session);
  await session.run();
}

/** Places that are free for everybody are not held for long. */
function limitsOf({ name }: Principal, limits: SqlPortLimits): SqlPortLimits {
  if (name !== anonymous.name) return limits;
  const { idleMs, anonymousIdleMs, idleInTransactionMs, anonymousIdleInTransactionMs } = limits;
  return {
    ...limits,
    idleMs: Math.min(idleMs, anonymousIdleMs),
    idleInTransactionMs: Math.min(idleInTransactionMs, anonymousIdleInTransactionMs),
  };
}

function sayLast(channel: Channel, failure: unknown, { log }: SqlPortOptions): void {
  // Somebody who speaks another protocol would not understand.
  const isForeign = isMeshError(failure) && failure.code === "gateway/sql-protocol" && channel.isUntouched;
  if (!isForeign && !channel.gone.aborted) channel.send(errorResponse(fatal(failureOf(failure, log)).fields));
  channel.end();
}
