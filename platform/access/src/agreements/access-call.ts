import type { Agreement } from "../agreement.ts";
import { isObject, isText, isTexts } from "../plain-json.ts";
import type { ServiceKey, ServiceKeyTerms } from "../service-key.ts";
import type { Actor } from "./agreement-rules.ts";
import type { AccessRequest } from "./request-agreement.ts";

/** What is asked of whoever keeps agreements and keys. It is plain data, so that it can travel between processes. */
export type AccessCall =
  | { readonly do: "request"; readonly actor: Actor; readonly request: AccessRequest }
  | { readonly do: "grant"; readonly actor: Actor; readonly id: string }
  | { readonly do: "reject" | "revoke"; readonly actor: Actor; readonly id: string; readonly reason: string }
  | { readonly do: "list" }
  | { readonly do: "show"; readonly id: string }
  | { readonly do: "key-add"; readonly actor: Actor; readonly terms: ServiceKeyTerms }
  | { readonly do: "key-rotate"; readonly actor: Actor; readonly id: string; readonly graceMs: number }
  | { readonly do: "key-revoke"; readonly actor: Actor; readonly id: string; readonly reason: string }
  | { readonly do: "key-list" };

interface AccessAnswers {
  readonly request: Agreement;
  readonly grant: Agreement;
  readonly reject: Agreement;
  readonly revoke: Agreement;
  readonly list: readonly Agreement[];
  readonly show: AgreementStory;
  readonly "key-add": NewServiceKey;
  readonly "key-rotate": NewServiceKey;
  readonly "key-revoke": ListedKey;
  readonly "key-list": readonly ListedKey[];
}

export type AccessAnswer<Call extends AccessCall> = AccessAnswers[Call["do"]];

export interface AgreementStory {
  readonly agreement: Agreement;
  /** Oldest first. */
  readonly history: readonly AgreementEvent[];
}

/** Times are epoch ms. */
export interface AgreementEvent {
  readonly action: string;
  readonly actor: string;
  readonly reason: string;
  readonly at: number;
}

/** What may be told of a key. */
export type ListedKey = Omit<ServiceKey, "sha256" | "scram">;

export interface NewServiceKey {
  /** The key itself, shown this once. */
  readonly text: string;
  readonly key: ListedKey;
}

export function listedKey({ sha256: _, scram: __, ...listed }: ServiceKey): ListedKey {
  return listed;
}

/** Whether this came from somebody who knows the calls: what they mean is judged by the rules. */
export function isAccessCall(value: unknown): value is AccessCall {
  if (!isObject(value)) return false;
  const { do: what, id, reason, request, terms, graceMs, actor } = value;
  switch (what) {
    case "list":
    case "key-list":
      return true;
    case "show":
      return isText(id);
    case "request":
      return isActor(actor) && isRequest(request);
    case "grant":
      return isActor(actor) && isText(id);
    case "reject":
    case "revoke":
    case "key-revoke":
      return isActor(actor) && isText(id) && isText(reason);
    case "key-add":
      return isActor(actor) && isTerms(terms);
    case "key-rotate":
      return isActor(actor) && isText(id) && Number.isFinite(graceMs);
    default:
      return false;
  }
}

function isActor(value: unknown): value is Actor {
  if (!isObject(value)) return false;
  return [value.name, value.kind, value.authenticated].every(isText) && isTexts(value.roles);
}

function isRequest(value: unknown): value is AccessRequest {
  if (!isObject(value) || !isObject(value.rows)) return false;
  const { consumer, product, purpose, role, reason, columns, rows, major, from, until } = value;
  return (
    [consumer, product, purpose, role, reason].every(isText) &&
    (columns === null || isTexts(columns)) &&
    Object.values(rows).every(isTexts) &&
    [major, from, until].every((number) => number === undefined || Number.isFinite(number))
  );
}

function isTerms(value: unknown): value is ServiceKeyTerms {
  if (!isObject(value) || !isObject(value.attributes) || !isObject(value.limits)) return false;
  const { name, roles, attributes, limits, until } = value;
  return (
    isText(name) &&
    isTexts(roles) &&
    Object.values(attributes).every(isText) &&
    [limits.products, limits.purposes].every((names) => names === undefined || isTexts(names)) &&
    (until === null || Number.isFinite(until))
  );
}
