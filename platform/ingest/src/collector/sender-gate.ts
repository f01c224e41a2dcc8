import type { IncomingMessage } from "node:http";
import type { Clock } from "@thoth/kernel/clock";
import { drawTokens, type Rate, returnTokens, type TokenBucket } from "@thoth/kernel/token-bucket";
import { ingestError } from "../errors.ts";
import { type Answer, errorAnswer } from "./answer.ts";
import type { KeyRing } from "./key-file.ts";
import { findSourceKey, maySendFor, type SourceKey } from "./source-key.ts";

/** Whoever sends, as far as it is known and needed. */
export interface Sender {
  readonly maySend: (source: string) => boolean;
  /** Undefined when it may send so many events now; otherwise the answer that makes it wait. */
  draw(count: number): Answer | undefined;
  /** Of what was drawn: so many could not be kept, by no fault of the sender. */
  giveBack(count: number): void;
}

export interface SenderGateOptions {
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly loopback: boolean;
}

/** Everybody on this machine together, as long as there is no key. */
const withoutKey: Rate = { perSecond: 5000, burst: 20_000 };

/** Lets senders in by their key, and holds each to its rate. */
export class SenderGate {
  readonly #options: SenderGateOptions;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(options: SenderGateOptions) {
    this.#options = options;
  }

  /** Whose pages may read our answers. */
  async origins(): Promise<ReadonlySet<string>> {
    const keys = await this.#options.keys.keys(this.#options.clock());
    return new Set(keys.filter(({ revokedAt }) => revokedAt === undefined).flatMap(({ origins }) => origins));
  }

  /** @returns the sender, or the answer that turns it away */
  async admit(request: IncomingMessage, url: URL): Promise<Sender | Answer> {
    const keys = await this.#options.keys.keys(this.#options.clock());
    const given = givenKey(request, url);
    if (given === undefined) return this.#admitWithoutKey(request, keys);
    const key = findSourceKey(keys, given.key);
    if (key === undefined || key.revokedAt !== undefined) return errorAnswer(401, ingestError["key-unknown"]({}));
    const problem = misuse(key, request, given.place);
    if (problem !== undefined) return errorAnswer(403, ingestError["key-misused"]({ problem }));
    return this.#sender(key.id, key.rate, (source) => maySendFor(key, source));
  }

  #admitWithoutKey({ headers }: IncomingMessage, keys: readonly SourceKey[]): Sender | Answer {
    if (keys.length > 0 || !this.#options.loopback || headers.origin !== undefined) {
      const challenge = { "www-authenticate": "Bearer" };
      return { ...errorAnswer(401, ingestError["key-missing"]({})), headers: challenge };
    }
    return this.#sender("", withoutKey, () => true);
  }

  #sender(id: string, rate: Rate, maySend: Sender["maySend"]): Sender {
    return {
      maySend,
      draw: (count) => {
        const draw = drawTokens(this.#buckets.get(id), count, { rate, now: this.#options.clock() });
        this.#buckets.set(id, draw.bucket);
        if (draw.allowed) return undefined;
        const { retryAfterMs } = draw;
        return errorAnswer(429, ingestError["rate-limited"]({ perSecond: rate.perSecond, retryAfterMs }));
      },
      giveBack: (count) => {
        this.#buckets.set(id, returnTokens(this.#buckets.get(id), count, { rate, now: this.#options.clock() }));
      },
    };
  }
}

interface GivenKey {
  readonly key: string;
  readonly place: "header" | "address";
}

function givenKey({ headers }: IncomingMessage, url: URL): GivenKey | undefined {
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return { key: bearer, place: "header" };
  const parameter = url.searchParams.get("key");
  return parameter === null ? undefined : { key: parameter, place: "address" };
}

/** A key that must stay secret may not be where others see it: in an address, or in a page. */
function misuse(
  { kind, origins }: SourceKey,
  { headers }: IncomingMessage,
  place: GivenKey["place"],
): string | undefined {
  if (kind === "secret" && place === "address")
    return "A secret key may only be in the header Authorization; replace this one";
  if (headers.origin === undefined || origins.includes(headers.origin)) return undefined;
  return `This key is not for pages of ${headers.origin.slice(0, 200)}`;
}
