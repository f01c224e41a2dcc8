import { timingSafeEqual } from "node:crypto";
import { linkScope } from "@thoth/kernel/abort-scope";
import { findMeshError } from "@thoth/kernel/error-chain";
import type { ToldPlan } from "@thoth/pipeline/orchestrate/run-backfill";
import type { RunProgress } from "@thoth/pipeline/run-mesh";
import { cliError } from "./errors.ts";
import type { OperationOptions, Operations } from "./operations.ts";
import { type OperatorCommand, type OperatorMessage, operatorPath, parseOperatorCommand } from "./operator-command.ts";

export interface OperatorPortOptions {
  readonly operations: Operations;
  /** Written to the home's owner file, which only its owner can read. */
  readonly operatorKey: string;
  /** The name this server listens on, beside the loopback's names. */
  readonly host: string;
  /** Aborts what is under way when the server stops. */
  readonly signal: AbortSignal;
}

/** Commands are short; more than this is none. */
const bodyLimitBytes = 16 * 1024;

/**
 * Answers `POST /operator/command` for those who can read the home; nobody else learns that the path exists. The answer
 * is a line of JSON at a time, as things happen. A client that goes away stops what it asked for.
 */
export function operatorPort(port: OperatorPortOptions): (request: Request) => Promise<Response | undefined> {
  return async (request) => {
    const url = new URL(request.url);
    if (!url.pathname.startsWith("/operator")) return undefined;
    if (url.pathname !== operatorPath || request.method !== "POST" || !isOperator(request, url, port))
      return refuse(404, "Not found");
    const length = Number(request.headers.get("content-length") ?? Number.NaN);
    if (!(length <= bodyLimitBytes)) return refuse(413, `A command has at most ${bodyLimitBytes} bytes`);
    const command = parseOperatorCommand(await request.text());
    if (command === undefined) return refuse(400, "This is no command");
    const ends = { client: request.signal, server: port.signal };
    return streamMessages((options) => carryOut(command, port.operations, options), ends);
  };
}

/**
 * The key alone decides. Asking for a name of this machine, and for no page behind the request, keeps browsers out even
 * if a key should get into one: a page elsewhere whose name was pointed here still sends its own name.
 */
function isOperator({ headers }: Request, { hostname }: URL, { operatorKey, host }: OperatorPortOptions): boolean {
  const given = Buffer.from(headers.get("authorization") ?? "");
  const expected = Buffer.from(`Operator ${operatorKey}`);
  const isHere = ["127.0.0.1", "localhost", "[::1]", host, `[${host}]`].includes(hostname);
  return (
    isHere && headers.get("origin") === null && given.length === expected.length && timingSafeEqual(given, expected)
  );
}

function refuse(status: number, text: string): Response {
  return new Response(`${text}\n`, { status, headers: { "content-type": "text/plain" } });
}

function carryOut(command: OperatorCommand, operations: Operations, options: OperationOptions): Promise<unknown> {
  switch (command.command) {
    case "runs":
      return operations.runs(command.filter);
    case "usage":
      return operations.usage(command.filter);
    case "desk":
      return operations.desk(command.call);
    case "rollback":
      return operations.rollBack(command, options);
    case "run":
      return operations.run(command, options);
    default:
      return command satisfies never;
  }
}

interface Ends {
  /** Aborts when the client has gone. */
  readonly client: AbortSignal;
  readonly server: AbortSignal;
}

function streamMessages(work: (options: OperationOptions) => Promise<unknown>, { client, server }: Ends): Response {
  const encoder = new TextEncoder();
  const scope = linkScope(server);
  let open = true;
  const leave = () => {
    open = false;
    scope.abort(new DOMException("the client has gone", "AbortError"));
  };
  client.addEventListener("abort", leave, { once: true });
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (message: OperatorMessage) => {
        if (open) controller.enqueue(encoder.encode(`${JSON.stringify(message)}\n`));
      };
      const onProgress = (event: RunProgress) => send({ kind: "progress", event: slim(event) });
      const onWait = () => send({ kind: "waiting" });
      const onPlan = (plan: ToldPlan) => send({ kind: "planned", plan });
      send(await outcome(() => work({ signal: scope.signal, onProgress, onWait, onPlan })));
      if (open) controller.close();
      client.removeEventListener("abort", leave);
      scope[Symbol.dispose]();
    },
    cancel: leave,
  });
  return new Response(body, { headers: { "content-type": "application/x-ndjson" } });
}

async function outcome(work: () => Promise<unknown>): Promise<OperatorMessage> {
  try {
    return { kind: "result", result: await work() };
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    const { code, message, hint, at } = findMeshError(failure) ?? cliError["operator-failed"]({ reason });
    return { kind: "failure", code, message, hint, ...(at === undefined ? {} : { at }) };
  }
}

/** A job holds the whole product; the display needs its name. */
function slim(event: RunProgress): RunProgress {
  const { kind, id, domain, dependsOn } = event.job;
  return { ...event, job: { kind, id, domain, dependsOn } } as RunProgress;
}
