import { lookup as resolve } from "node:dns";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import { parseWebhookUrl, refuseAddress } from "./webhook-address.ts";

export interface WebhookRequest {
  readonly url: string;
  readonly allowPrivate: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Sends one message. The address is judged after its name was resolved, and that very address is connected to; redirects
 * are not followed, and of the answer nothing but its status is looked at.
 * @returns HTTP status
 * @throws MeshError `cli/webhook-url`, and what the connection throws
 */
export function sendWebhook({ url, allowPrivate, headers, body, timeoutMs, signal }: WebhookRequest): Promise<number> {
  const target = parseWebhookUrl(url, allowPrivate);
  const { promise, resolve: answered, reject } = Promise.withResolvers<number>();
  const limit = AbortSignal.timeout(timeoutMs);
  const send = target.protocol === "https:" ? requestHttps : requestHttp;
  const sending = send(target, {
    method: "POST",
    headers: { ...headers, "content-length": Buffer.byteLength(body), "user-agent": "thoth-mesh", connection: "close" },
    agent: false,
    lookup: judgedLookup({ allowPrivate, url }),
    maxHeaderSize: 16 * 1024,
    signal: AbortSignal.any([signal, limit]),
  });
  sending.once("response", (response: IncomingMessage) => {
    // Whatever it says is nothing for us, and may be endless.
    response.destroy();
    answered(response.statusCode ?? 0);
  });
  sending.once("error", (failure) => reject(limit.aborted ? new Error(`no answer within ${timeoutMs} ms`) : failure));
  sending.end(body);
  return promise;
}

/** Between two lookups a name may be given another address, so the one that was judged is the one that is used. */
function judgedLookup(allowed: { readonly allowPrivate: boolean; readonly url: string }): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (failure, addresses) => {
      if (failure !== null) return callback(failure, []);
      try {
        for (const { address } of addresses) refuseAddress(address, allowed);
      } catch (refusal) {
        return callback(refusal as Error, []);
      }
      const [first] = addresses;
      if (options.all === true || first === undefined) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
