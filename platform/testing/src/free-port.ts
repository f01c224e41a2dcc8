import { createServer } from "node:net";

/** Systems give out other ports by themselves, to servers that ask for any and to clients: Linux those from 32,768 on. */
const [lowest, highest] = [15_000, 32_767];
/** Whoever is given a port may take a while to open it. */
const given = new Set<number>();

/** A port that nobody listens on, and that nobody but whoever asked for it is given: it may be closed and opened again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest + 1));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
