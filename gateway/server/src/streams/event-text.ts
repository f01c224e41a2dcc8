import type { ProductPublished } from "@thoth/warehouse/product-published";

/** Before a client connects again, milliseconds. */
const reconnectMs = 2_000;

/** Server-sent events as bytes. @source WHATWG HTML, server-sent events */
export const eventText = {
  /** The head leaves with it, so that a client knows at once that it is heard. */
  opening: (product: string) => utf8(`retry: ${reconnectMs}\n: ${product}\n\n`),
  published: (event: ProductPublished) =>
    utf8(`id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
  /** Keeps what stands between from taking the connection for dead. */
  heartbeat: () => utf8(": still here\n\n"),
  /** Why no more will come on this connection. */
  closed: (reason: { readonly code: string; readonly message: string }) =>
    utf8(`event: closed\ndata: ${JSON.stringify(reason)}\n\n`),
};

function utf8(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}
