import type { Server } from "node:http";

/**
 * Stops an HTTP server without cutting off whom it still answers: no connection is taken any more, and one that is kept
 * open is closed behind the answer it still waits for, not when its client goes away.
 * @param longestMs after which everything that is left is cut off, milliseconds
 */
export async function drainServer(server: Server, longestMs: number): Promise<void> {
  if (!server.listening) return;
  server.prependListener("request", (_request, response) => response.setHeader("connection", "close"));
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  const deadline = setTimeout(() => server.closeAllConnections(), longestMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}
