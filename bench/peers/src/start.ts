import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { announce } from "../../servers/probe.ts";

/** What the bench hands to a server that it starts. */
export function readConfig<T>(): T {
  return JSON.parse(process.argv[2] ?? "{}") as T;
}

/** Serves on a free port of this machine and tells the bench where. */
export function serve(handler: RequestListener): void {
  const server = createServer(handler);
  server.listen(0, "127.0.0.1", () => {
    announce(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`);
  });
}
