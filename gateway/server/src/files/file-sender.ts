import type { Principal } from "@thoth/access/decision";
import { roughRows, seesEveryRow, seesPresentOnly } from "@thoth/access/sees-every-row";
import { type AbortScope, linkScope } from "@thoth/kernel/abort-scope";
import { subgraphError } from "@thoth/subgraph/errors";
import { costOfFile } from "@thoth/subgraph/file-plan";
import { effortOf, type QueryCost } from "@thoth/subgraph/query-cost";
import { matches } from "../answer-first.ts";
import { gatewayError } from "../errors.ts";
import { bearerToken } from "../request-context.ts";
import { openFile } from "./file-answer.ts";
import { FileAudit } from "./file-audit.ts";
import { type Asking, type ChoiceParts, chooseFile, type FileChoice } from "./file-choice.ts";
import { choiceHeaders, outlineHeaders } from "./file-headers.ts";
import type { FileAnswer, FilePortParts, FileRequest } from "./file-port.ts";
import { type FileParameters, type FileRoute, parseParameters } from "./file-request.ts";
import { FilesUnderWay } from "./files-under-way.ts";
import { type ParquetFiles, parquetFiles } from "./parquet-file.ts";
import { parquetPart } from "./parquet-part.ts";

type FileTarget = Extract<FileRoute, { readonly kind: "file" }>;

/** Between two looks whether the credential still holds of whom a file is sent to, milliseconds. */
const reviewMs = 500;

/** What the engine may look at for one file, in values; as for one operation. */
const mostScanned = 5_000_000_000;

/** Makes the files. */
export class FileSender implements AsyncDisposable {
  readonly #parts: FilePortParts;
  readonly #choices: ChoiceParts;
  readonly #parquet: ParquetFiles;
  readonly #underWay = new FilesUnderWay();

  constructor(parts: FilePortParts, choices: ChoiceParts) {
    this.#parts = parts;
    this.#choices = choices;
    this.#parquet = parquetFiles({ engine: parts.engine, sources: parts.files });
  }

