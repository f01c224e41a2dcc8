import type { Run, RunOutcome } from "@thoth/control/run";
import { openStreamStates } from "@thoth/ingest/stream-state";
import { openWriteSide } from "@thoth/warehouse/write-side";
import type { Domain } from "./domain.ts";
import { describeJobFailure } from "./failure.ts";
import type { Job } from "./job.ts";
import { step, type Warehouse } from "./job-context.ts";
import { judgeParent } from "./judge-parent.ts";
import { readOwnMemory } from "./memory-limit.ts";
import type { Mesh } from "./mesh.ts";
import type { RunOptions } from "./run-mesh.ts";
import { occasionOf } from "./run-occasion.ts";
import { openTableStates } from "./table-states.ts";

/** One domain while its jobs run: its write side is open and its parent run is on the ledger. */
export interface DomainSession {
  readonly domain: Domain;
  readonly parent: Run;
  /** What the domain works on, or why it cannot be opened: then none of its jobs can run, and others can. */
  readonly warehouse: OpenWarehouse | { readonly failure: RunOutcome };
}

export type OpenWarehouse = Warehouse & AsyncDisposable;

interface OpenSession extends DomainSession {
  readonly runs: Run[];
}

/** Opens each domain's write side when its first job comes and closes it behind the last, so that few are open at once. */
export class DomainSessions implements AsyncDisposable {
  readonly #mesh: Mesh;
  readonly #options: RunOptions;
  readonly #open = new Map<string, OpenSession>();
  readonly #jobsLeft: Map<string, number>;

  constructor(mesh: Mesh, jobs: readonly Job[], options: RunOptions) {
    this.#mesh = mesh;
    this.#options = options;
    const byDomain = Map.groupBy(jobs, (job) => job.domain);
    this.#jobsLeft = new Map([...byDomain].map(([domain, own]) => [domain, own.length]));
  }

  async enter(name: string): Promise<DomainSession> {
    const open = this.#open.get(name);
    if (open !== undefined) return open;
    const domain = this.#mesh.domains.find((candidate) => candidate.name === name);
    if (domain === undefined) throw new Error(`no domain ${name}`);
    const { parentRunId, queuedAt } = this.#options;
    const parent = await this.#mesh.ledger.start({
      domain: name,
      product: null,
      pipeline: "domain",
      codeVersion: domain.packageVersion,
      ...(queuedAt !== undefined && { queuedAt }),
      ...occasionOf(this.#options, parentRunId),
    });
    const session: OpenSession = { domain, parent, warehouse: await this.#openWarehouse(domain), runs: [] };
    this.#open.set(name, session);
    return session;
  }

  /** @returns the parent's final row when that was the domain's last job */
  async leave(name: string, run: Run): Promise<Run | undefined> {
    const session = this.#open.get(name);
    if (session === undefined) throw new Error(`domain ${name} has not been entered`);
    session.runs.push(run);
    const left = (this.#jobsLeft.get(name) ?? 1) - 1;
    this.#jobsLeft.set(name, left);
    return left > 0 ? undefined : this.#close(session);
  }

  /** Ends what is open before its last job. @returns the parents' final rows */
  async stop(): Promise<Run[]> {
    const parents: Run[] = [];
    for (const session of [...this.#open.values()]) parents.push(await this.#close(session));
    return parents;
  }

  /** What is still open here was cut off by an error that no job could record. */
  async [Symbol.asyncDispose](): Promise<void> {
    await using closing = new AsyncDisposableStack();
    for (const session of [...this.#open.values()]) closing.defer(async () => void (await this.#close(session)));
  }

  async #openWarehouse(domain: Domain): Promise<DomainSession["warehouse"]> {
    try {
      return await step("open", () => openWarehouse(this.#mesh, domain));
    } catch (failure) {
      return { failure: describeJobFailure(failure, this.#options.signal) };
    }
  }

  async #close({ domain, parent, warehouse, runs }: OpenSession): Promise<Run> {
    this.#open.delete(domain.name);
    await using _ = "failure" in warehouse ? undefined : warehouse;
    const left = this.#jobsLeft.get(domain.name) ?? 0;
    const outcome = "failure" in warehouse ? warehouse.failure : judgeParent(runs, left);
    return await this.#mesh.ledger.finish(parent.runId, outcome);
  }
}

/** For whoever holds the domain. */
export async function openWarehouse(
  { home, pseudonymKey, fence }: Pick<Mesh, "home" | "pseudonymKey" | "fence">,
  domain: Domain,
): Promise<OpenWarehouse> {
  const options = {
    file: home.writeFile(domain.name),
    pseudonymKey,
    tmpDir: home.tmpDir,
    ...(fence && { aroundCommit: (commit: () => Promise<void>) => fence(domain.name, commit) }),
  };
  await using opening = new AsyncDisposableStack();
  const engine = opening.use(await openWriteSide(options));
  const ownMemory = await readOwnMemory(engine);
  const streams = await openStreamStates(engine);
  const tables = await openTableStates(engine, domain);
  const resources = opening.move();
  return { engine, ownMemory, streams, tables, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
