import type { Agreement } from "../agreement.ts";
import { decide } from "../decide.ts";
import type { Principal } from "../decision.ts";
import { accessError } from "../errors.ts";
import { servicePrefix } from "../token-claims.ts";
import { accountsOf, isSameAccount, mayBeOnePerson } from "./accounts.ts";
import { type Actor, type AgreementRules, type ProductTerms, termsOf } from "./agreement-rules.ts";
import { checkParts, checkSize, soundConsumer, soundPurpose, soundReason } from "./request-parts.ts";
import { soundTimes } from "./request-times.ts";

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
/** Requests of one person that wait for an answer at a time. */
const mostOpen = 50;
/** Requests of one person in a day: what was asked for stays on the record, also when it is taken back. */
const mostInDay = 100;

export interface RequestFacts {
  readonly id: string;
  readonly rules: AgreementRules;
  /** Agreements that there are. */
  readonly known: readonly Agreement[];
  /** Who has made keys of the machine that asks, or that is to read; nobody when absent. */
  readonly keyMakers?: readonly string[];
  /** Epoch ms. */
  readonly now: number;
}

/** @throws MeshError `access/agreement-…` for what cannot be asked for, or would be of no use */
export function requestAgreement(request: AccessRequest, actor: Actor, facts: RequestFacts): Agreement {
  const { id, rules, known, keyMakers = [], now } = facts;
  if (actor.kind === "anonymous") throw accessError["agreement-anonymous"](undefined);
  checkSize(request);
  const reason = soundReason(request.reason);
  const consumer = soundConsumer(request.consumer);
  const terms = termsOf(rules, request.product, request.major);
  const purpose = soundPurpose(request.purpose, rules);
  checkParts(request, terms);
  const { from, until } = soundTimes(request, purpose, now);
  const reassessAt = from + purpose.reassessDays * dayMs;
  const { role } = request;
  // Named twice it is no more than named once.
  const columns = request.columns && [...new Set(request.columns)];
  const rows = Object.fromEntries(Object.entries(request.rows).map(([name, values]) => [name, [...new Set(values)]]));
  const agreement: Agreement = {
    ...{ id, consumer, product: terms.model.id, major: terms.model.major, purpose: purpose.id, role, columns, rows },
    ...{ from, until, reassessAt: reassessAt < until ? reassessAt : null, status: "requested" },
    ...{
      requestedBy: actor.name,
      requestedAs: [...new Set([...accountsOf(actor), ...keyMakers])],
      requestedAt: now,
      reason,
      approvals: [],
    },
  };
  checkUse(agreement, terms, rules);
  checkOpen(agreement, known, rules);
  checkRate(agreement, known, rules);
  return agreement;
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
  // What others have asked for is not told, and stands in nobody's way.
  const own = open.filter(({ requestedBy }) => isSameAccount(requestedBy, asked.requestedBy, council));
  const same = own.find((one) =>
    (["consumer", "product", "major", "purpose", "role"] as const).every((part) => one[part] === asked[part]),
  );
  if (same !== undefined) throw accessError["agreement-asked"]({ id: same.id });
  const mine = open.filter(({ requestedBy }) => mayBeOnePerson([requestedBy], [asked.requestedBy], council));
  if (mine.length >= mostOpen) throw accessError["agreement-too-many"]({ most: mostOpen });
}

function checkRate(asked: Agreement, known: readonly Agreement[], { council }: AgreementRules): void {
  const lately = known.filter(({ requestedAt }) => requestedAt > asked.requestedAt - dayMs);
  const mine = lately.filter(({ requestedBy }) => mayBeOnePerson([requestedBy], [asked.requestedBy], council));
  if (mine.length >= mostInDay) throw accessError["agreement-too-often"]({ most: mostInDay });
}
