import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Random, seededRandom } from "@thoth/testing/random";
import { type ServerProcess, startServer } from "./servers/server-process.ts";
import type { SnapshotRange } from "./soak/judge-answer.ts";
import { SoakClients } from "./soak/soak-clients.ts";
import { formatSoak, judgeSoak, type SoakReport } from "./soak/soak-report.ts";
import type { PublishOrder } from "./soak/soak-server.ts";
import { SoakTally } from "./soak/soak-tally.ts";
import { type SoakProduct, type SoakSize, soakProductIds } from "./soak/soak-world.ts";

export type { SoakReport } from "./soak/soak-report.ts";
export { judgeSoak } from "./soak/soak-report.ts";

export interface SoakOptions {
  readonly minutes: number;
  readonly publishEveryMs?: number;
  /** Share of the measured capacity that is asked, 0..1. */
  readonly loadShare?: number;
  /** Share of the clients that go away before their answer, 0..1. */
  readonly killShare?: number;
  /** How long capacity is measured. */
  readonly capacityMs?: number;
  readonly size?: SoakSize;
  readonly seed?: number;
}

const defaults = {
  publishEveryMs: 60_000,
  loadShare: 0.8,
  killShare: 0.02,
  capacityMs: 10_000,
  size: { entries: 20_000, items: 500 },
  seed: 1,
};

type CompleteOptions = Required<SoakOptions>;

/** Serves, publishes and asks at a steady load, far from idle and short of collapse. What it found is for `judgeSoak`. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const complete: CompleteOptions = { ...defaults, ...options };
  const { size, seed, loadShare } = complete;
  await using server = await startServer(join(import.meta.dirname, "soak/soak-server.ts"), { size });
  const random = seededRandom(seed);
  const publisher = new Publisher(server);
  const clients = new SoakClients({ url: server.url, size, random, published: () => publisher.range() });
  const capacity = await measureCapacity(clients, complete.capacityMs);
  await server.reset();
  const tally = new SoakTally();
  const work = { server, publisher, clients, tally, random, perSecond: capacity * loadShare };
  await runSoak(work, complete);
  clients.close();
  const { longestStallMs } = await server.usage();
  return {
    minutes: complete.minutes,
    capacity,
    load: capacity * loadShare,
    publishes: publisher.published,
    longestStallMs,
    ...tally.summary(),
  };
}

/** Numbers the snapshots, and knows which may be seen. */
class Publisher {
  readonly #server: ServerProcess;
  readonly #numbers: Record<SoakProduct, { from: number; to: number }> = {
    "shop/entries": { from: 1, to: 1 },
    "stock/items": { from: 1, to: 1 },
  };
  published = 0;
  #begun = 0;

  constructor(server: ServerProcess) {
    this.#server = server;
  }

  range(): SnapshotRange {
    return structuredClone(this.#numbers);
  }

  /** The products in turns. On a busy machine the next one may be ordered while this one is still on its way. */
  async publish(): Promise<void> {
    const product = soakProductIds[this.#begun % soakProductIds.length] as SoakProduct;
    this.#begun += 1;
    const numbers = this.#numbers[product];
    const number = numbers.to + 1;
    numbers.to = number;
    await this.#server.ask({ product, number } satisfies PublishOrder);
    numbers.from = number;
    this.published += 1;
  }
}

const busyClients = 16;

/** As many requests a second as clients get answered that ask again at once. */
async function measureCapacity(clients: SoakClients, durationMs: number): Promise<number> {
  const startedAt = performance.now();
  let answered = 0;
  const client = async () => {
    while (performance.now() - startedAt < durationMs) {
      const { verdict } = await clients.ask();
      if (verdict.kind === "failed") throw new Error(`the server fails before the soak begins: ${verdict.reason}`);
      // The first half compiles and fills caches.
      if (verdict.kind === "answered" && performance.now() - startedAt > durationMs / 2) answered += 1;
    }
  };
  await Promise.all(Array.from({ length: busyClients }, client));
  return answered / ((performance.now() - startedAt - durationMs / 2) / 1000);
}

interface SoakWork {
  readonly server: ServerProcess;
  readonly publisher: Publisher;
  readonly clients: SoakClients;
  readonly tally: SoakTally;
  readonly random: Random;
  readonly perSecond: number;
}

const tickMs = 5;
const sampleEveryMs = 2_000;
/** More than this at a time, and it would be the client that breaks down. */
const maxInFlight = 500;

/** Asks by the clock whether or not answers come, as the world does. */
async function runSoak(work: SoakWork, { minutes, publishEveryMs, killShare }: CompleteOptions): Promise<void> {
  const { server, publisher, clients, tally, random, perSecond } = work;
  const durationMs = minutes * 60_000;
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  const pending = new Set<Promise<void>>();
  const follow = (task: Promise<void>) => {
    const done = task.finally(() => pending.delete(done));
    pending.add(done);
  };
  let [asked, publishes, samples] = [0, 0, 0];
  while (elapsedMs() < durationMs) {
    for (; asked < (elapsedMs() * perSecond) / 1000 && clients.inFlight < maxInFlight; asked++) {
      const killAfterMs = random.chance(killShare) ? random.int(0, 20) : undefined;
      follow(clients.ask(killAfterMs).then((one) => tally.count(one)));
    }
    // What could not be asked is not made up for later.
    asked = Math.max(asked, Math.floor((elapsedMs() * perSecond) / 1000) - maxInFlight);
    if (elapsedMs() > (publishes + 0.5) * publishEveryMs) {
      publishes += 1;
      follow(publisher.publish());
    }
    if (elapsedMs() > samples * sampleEveryMs) {
      samples += 1;
      follow(server.usage().then(({ memoryBytes }) => tally.sample({ atMs: elapsedMs(), bytes: memoryBytes })));
    }
    await sleep(tickMs);
  }
  await Promise.all(pending);
}

const usage = "npm run bench -- soak [--minutes 30] [--publish-every 60]";

/** @returns whether all went well */
export async function benchSoak(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "30" },
      "publish-every": { type: "string", default: String(defaults.publishEveryMs / 1000) },
    },
  });
  const [minutes, seconds] = [Number(values.minutes), Number(values["publish-every"])];
  if (!(minutes > 0 && seconds > 0)) throw new Error(`both take a number above 0: ${usage}`);
  const report = await soak({ minutes, publishEveryMs: seconds * 1000 });
  console.log(formatSoak(report));
  return judgeSoak(report).length === 0;
}
