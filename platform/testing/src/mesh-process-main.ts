import { openControl } from "@thoth/control/open-control";
import { runMesh } from "@thoth/pipeline/run-mesh";
import { removeUnfinished } from "@thoth/warehouse/snapshot-store";
import type { FoundHome, KillPoint, MeshProcess } from "./mesh-process.ts";
import { meshOf, readSnapshot } from "./test-mesh.ts";

/** The process behind `runMeshProcess`: opens the home as the CLI does, tells what it found, runs, tells how it ended. */
const { killed, ...options } = JSON.parse(process.argv[2] ?? "{}") as MeshProcess;
let now = options.now;
let calls = 0;
await using control = await openControl({ dataDir: `${options.home}/control` });
const mesh = await meshOf({ ...options, control, clock: () => now++ });
const aborted = await mesh.ledger.abortOrphans("its process is gone");
await removeUnfinished(mesh.home.snapshotsDir);
print({ aborted: aborted.map((run) => `${run.domain}/${run.pipeline}`), products: await readProducts() });
if (killed !== undefined) arm(killed);
const startedAt = performance.now();
const runs = await runMesh(mesh, { trigger: "manual", signal: new AbortController().signal });
print({
  statuses: Object.fromEntries(runs.map((run) => [`${run.domain}/${run.pipeline}`, run.status])),
  messages: runs.flatMap((run) => run.failureMessage ?? []),
  ms: performance.now() - startedAt,
  calls,
  products: await readProducts(),
});

/** In one piece: a process that is killed has then said a whole line or none. */
function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line, (_, value) => (typeof value === "bigint" ? Number(value) : value))}\n`);
}

async function readProducts(): Promise<FoundHome["products"]> {
  const current = await mesh.pointers.current();
  const rows = current.map(async (snapshot) => {
    return [`${snapshot.domain}/${snapshot.product}`, await readSnapshot(mesh.home.snapshotsDir, snapshot)] as const;
  });
  return Object.fromEntries(await Promise.all(rows));
}

function arm(point: KillPoint): void {
  const die = () => process.kill(process.pid, "SIGKILL");
  if ("ms" in point) setTimeout(die, point.ms);
  countCalls(async (call, name) => {
    calls += 1;
    if ("before" in point && point.before === name) die();
    const here = "call" in point && point.call === calls ? point.when : undefined;
    if (here === "before") die();
    const result = await call();
    if (here === "after") die();
    return result;
  });
}

/** Every change of the control plane passes here. */
function countCalls(around: <T>(call: () => Promise<T>, name?: "publish") => Promise<T>): void {
  const { ledger, pointers } = mesh;
  const { start, finish } = ledger;
  const { publish, touch } = pointers;
  ledger.start = (...args) => around(() => start(...args));
  ledger.finish = (runId, outcome) => around(() => finish(runId, outcome));
  pointers.publish = (...args) => around(() => publish(...args), "publish");
  pointers.touch = (...args) => around(() => touch(...args));
}
