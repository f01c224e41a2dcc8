import type { Purpose } from "@thoth/contract/read-purposes";
import type { Agreement } from "../agreement.ts";
import { decide } from "../decide.ts";
import type { Principal } from "../decision.ts";
import { accessError } from "../errors.ts";
import { isName, servicePrefix } from "../token-claims.ts";
import {
  type Actor,
  type AgreementRules,
  accountsOf,
  isSamePerson,
  type ProductTerms,
  termsOf,
} from "./agreement-rules.ts";

/** What somebody asks for. Times are epoch ms. */
export interface AccessRequest {
  /** Who is to read: a name, `service:` and a machine's name, or `role:` and a role's. */
  readonly consumer: string;
  /** `ontrack-learning/student-progress` */
  readonly product: string;
  /** The current one when absent. */
  readonly major?: number;
  readonly purpose: string;
  readonly role: string;
  /** Null: all that the role shows. */
  readonly columns: readonly string[] | null;
  /** Column → values that rows may have; nothing limits what is not listed. */
  readonly rows: Readonly<Record<string, readonly string[]>>;
  /** Now when absent. */
  readonly from?: number;
  /** As long as the purpose allows when absent. */
  readonly until?: number;
  readonly reason: string;
}

const dayMs = 86_400_000;
/** How far in the past a beginning may lie: clocks differ, and people mean today. */
const latestStartMs = dayMs;
/** Requests of one person that wait for an answer at a time. */
const mostOpen = 50;
const longestReason = 2_000;
const longestRequest = 8_000;

export interface RequestFacts {
  readonly id: string;
  readonly rules: AgreementRules;
  /** Agreements that there are. */
  readonly known: readonly Agreement[];
  /** Epoch ms. */
  readonly now: number;
}

/** @throws MeshError `access/agreement-…` for what cannot be asked for, or would be of no use */
export function requestAgreement(request: AccessRequest, actor: Actor, facts: RequestFacts): Agreement {
  const { id, rules, known, now } = facts;
  if (actor.kind === "anonymous") throw accessError["agreement-anonymous"](undefined);
  checkSize(request);
  const reason = soundReason(request.reason);
  const consumer = soundConsumer(request.consumer);
  const terms = termsOf(rules, request.product, request.major);
  const purpose = soundPurpose(request.purpose, rules);
  checkParts(request, terms);
  const { from, until } = soundTimes(request, purpose, now);
  const reassessAt = from + purpose.reassessDays * dayMs;
  const { columns, rows, role } = request;
  const agreement: Agreement = {
    ...{ id, consumer, product: terms.model.id, major: terms.model.major, purpose: purpose.id, role, columns, rows },
    ...{ from, until, reassessAt: reassessAt < until ? reassessAt : null, status: "requested" },
    ...{ requestedBy: actor.name, requestedAs: accountsOf(actor), requestedAt: now, reason, approvals: [] },
  };
  checkUse(agreement, terms, rules);
  checkOpen(agreement, known, rules);
  return agreement;
}

/** What is longer would not travel between processes. @throws MeshError `access/agreement-too-large` */
export function checkSize(request: AccessRequest): void {
  if (JSON.stringify(request).length > longestRequest)
    throw accessError["agreement-too-large"]({ longest: longestRequest });
}

export function soundReason(reason: string): string {
  const text = reason.trim();
  if (text !== "" && text.length <= longestReason) return text;
  throw accessError["agreement-reason"]({ longest: longestReason });
}

function soundConsumer(consumer: string): string {
  const name = consumer.replace(new RegExp(`^(role:|${servicePrefix})`), "");
  if (isName(name) && name.trim() === name && consumer !== "anonymous") return consumer;
  throw accessError["agreement-consumer"](undefined);
}

function soundPurpose(id: string, { purposes }: AgreementRules): Purpose {
  const purpose = purposes.find((one) => one.id === id);
  if (purpose !== undefined) return purpose;
  throw accessError["agreement-purpose-unknown"]({ purpose: id, known: purposes.map((one) => one.id) });
}

function checkParts({ role, columns, rows }: AccessRequest, { model }: ProductTerms): void {
  const roles = model.roles.map(({ name }) => name);
  if (!roles.includes(role)) throw accessError["agreement-role-unknown"]({ role, product: model.id, known: roles });
  const names = model.columns.map(({ name }) => name);
  const stranger = [...(columns ?? []), ...Object.keys(rows)].find((name) => !names.includes(name));
  if (stranger !== undefined)
    throw accessError["agreement-column-unknown"]({ column: stranger, product: model.id, known: names });
  const empty = Object.entries(rows).find(([, values]) => values.length === 0)?.[0];
  if (columns?.length === 0 || empty !== undefined)
    throw accessError["agreement-empty"]({ what: empty === undefined ? "columns" : `values of ${empty}` });
}

function soundTimes(
  request: AccessRequest,
  { id, longestDays }: Purpose,
  now: number,
): { from: number; until: number } {
  const from = request.from ?? now;
  const until = request.until ?? from + longestDays * dayMs;
  const problem =
    from < now - latestStartMs
      ? "it would begin in the past"
      : until <= now || until <= from
        ? "it would end before it begins"
        : until - from > longestDays * dayMs
          ? `${id} is granted for ${longestDays} days at most`
          : undefined;
  if (problem !== undefined) throw accessError["agreement-time"]({ problem });
  return { from, until };
}

/** What would be granted is decided as it will be, so that nobody approves what then opens nothing. */
function checkUse(agreement: Agreement, { model }: ProductTerms, { purposes }: AgreementRules): void {
  const by = (level: 1 | 2) => ({ by: String(level), level, at: agreement.from });
  const granted: Agreement = { ...agreement, status: "granted", approvals: [by(1), by(2)] };
  const facts = { agreements: [granted], purposes, now: agreement.from };
  const decision = decide(consumerOf(agreement), model, agreement.purpose, facts);
  if (decision.agreement !== null) return;
  throw accessError["agreement-useless"]({ product: model.id, reasons: decision.reasons });
}

function consumerOf({ consumer }: Agreement): Principal {
  const isRole = consumer.startsWith("role:");
  const kind = consumer.startsWith(servicePrefix) ? "service" : "person";
  return { name: consumer, kind, roles: isRole ? [consumer.slice("role:".length)] : [], attributes: {} };
}

function checkOpen(asked: Agreement, known: readonly Agreement[], { council }: AgreementRules): void {
  const open = known.filter(({ status }) => status === "requested");
  const same = open.find((one) =>
    (["consumer", "product", "major", "purpose", "role"] as const).every((part) => one[part] === asked[part]),
  );
  if (same !== undefined) throw accessError["agreement-asked"]({ id: same.id });
  const mine = open.filter(({ requestedBy }) => isSamePerson(requestedBy, asked.requestedBy, council));
  if (mine.length >= mostOpen) throw accessError["agreement-too-many"]({ most: mostOpen });
}
