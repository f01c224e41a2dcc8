import type { Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import { gatewayError } from "../errors.ts";
import type { Channel } from "./channel.ts";
import { parseStartupPacket, type StartupPacket } from "./protocol/startup-packet.ts";
import type { CurrentTls } from "./tls-context.ts";

/** What a connection turned out to be for. */
export type Negotiated = Extract<StartupPacket, { readonly kind: "start" | "cancel" }> & {
  readonly isEncrypted: boolean;
};

/**
 * The beginning of a connection: encryption when the client asks for it and there is any, then what it wants.
 * @returns undefined when the client goes away
 * @throws MeshError `gateway/sql-protocol`
 */
export async function negotiate(channel: Channel, tls: CurrentTls | undefined): Promise<Negotiated | undefined> {
  let isEncrypted = false;
  for (let asked = 0; asked < 3; asked += 1) {
    const frame = await channel.read();
    if (frame === undefined) return undefined;
    const packet = parseStartupPacket(frame.body);
    if (packet.kind === "start" || packet.kind === "cancel") return { ...packet, isEncrypted };
    const context = packet.kind === "tls" && !isEncrypted ? await tls?.() : undefined;
    channel.send(Buffer.from(context === undefined ? "N" : "S"));
    if (context === undefined) continue;
    channel.upgrade((socket) => encrypted(socket, context));
    isEncrypted = true;
  }
  throw gatewayError["sql-protocol"]({ problem: "encryption is asked for again and again" });
}

function encrypted(socket: Socket, secureContext: SecureContext): Socket {
  return new TLSSocket(socket, { isServer: true, secureContext });
}
