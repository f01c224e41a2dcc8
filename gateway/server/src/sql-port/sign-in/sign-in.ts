import { randomUUID } from "node:crypto";
import type { ScramLogin } from "@thoth/access/access-book";
import { anonymous, type Principal } from "@thoth/access/decision";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { gatewayError } from "../../errors.ts";
import type { Channel } from "../channel.ts";
import { askPassword, askSasl, authenticationOk, saslStep } from "../protocol/backend-message.ts";
import { decodeText, MessageReader } from "../protocol/message-reader.ts";
import type { SqlPortOptions } from "../sql-port-options.ts";
import type { AttemptLimit } from "./attempt-limit.ts";
import { beginScram, mockVerifier, scramMechanism } from "./scram-exchange.ts";
import type { SignedIn } from "./signed-in.ts";

export interface SignInParts extends Pick<SqlPortOptions, "credentials" | "clock" | "onRefused"> {
  readonly attempts: AttemptLimit;
  /** Makes up what is kept of users there are none of. */
  readonly mockSecret: Buffer;
}

/** Who asks for it, and how. */
export interface Applicant {
  readonly user: string;
  readonly address: string;
  /** Over TLS, or from this machine: a token may be told. */
  readonly isPrivate: boolean;
}

/**
 * Finds out who has connected. `anonymous` needs no password. Who is called like a service (`service:…`, `mk_…`) proves to
 * know its key by SCRAM, and so does everybody on a connection that others could listen to; everybody else tells a token.
 * Which way is taken never depends on whether there is such a user.
 * @throws MeshError `gateway/sql-sign-in-refused`, `gateway/sql-too-many-attempts`, `gateway/sql-tls-needed`, …
 */
export async function signIn(channel: Channel, applicant: Applicant, parts: SignInParts): Promise<SignedIn> {
  const { user, address } = applicant;
  if (user === "") throw gatewayError["sql-no-user"](undefined);
  if (user === anonymous.name) {
    channel.send(authenticationOk);
    return { authenticated: "none", verify: async () => anonymous };
  }
  const waitMs = parts.attempts.waitMs(address, parts.clock());
  if (waitMs > 0) throw gatewayError["sql-too-many-attempts"]({ seconds: Math.ceil(waitMs / 1000) });
  try {
    const isService = /^(service:|mk_)/.test(user);
    const way = isService || !applicant.isPrivate ? signInByScram : signInByPassword;
    const signedIn = await way(channel, applicant, parts);
    channel.send(authenticationOk);
    return signedIn;
  } catch (failure) {
    await refuse(failure, applicant, parts);
    throw failure;
  }
}

async function refuse(
  failure: unknown,
  { address }: Applicant,
  { attempts, clock, onRefused }: SignInParts,
): Promise<void> {
  if (!isMeshError(failure)) return;
  const { code } = isMeshError(failure.cause) ? failure.cause : failure;
  // Nobody has guessed anything: its issuer does not answer, and all who come from there would be shut out with it.
  if (code !== "access/token-unverifiable") attempts.failed(address, clock());
  await onRefused?.({ principal: undefined, authenticated: "none", code, requestId: randomUUID(), now: clock() });
}

async function signInByPassword(
  channel: Channel,
  { user }: Applicant,
  { credentials }: SignInParts,
): Promise<SignedIn> {
  channel.send(askPassword);
  const password = new MessageReader(await passwordMessage(channel)).text();
  const verify = () => credentials.authenticate(password);
  let principal: Principal;
  try {
    principal = await verify();
  } catch (cause) {
    if (!isMeshError(cause)) throw cause;
    throw gatewayError["sql-sign-in-refused"]({ user }, { cause });
  }
  if (!namesOf(principal).includes(user)) throw gatewayError["sql-other-user"]({ user });
  return { authenticated: principal.kind === "service" ? "service-key" : "token", verify };
}

/** `token` stands for whoever the token is for. */
function namesOf({ name }: Principal): string[] {
  return [name, name.replace(/^service:/, ""), "token"];
}

async function signInByScram(channel: Channel, applicant: Applicant, parts: SignInParts): Promise<SignedIn> {
  const { user } = applicant;
  const login = parts.credentials.scramLogin(user);
  channel.send(askSasl([scramMechanism]));
  const first = new MessageReader(await passwordMessage(channel));
  const mechanism = first.text();
  if (mechanism !== scramMechanism)
    throw gatewayError["sql-protocol"]({ problem: `${scramMechanism} was offered, and something else chosen` });
  const exchange = beginScram(decodeText(first.bytes(first.int32())), login ?? mockVerifier(user, parts.mockSecret));
  channel.send(saslStep("continue", exchange.challenge));
  const proof = exchange.finish(decodeText(await passwordMessage(channel)));
  if (proof === undefined || login === undefined) {
    if (!applicant.isPrivate && !/^(service:|mk_)/.test(user)) throw gatewayError["sql-tls-needed"](undefined);
    throw gatewayError["sql-sign-in-refused"]({ user });
  }
  channel.send(saslStep("final", proof));
  return { authenticated: "service-key", verify: async () => stillGood(login, parts) };
}

function stillGood({ keyId, storedKey }: ScramLogin, { credentials }: SignInParts): Principal {
  const now = credentials.scramLogin(`mk_${keyId}`);
  if (now?.storedKey === storedKey) return now.principal;
  throw gatewayError["sql-signed-out"]({ reason: "its service key is not good any more" });
}

async function passwordMessage(channel: Channel): Promise<Buffer> {
  const frame = await channel.read();
  if (frame?.type === "p") return frame.body;
  throw gatewayError["sql-protocol"]({ problem: "a password was asked for, and something else came" });
}