  /** @throws MeshError whatever refuses the file */
  async send(target: FileTarget, request: FileRequest, given: Asking): Promise<FileAnswer> {
    const audit = new FileAudit(this.#parts, request.id);
    try {
      const parameters = parseParameters(request.query, target.format);
      const asking = { ...given, purpose: purposeOf(parameters, given) };
      const wish = { address: target, format: target.format, parameters };
      audit.begin(target, asking, this.#choices);
      const choice = await chooseFile(this.#choices, wish, asking);
      audit.choose(choice);
      if (isKnown(request, choice)) return await this.#unchanged(choice, target, audit);
      return await this.#carryOut({ target, request, parameters, asking, choice, audit });
    } catch (failure) {
      await audit.refuse(failure);
      throw failure;
    }
  }

  async #unchanged(choice: FileChoice, { format }: FileTarget, audit: FileAudit): Promise<FileAnswer> {
    await audit.tell("allowed", 0);
    const { "content-type": _, "content-disposition": __, ...headers } = choiceHeaders(choice, format);
    return { status: 304, headers, compressible: false, [Symbol.asyncDispose]: async () => undefined };
  }

  async #carryOut(sending: Sending): Promise<FileAnswer> {
    await using stack = new AsyncDisposableStack();
    const scope = stack.adopt(linkScope(sending.request.signal), (each) => each[Symbol.dispose]());
    using _late = refuseLate(scope, this.#parts.limits.requestTimeoutMs);
    try {
      const isParquet = sending.target.format === "parquet";
      const answer = await (isParquet
        ? this.#parquetAnswer(sending, scope, stack)
        : this.#streamed(sending, scope, stack));
      const resources = stack.move();
      return { ...answer, [Symbol.asyncDispose]: () => resources.disposeAsync() };
    } catch (failure) {
      throw scope.signal.aborted ? scope.signal.reason : failure;
    }
  }

  async #streamed(sending: Sending, scope: AbortScope, stack: AsyncDisposableStack): Promise<Answer> {
    const { target, request, parameters, choice, audit } = sending;
    const { format } = target;
    if (format === "parquet") throw new Error("a Parquet file is made as a whole");
    const cost = this.#costOf(choice);
    this.#charge(sending, cost);
    const reading = { signal: scope.signal, cost };
    const opened = stack.use(
      await openFile({ engine: this.#parts.engine, sources: this.#parts.files }, choice, reading),
    );
    const headers = { ...choiceHeaders(choice, format), ...this.#linksOf(sending, opened.outline) };
    const isHead = request.method === "HEAD";
    // What is one part is there before it is sent.
    if (!isHead && opened.outline.cuts.length > 0)
      stack.use(this.#underWay.begin(request.consumer(sending.asking.principal)));
    if (isHead) {
      await audit.tell("allowed", 0);
      return { status: 200, headers, compressible: false };
    }
    const body = await opened.body(format, parameters);
    await audit.tell("begun", null);
    const sent = this.#whileAllowed(body, sending);
    // What is under way for it ends before the state is let go.
    stack.defer(async () => {
      scope.abort(new Error("nobody waits for the file any more"));
      await sent.return();
      await endOf(body);
      await audit.tell("allowed", audit.isSent ? opened.outline.rows : null);
    });
    return { status: 200, headers, body: sent, compressible: true };
  }

  async #parquetAnswer(sending: Sending, scope: AbortScope, stack: AsyncDisposableStack): Promise<Answer> {
    const { request, choice, audit } = sending;
    const cost = this.#costOf(choice);
    const charge = () => this.#charge(sending, cost);
    const { handle, sizeBytes, details } = await this.#parquet.open(choice, { signal: scope.signal, cost, charge });
    stack.defer(() => handle.close());
    const stated = { ...choiceHeaders(choice, "parquet"), ...this.#linksOf(sending, details) };
    const { status, headers, bytes, isWhole } = parquetPart(request, stated, sizeBytes);
    const isSent = bytes !== null && request.method !== "HEAD";
    await audit.tell("allowed", isSent ? (isWhole ? details.rows : null) : 0);
    if (!isSent) return { status, headers, compressible: false };
    const body = handle.createReadStream({ ...bytes, autoClose: false });
    return { status, headers, compressible: false, body: this.#whileAllowed(body, sending) };
  }

  /** Pieces for as long as credential and decision hold: what ends them, ends what is being sent under them. */
  async *#whileAllowed(body: AsyncIterable<Uint8Array>, sending: Sending): AsyncGenerator<Uint8Array, void, void> {
    const { asking, audit } = sending;
    let { principal, now: seenAt } = asking;
    for await (const piece of body) {
      const now = this.#parts.clock();
      if (now - seenAt >= reviewMs) {
        principal = await this.#seeAgain(sending);
        seenAt = now;
      }
      this.#refuseChanged(sending, principal);
      yield piece;
    }
    audit.isSent = true;
  }

  /** @throws MeshError `access/token-…` when the credential is not good any more */
  async #seeAgain({ request, asking }: Sending): Promise<Principal> {
    const principal = await this.#parts.authenticate(bearerToken(request.authorization ?? null));
    if (principal.name !== asking.principal.name) throw new Error("the credential is somebody else's now");
    return principal;
  }

  #refuseChanged({ choice: { model, decision: before }, asking }: Sending, principal: Principal): void {
    const now = this.#parts.decide(principal, model, asking.purpose);
    const isSame = now.agreement === before.agreement && now.fingerprint === before.fingerprint;
    const holds = now.readable && isSame;
    if (!holds || (before.expiresAt ?? Number.POSITIVE_INFINITY) <= this.#parts.clock())
      throw new Error(`${model.id} may not be read any more`);
  }

  #linksOf({ request, choice, parameters }: Sending, outline: Parameters<typeof outlineHeaders>[1]) {
    const isKept = this.#parts.files.kept !== undefined || parameters.snapshot !== undefined;
    // Where only the present may be read, the next page is of what is current then.
    const isLasting = isKept && !seesPresentOnly(choice.model, choice.decision);
    const snapshot = isLasting ? choice.snapshot.id : undefined;
    return outlineHeaders(choice, outline, { path: request.path, query: request.query, snapshot });
  }

  /** @throws MeshError `subgraph/too-costly` */
  #costOf({ plan, snapshot, decision }: FileChoice): QueryCost {
    const cost = costOfFile(plan, seesEveryRow(decision) ? snapshot.rowCount : roughRows(snapshot.rowCount));
    const most = this.#parts.costs.scanned ?? mostScanned;
    if (cost.scanned <= most) return cost;
    throw subgraphError["too-costly"]({ ...cost, mostScanned: most, mostWritten: Number.POSITIVE_INFINITY });
  }

  /** @throws MeshError `gateway/rate-exceeded` */
  #charge({ request, asking }: Sending, cost: QueryCost): void {
    this.#parts.rates.take(request.consumer(asking.principal), { values: effortOf(cost) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parquet[Symbol.asyncDispose]();
  }
}

type Answer = Omit<FileAnswer, typeof Symbol.asyncDispose>;

interface Sending {
  readonly target: FileTarget;
  readonly request: FileRequest;
  readonly parameters: FileParameters;
  readonly asking: Asking;
  readonly choice: FileChoice;
  readonly audit: FileAudit;
}

/** @throws MeshError `gateway/bad-parameter` */
function purposeOf({ purpose }: FileParameters, given: Asking): string | undefined {
  if (purpose === undefined || given.purpose === undefined || purpose === given.purpose)
    return purpose ?? given.purpose;
  const problem = "is another one than in the header x-mesh-purpose";
  throw gatewayError["bad-parameter"]({ parameter: "purpose", problem }, { at: { path: "purpose" } });
}

/** A smaller form of the same bytes has a tag of its own; and whoever passes it on may have weakened it. */
function isKnown({ ifNoneMatch }: FileRequest, { etag }: FileChoice): boolean {
  return matches(ifNoneMatch?.replaceAll('-gzip"', '"').replaceAll("W/", ""), etag);
}

/** Ends what was not begun in time. */
function refuseLate(scope: AbortScope, ms: number): Disposable {
  const timer = setTimeout(() => scope.abort(gatewayError["file-late"]({ ms })), ms);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

async function endOf(body: AsyncIterable<Uint8Array>): Promise<void> {
  await body[Symbol.asyncIterator]().return?.();
}
