import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { guardListener, type Listener } from "./guarded-listener.ts";

const wrong = new Error("secret");
const fails: readonly (readonly [string, Listener, number | undefined])[] = [
  [
    "throws",
    () => {
      throw wrong;
    },
    500,
  ],
  ["rejects", () => Promise.reject(wrong), 500],
  [
    "throws behind its head",
    (_, response) => {
      response.writeHead(200).write("half");
      throw wrong;
    },
    undefined,
  ],
];

test.each(fails)("a listener that %s fails that request alone", async (_, listener, status) => {
  const failures: unknown[] = [];
  const guarded = guardListener(
    (request, response) => (request.url === "/fine" ? response.end("fine") : listener(request, response)),
    (failure) => failures.push(failure),
  );
  await using server = createServer(guarded);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const outcome = await fetch(url)
    .then(async (answer) => [answer.status, await answer.text()])
    .catch(() => undefined);
  expect(outcome).toEqual(status === undefined ? undefined : [status, "It failed here.\n"]);
  expect(failures).toEqual([wrong]);
  expect(await (await fetch(`${url}/fine`)).text()).toBe("fine");
  server.closeAllConnections();
});
