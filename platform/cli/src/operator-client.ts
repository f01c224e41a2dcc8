import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { ObservedUse } from "@thoth/contract/impact/impact";
import { readOwner } from "@thoth/control/home-lock";
import type { Run } from "@thoth/control/run";
import type { RunFilter } from "@thoth/control/run-ledger";
import type { UsageFilter, UsageReport } from "@thoth/control/usage-store";
import { MeshError } from "@thoth/kernel/mesh-error";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { backfillText } from "./backfill-text.ts";
import type { DeskAnswer, DeskCall } from "./desk-call.ts";
import type { Effects } from "./effects.ts";
import { cliError } from "./errors.ts";
import type { RunTarget } from "./operations.ts";
import { type OperatorCommand, type OperatorMessage, operatorPath } from "./operator-command.ts";
import type { RollBackTarget } from "./roll-back.ts";
import { displayProgress } from "./run-display.ts";

/** The process that owns a home and serves it, as another process of the same user sees it. */
export interface Operator {
  readonly graphqlUrl: string;
  run(target: RunTarget, effects: Effects): Promise<Run[]>;
  runs(filter: RunFilter, effects: Effects): Promise<Run[]>;
  usage(filter: UsageFilter, effects: Effects): Promise<UsageReport>;
  desk<Call extends DeskCall>(call: Call, effects: Effects): Promise<DeskAnswer<Call>>;
  rollBack(target: RollBackTarget, effects: Effects): Promise<Snapshot>;
}

interface Address {
  readonly url: string;
  readonly operatorKey: string;
}

/** @returns undefined when no process serves this home */
export function findOperator(home: string): Operator | undefined {
  const owner = readOwner(home);
  if (owner?.url === undefined || owner.operatorKey === undefined) return undefined;
  const address = { url: owner.url, operatorKey: owner.operatorKey };
  return {
    graphqlUrl: `${owner.url}/graphql`,
    run: (target, effects) => sendCommand<Run[]>(address, { command: "run", ...target }, effects),
    runs: (filter, effects) => sendCommand<Run[]>(address, { command: "runs", filter }, effects),
    usage: async (filter, effects) => {
      const report = await sendCommand<SentReport>(address, { command: "usage", filter }, effects);
      return { ...report, uses: report.uses.map(completeUse) };
    },
    desk: <Call extends DeskCall>(call: Call, effects: Effects) =>
      sendCommand<DeskAnswer<Call>>(address, { command: "desk", call }, effects),
    rollBack: (target, effects) => sendCommand<Snapshot>(address, { command: "rollback", ...target }, effects),
  };
}

/** JSON leaves out what is undefined. */
type SentReport = Omit<UsageReport, "uses"> & { readonly uses: readonly SentUse[] };
type SentUse = Omit<ObservedUse, Unsaid> & Partial<Pick<ObservedUse, Unsaid>>;
type Unsaid = "column" | "domain" | "purpose";

function completeUse({ column, domain, purpose, ...use }: SentUse): ObservedUse {
  return { ...use, column, domain, purpose };
}

async function sendCommand<T>(address: Address, command: OperatorCommand, effects: Effects): Promise<T> {
  const { url } = address;
  const show = displayProgress(effects);
  try {
    for await (const line of await openAnswer(address, command, effects.signal)) {
      const message = JSON.parse(line) as OperatorMessage;
      if (message.kind === "progress") show(message.event);
      else if (message.kind === "waiting") effects.err("waiting for what this mesh is doing to end …\n");
      else if (message.kind === "planned") effects.err(backfillText(message.plan));
      else if (message.kind === "result") return message.result as T;
      else throw failureOf(message);
    }
  } catch (cause) {
    if (cause instanceof MeshError || effects.signal.aborted) throw cause;
    throw cliError["operator-lost"]({ url }, { cause });
  }
  throw cliError["operator-lost"]({ url });
}

/** The answer line by line, as it comes. */
async function openAnswer({ url, operatorKey }: Address, command: OperatorCommand, signal: AbortSignal) {
  const headers = { authorization: `Operator ${operatorKey}`, "content-type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify(command), signal };
  const response = await fetch(`${url}${operatorPath}`, request).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw cliError["server-unreachable"]({ url }, { cause });
  });
  if (!response.ok || response.body === null) throw cliError["operator-refused"]({ url, status: response.status });
  return createInterface({ input: Readable.fromWeb(response.body as never) });
}

function failureOf({ code, message, hint, at }: OperatorMessage & { kind: "failure" }): MeshError {
  return new MeshError(code, { message, hint }, at === undefined ? {} : { at });
}
