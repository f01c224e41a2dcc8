import type { Socket } from "node:net";
import type { SecureContext } from "node:tls";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { gatewayError } from "../errors.ts";
import type { Catalog } from "./catalog/catalog.ts";
import { Channel } from "./channel.ts";
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
import { type SignInParts, signIn } from "./sign-in/sign-in.ts";
import type { SignedIn } from "./sign-in/signed-in.ts";
import type { SqlPortLimits, SqlPortOptions } from "./sql-port-options.ts";

export const databaseName = "mesh";

/** What all connections of one server share. */
export interface ConnectionParts extends SignInParts {
  readonly options: SqlPortOptions;
  readonly limits: SqlPortLimits;
  readonly tls: SecureContext | undefined;
  readonly catalog: Catalog;
  readonly sessions: OpenSessions;
  readonly isStopping: () => boolean;
}

type Start = Extract<Negotiated, { readonly kind: "start" }>;

/** Everything that happens on one connection, from its first byte to its last. Never rejects. */
export async function serveConnection(socket: Socket, parts: ConnectionParts): Promise<void> {
  const { limits, options, sessions } = parts;
  const { startupBytes, stallMs } = limits;
  socket.setNoDelay(true);
  const channel = new Channel(socket, { startupBytes, stallMs });
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
  const limit = parts.limits.connections;
  if (parts.sessions.size >= limit) throw gatewayError["sql-too-many-connections"]({ limit });
  return signedIn;
}

/** @param address as the socket gives it */
export function isLoopback(address: string): boolean {
  return /^(::ffff:)?127\.|^::1$/.test(address);
}

interface Admitted {
  readonly channel: Channel;
  readonly settings: SessionSettings;
  readonly signedIn: SignedIn;
}

async function openSession({ channel, settings, signedIn }: Admitted, parts: ConnectionParts): Promise<void> {
  const { options, limits, catalog, sessions } = parts;
  const key = sessions.newKey();
  for (const { name, value } of settings.reported()) channel.send(parameterStatus(name, value));
  const principal = await signedIn.verify();
  channel.send(parameterStatus("session_authorization", principal.name));
  channel.send(backendKeyData(key.processId, key.secret));
  const session = new Session({ options, limits, channel, signedIn, settings, catalog });
  using _ = sessions.add(key, session);
  await session.run();
}

function sayLast(channel: Channel, failure: unknown, { log }: SqlPortOptions): void {
  // Somebody who speaks another protocol would not understand.
  const isForeign = isMeshError(failure) && failure.code === "gateway/sql-protocol" && channel.isUntouched;
  if (!isForeign && !channel.gone.aborted) channel.send(errorResponse(fatal(failureOf(failure, log)).fields));
  channel.end();
}
