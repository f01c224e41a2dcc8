import { randomUUID } from "node:crypto";
import type { AuditPort } from "@thoth/access/audit/audit-entry";
import { type AuditedRead, auditRead, isProtected } from "@thoth/access/audit/audit-read";
import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import { findMeshError } from "@thoth/kernel/error-chain";
import type { ExecutionArgs, ExecutionResult } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import type { RememberedAnswer, TellAgain } from "./answer-cache.ts";
import type { ServerContext } from "./answer-first.ts";
import { countInJson, countRows } from "./answer-rows.ts";
import { toGraphQLError, tryLater } from "./graphql-error.ts";
import type { GatewayContext } from "./request-context.ts";
import type { ServedVersions } from "./served-versions.ts";
import type { UsageDocuments } from "./usage-document.ts";
import type { Use } from "./usage-recorder.ts";

export interface OperationAuditParts {
  readonly trail: AuditTrail;
  /** `graphql` unless it is asked without a port. */
  readonly port?: AuditPort | undefined;
  readonly documents: UsageDocuments;
  readonly versions: ServedVersions;
}

/** What became of an operation. */
export interface OperationEnd {
  readonly requestId: string;
  readonly rows: number | null;
  /** Code of the error that is the whole answer; absent when there is one. */
  readonly refused?: string | undefined;
  /** Its answer goes on for as long as its reader wants. */
  readonly goesOn?: boolean;
}

/** An operation as it was judged before it was answered. */
export interface AuditedOperation {
  readonly use: Use;
  /** Products once for what may be seen of them, and once more for what was asked for and may not. */
  readonly parts: readonly JudgedRead[];
  /** Whether it must be on disk before its answer leaves. */
  readonly mustWait: boolean;
}

/** Writes operations into the audit trail: what each reads, and under which decision. */
export class OperationAudit implements AsyncDisposable {
  readonly #parts: OperationAuditParts;
  readonly #telling = new Set<Promise<void>>();

  constructor(parts: OperationAuditParts) {
    this.#parts = parts;
  }

  /** What an operation reads and under which decisions, before it is answered. */
  judge(use: Use): AuditedOperation {
    const { documents, versions } = this.#parts;
    const reads = documents.readsOf(use);
    if (reads.length === 0) return { use, parts: [], mustWait: false };
    const snapshots = versions.all();
    const parts = reads.flatMap(({ model, columns }) => {
      const snapshot = snapshots.get(`${model.domain}/${model.product}`);
      return judgedRead({ model, columns, decision: use.contextValue.decide(model), snapshot });
    });
    const mustWait = parts.some((part) => part.refused !== undefined || isProtected(part));
    return { use, parts, mustWait };
  }

  /**
   * Tells of an operation once it is known what became of it. An answer that is open leaves without waiting for that.
   * @throws MeshError `access/audit-unavailable`
   */
  async tellWhenKnown(operation: AuditedOperation, end: Promise<OperationEnd>): Promise<void> {
    const telling = end.then((known) => this.tell(operation, known));
    if (operation.mustWait) return telling;
    const settled = telling.catch(() => undefined).finally(() => this.#telling.delete(settled));
    this.#telling.add(settled);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#telling);
  }

  /**
   * Call it before the answer leaves, and wait for what it returns.
   * @throws MeshError `access/audit-unavailable`
   */
  async tell({ use, parts }: AuditedOperation, end: OperationEnd): Promise<void> {
    const allowed = parts.filter(({ refused }) => refused === undefined);
    await Promise.all([
      this.#write(use, end, { reads: allowed, refused: end.refused }),
      ...parts.flatMap((part) =>
        part.refused === undefined ? [] : [this.#write(use, end, { reads: [part], refused: part.refused })],
      ),
    ]);
  }

  #write(
    { contextValue: { principal, purpose, now } }: Use,
    { requestId, rows, goesOn = false }: OperationEnd,
    { reads, refused }: { readonly reads: readonly AuditedRead[]; readonly refused: string | undefined },
  ): Promise<void> | undefined {
    if (reads.length === 0) return undefined;
    const { trail, port = "graphql" } = this.#parts;
    const outcome = refused === undefined ? (goesOn ? "begun" : "allowed") : { refused };
    return auditRead(trail, {
      principal,
      port,
      reads,
      rows: refused === undefined ? rows : 0,
      purpose,
      requestId,
      outcome,
      now,
    });
  }
}

type JudgedRead = AuditedRead & { readonly refused?: string };

function judgedRead(read: AuditedRead): JudgedRead[] {
  const { columns, decision } = read;
  if (!decision.readable) return [{ ...read, refused: "access/product-denied" }];
  const isDenied = (name: string) => (decision.columns[name] ?? "denied") === "denied";
  const denied = columns.filter(isDenied);
  if (denied.length === 0) return [read];
  const seen = columns.filter((name) => !isDenied(name));
  return [
    { ...read, columns: seen },
    { ...read, columns: denied, refused: "access/column-denied" },
  ];
}

/**
 * Tells the audit of every operation that is executed, and gives no answer before that is written down where it must be.
 * What is answered without being executed tells it itself.
 */
export function auditOperations(audit: OperationAudit): Plugin<GatewayContext, ServerContext> {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn(async (args: ExecutionArgs) => {
        const requestId = requestIdOf(args.contextValue as ServerContext);
        const operation = audit.judge(args as Use);
        try {
          const result: unknown = await executeFn(args);
          await orRefuse(audit.tellWhenKnown(operation, endOf(result, requestId)));
          return result;
        } catch (failure) {
          const refused = codeOf(failure);
          if (refused !== undefined && refused !== unavailable)
            await audit.tell(operation, { requestId, rows: 0, refused });
          throw failure;
        }
      });
    },
    async onSubscribe({ args }) {
      const requestId = requestIdOf(args.contextValue as ServerContext);
      await orRefuse(audit.tell(audit.judge(args as Use), { requestId, rows: null, goesOn: true }));
    },
    onDispose: () => audit[Symbol.asyncDispose](),
  };
}

/** Tells of answers that are given again. */
export function tellAgain(audit: OperationAudit): TellAgain {
  const counts = new WeakMap<RememberedAnswer, Promise<number>>();
  return (answer, use, requestId) => {
    const counting = counts.get(answer) ?? countInJson(answer.body, 2);
    counts.set(answer, counting);
    const end = counting.then((rows) => ({ requestId, rows }));
    return audit.tellWhenKnown(audit.judge(use), end);
  };
}

const unavailable = "access/audit-unavailable";

function requestIdOf({ requestId }: ServerContext): string {
  return requestId ?? randomUUID();
}

async function endOf(result: unknown, requestId: string): Promise<OperationEnd> {
  if (isAsyncIterable(result)) return { requestId, rows: null, goesOn: true };
  const { data, errors = [] } = result as ExecutionResult;
  if ((data === null || data === undefined) && errors.length > 0) {
    const [first] = errors;
    return { requestId, rows: 0, refused: String(first?.extensions.code ?? "gateway/failed") };
  }
  return { requestId, rows: await countRows(result as ExecutionResult) };
}

/** @throws GraphQLError `access/audit-unavailable` */
export async function orRefuse(telling: Promise<void> | undefined): Promise<void> {
  try {
    await telling;
  } catch (failure) {
    const refusal = findMeshError(failure);
    throw refusal === undefined ? failure : toGraphQLError(refusal, tryLater(refusal.retryAfterMs));
  }
}

function codeOf(failure: unknown): string | undefined {
  const { code } = (failure as { extensions?: { code?: unknown } }).extensions ?? {};
  return typeof code === "string" ? code : findMeshError(failure)?.code;
}
