import { BlockList, isIP, isIPv6 } from "node:net";
import { cliError } from "../errors.ts";

export type AddressKind = "public" | "private" | "never";

/** Where clouds tell machines their secrets, what is only for the next wire, and what is no single machine. */
const never = listOf([
  ["0.0.0.0", 8],
  ["169.254.0.0", 16],
  ["168.63.129.16", 32],
  ["100.100.100.200", 32],
  ["192.0.0.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
  ["::", 128],
  ["fe80::", 10],
  ["fec0::", 10],
  ["fd00:ec2::", 32],
  ["fd20:ce::", 32],
  ["ff00::", 8],
  // Tunnels: what they lead to cannot be seen here.
  ["2001::", 32],
  ["2002::", 16],
]);

const isPrivate = listOf([
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["::1", 128],
  ["fc00::", 7],
]);

function listOf(nets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of nets) list.addSubnet(net, prefix, isIPv6(net) ? "ipv6" : "ipv4");
  return list;
}

/** @param address an IP address, as a name was resolved to or as it stands in a URL */
export function addressKind(address: string): AddressKind {
  const plain = embeddedIPv4(address) ?? address;
  const family = isIPv6(plain) ? "ipv6" : "ipv4";
  if (isIP(plain) === 0 || never.check(plain, family)) return "never";
  return isPrivate.check(plain, family) ? "private" : "public";
}

/** `::ffff:10.0.0.1` and `64:ff9b::10.0.0.1` lead to `10.0.0.1`. */
function embeddedIPv4(address: string): string | undefined {
  if (!isIPv6(address)) return undefined;
  // The URL parser writes every IPv6 address in one way.
  const short = new URL(`http://[${address.split("%")[0]}]/`).hostname.slice(1, -1);
  const [, high, low] = /^(?:::ffff:|::|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const [one, two] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [one >> 8, one & 255, two >> 8, two & 255].join(".");
}

/**
 * An address that may be told of publications.
 * @throws MeshError `cli/webhook-url`
 */
export function parseWebhookUrl(text: string, allowPrivate: boolean): URL {
  const refuse = (problem: string) => cliError["webhook-url"]({ url: text.slice(0, 200), problem });
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw refuse("it is no http or https URL");
  if (url.username !== "" || url.password !== "") throw refuse("it holds a name or password");
  if (url.protocol === "http:" && !allowPrivate) throw refuse("what is sent over http can be read on the way");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0) refuseAddress(host, { allowPrivate, url: text });
  return url;
}

/** @throws MeshError `cli/webhook-url` */
export function refuseAddress(
  address: string,
  { allowPrivate, url }: { readonly allowPrivate: boolean; readonly url: string },
): void {
  const kind = addressKind(address);
  if (kind === "public" || (kind === "private" && allowPrivate)) return;
  const problem =
    kind === "never"
      ? `${address} is for the machine itself, for its neighbours or for secrets of the cloud`
      : `${address} is of this machine or of a private network`;
  throw cliError["webhook-url"]({ url: url.slice(0, 200), problem });
}
