import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";
import { anonymous, type Principal } from "@thoth/access/decision";

/** Under whose name use is counted: a principal's own, and for those without one where they ask from. */
export function consumerOf({ name }: Principal, address = "unknown"): string {
  return name === anonymous.name ? `at ${address}` : `by ${name}`;
}

/**
 * Where a request comes from. Each trusted proxy has added whom it heard at the end of `x-forwarded-for`; what stands
 * before that is anybody's word. Of an IPv6 address the network counts: one machine has more addresses than could be kept.
 */
export function clientAddress({ headers, socket }: IncomingMessage, trustedProxies: number): string {
  const { "x-forwarded-for": forwarded = "" } = headers;
  const heard = [...String(forwarded).split(","), socket.remoteAddress ?? ""]
    .map((each) => each.trim())
    .filter(Boolean);
  return networkOf(heard.at(-1 - trustedProxies) ?? heard[0] ?? "unknown");
}

/** An IPv4 address, or the network of an IPv6 address. @param address as a socket gives it */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (!isIPv6(plain)) return plain;
  const [before = "", after] = plain.split("::");
  const head = before.split(":").filter(Boolean);
  const tail = (after ?? "").split(":").filter(Boolean);
  const zeros = after === undefined ? [] : Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0");
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(":")}::/64`;
}
