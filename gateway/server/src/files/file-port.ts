import { anonymous, type Principal } from "@thoth/access/decision";
import { isMeshError } from "@thoth/kernel/mesh-error";
import type { FileSources } from "@thoth/subgraph/served-files";
import type { GatewayOptions } from "@thoth/subgraph/served-graph";
import { gatewayError } from "../errors.ts";
import type { RateLimits } from "../rate-limits.ts";
import { bearerToken } from "../request-context.ts";
import type { CompleteSettings } from "../server-settings.ts";
import { type Asking, type ChoiceParts, findModel } from "./file-choice.ts";
import { type FileRoute, parseRoute } from "./file-request.ts";
import { FileSender } from "./file-sender.ts";
import { keptStates } from "./kept-states.ts";
import { problemOf, problemText } from "./problem.ts";
import { describeProduct, listProducts, type ProductState } from "./product-pages.ts";

/** A request as far as the port looks at it; from HTTP, or made in this process. */
export interface FileRequest {
  readonly method: string;
  /** As it came, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly purpose: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  /** For the audit trail. */
  readonly id: string;
  /** Under whose name use is counted. */
  readonly consumer: (principal: Principal) => string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** Disposing ends what still goes on for it. */
export interface FileAnswer extends AsyncDisposable {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent when there is none, and for HEAD. */
  readonly body?: AsyncIterable<Uint8Array>;
  /** Whether it is worth making smaller on the way. */
  readonly compressible: boolean;
}

export interface FilePortParts
  extends CompleteSettings,
    Pick<
      GatewayOptions,
      | "catalog"
      | "snapshots"
      | "engine"
      | "authenticate"
      | "credentialRefused"
      | "clock"
      | "log"
      | "audit"
      | "subgraphs"
    > {
  readonly files: FileSources;
  readonly rates: RateLimits;
}

/** Files of data products: the same decisions, filters and refusals as in GraphQL. */
export class FilePort implements AsyncDisposable {
  readonly #parts: FilePortParts;
  readonly #choices: ChoiceParts;
  readonly #sender: FileSender;

  constructor(parts: FilePortParts) {
    this.#parts = parts;
    const subgraphs = parts.subgraphs.map(({ subgraph }) => subgraph);
    this.#choices = { ...parts, subgraphs, kept: keptStates(parts.files.kept) };
    this.#sender = new FileSender(parts, this.#choices);
  }

  /** Never throws: what goes wrong is an answer too. */
  async answer(request: FileRequest): Promise<FileAnswer> {
    let principal: Principal | undefined;
    try {
      const route = parseRoute(request.path);
      if (route === undefined) throw gatewayError["no-such-file"]({ path: request.path.slice(0, 200) });
      if (request.method === "OPTIONS") return text(204, { allow: "GET, HEAD, OPTIONS" });
      if (!["GET", "HEAD"].includes(request.method)) throw gatewayError["read-only"]({ method: request.method });
      principal = await this.#admit(request);
      return await this.#answer(route, request, principal);
    } catch (failure) {
      // Nobody hears of it.
      if (request.signal.aborted) return text(503, {});
      const problem = problemOf(failure, principal, this.#parts.log);
      const headers = { "content-type": "application/problem+json; charset=utf-8", ...problem.headers };
      return text(problem.status, headers, { body: problemText(problem), method: request.method });
    }
  }

  /** Counts a request with a bad credential too, for the address that it comes from. */
  async #admit({ authorization, consumer }: FileRequest): Promise<Principal> {
    const { authenticate, rates, credentialRefused } = this.#parts;
    try {
      const principal = await authenticate(bearerToken(authorization ?? null));
      rates.take(consumer(principal), { requests: 1 });
      return principal;
    } catch (failure) {
      if (isMeshError(failure) && failure.code.startsWith("access/token-")) {
        rates.take(consumer(anonymous), { requests: 1 });
        await credentialRefused?.(failure.code);
      }
      throw failure;
    }
  }

  async #answer(route: FileRoute, request: FileRequest, principal: Principal): Promise<FileAnswer> {
    const { catalog } = this.#parts;
    const { method, purpose } = request;
    const asking = { principal, purpose, now: this.#parts.clock() };
    if (route.kind === "file") return this.#sender.send(route, request, asking);
    refuseParameters(request.query);
    if (route.kind === "catalog")
      return json(
        listProducts(catalog, (model) => this.#stateOf(model, asking)),
        method,
      );
    const model = findModel(catalog, route);
    const entry = catalog.find((each) => each.model.id === model.id);
    if (entry === undefined) throw new Error(`${model.id} is in no catalog`);
    if (route.kind === "product") return json(describeProduct(entry, model, this.#stateOf(model, asking)), method);
    if (model !== entry.model) throw gatewayError["no-such-file"]({ path: request.path });
    return text(200, { "content-type": "application/yaml; charset=utf-8" }, { body: entry.contractText, method });
  }

  #stateOf(model: ChoiceModel, { principal, purpose }: Asking): ProductState {
    const { decide, snapshots } = this.#parts;
    const snapshot = snapshots().find((one) => one.domain === model.domain && one.product === model.product);
    return { decision: decide(principal, model, purpose), snapshot };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sender[Symbol.asyncDispose]();
  }
}

type ChoiceModel = ReturnType<typeof findModel>;

function refuseParameters(query: URLSearchParams): void {
  const [parameter] = query.keys();
  if (parameter !== undefined) throw gatewayError["unknown-parameter"]({ parameter, known: [] });
}

function json(content: object, method: string): FileAnswer {
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "private, no-cache",
    vary: "authorization, x-mesh-purpose",
  };
  return text(200, headers, { body: `${JSON.stringify(content, null, 2)}\n`, method });
}

function text(
  status: number,
  headers: Readonly<Record<string, string>>,
  { body = "", method = "GET" }: { readonly body?: string; readonly method?: string } = {},
): FileAnswer {
  const bytes = Buffer.from(body);
  const shown = status === 204 ? headers : { ...headers, "content-length": String(bytes.length) };
  const isSent = bytes.length > 0 && method !== "HEAD";
  return {
    status,
    headers: shown,
    compressible: false,
    ...(isSent && { body: once(bytes) }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}
