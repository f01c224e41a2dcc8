import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

/** Answers a request, now or when what it returns has settled. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/**
 * What a listener throws, or a promise of it rejects with, nobody else catches: the process would end, and with it what
 * everybody else has asked. So the one request fails.
 */
export function guardListener(listener: Listener, onFailure: (failure: unknown) => void): RequestListener {
  return (request, response) => {
    const fail = (failure: unknown) => {
      onFailure(failure);
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "content-type": "text/plain", connection: "close" }).end("It failed here.\n");
    };
    try {
      const answered = listener(request, response);
      if (answered instanceof Promise) answered.catch(fail);
    } catch (failure) {
      fail(failure);
    }
  };
}
