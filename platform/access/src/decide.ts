import { isNumberType, type Mask, type RoleModel } from "@thoth/contract/access-terms";
import type { Classification, ColumnModel, ProductModel } from "@thoth/contract/product-model";
import type { Purpose } from "@thoth/contract/read-purposes";
import { subjectOf } from "@thoth/contract/roles/subject";
import { type AdviceFacts, adviceFor, needsAgreement, type Obstacle } from "./advice.ts";
import { type Agreement, isInForce } from "./agreement.ts";
import type { ColumnAccess, Decision, Grouping, Principal } from "./decision.ts";
import { fingerprint } from "./fingerprint.ts";
import { consentCondition, type RowConditions, roleConditions, scopeConditions } from "./row-filter.ts";

/** What a decision rests on besides who asks for what. */
export interface AccessFacts {
  /** Any agreements: only those that are in force and about this consumer and product count. */
  readonly agreements: readonly Agreement[];
  readonly purposes: readonly Purpose[];
  /** Epoch ms. */
  readonly now: number;
}

const noFacts: AccessFacts = { agreements: [], purposes: [], now: 0 };

/**
 * What a principal may see of a product, for one purpose. Pure: the same question has the same answer.
 *
 * Who gives no credential sees public columns, everybody else internal ones too. Confidential and restricted columns are
 * seen under an agreement: in the way its role shows them, in the rows that role, agreement and people's consent leave.
 * A product whose key can be seen in no way is not readable by rows: they could not be told apart, paged or joined.
 * @param purpose the one that the reader named; when absent, the only one that the reader has agreements for
 */
export function decide(
  principal: Principal,
  product: ProductModel,
  purpose?: string,
  facts: AccessFacts = noFacts,
): Decision {
  // An empty text names no purpose.
  const said = purpose === "" ? undefined : purpose;
  const excluded = excludedBy(principal, product, said);
  const asked = { principal, product, purpose: said };
  if (excluded !== undefined)
    return advised(refused(product, null, [excluded]), { kind: "limited-credential" }, { ...facts, ...asked });
  const found = findAgreement(principal, product, said, facts);
  if (found.kind === "none")
    return advised(openDecision(principal, product, found.reasons), found.obstacle, { ...facts, ...asked });
  return advised(agreedDecision(principal, product, found, facts), { kind: "no-agreement" }, { ...facts, ...asked });
}

/** Tells how to see more, where there is more. */
function advised(
  decision: Decision,
  obstacle: Obstacle,
  { purposes, ...asked }: Pick<AccessFacts, "purposes"> & Omit<AdviceFacts, "fitting">,
): Decision {
  const { product } = asked;
  if (!Object.values(decision.columns).includes("denied")) return decision;
  if (obstacle.kind === "no-agreement" && !needsAgreement(product)) return decision;
  const fitting = purposes.filter((purpose) => typeof consentFor(product, purpose) !== "string");
  return { ...decision, advice: adviceFor(obstacle, { ...asked, fitting }) };
}

/** Columns of these classes need no agreement. */
function openClasses({ kind }: Principal): readonly Classification[] {
  return kind === "anonymous" ? ["public"] : ["public", "internal"];
}

function excludedBy(
  { limits = {} }: Principal,
  product: ProductModel,
  purpose: string | undefined,
): string | undefined {
  if (limits.products !== undefined && !limits.products.includes(product.id))
    return `your credential is limited to ${limits.products.join(", ")}`;
  if (purpose !== undefined && limits.purposes !== undefined && !limits.purposes.includes(purpose))
    return `your credential is limited to the purposes ${limits.purposes.join(", ")}`;
  return undefined;
}

interface Found {
  readonly kind: "found";
  readonly agreement: Agreement;
  readonly role: RoleModel;
  readonly consent: RowConditions;
  readonly reasons: readonly string[];
}

type Search = Found | { readonly kind: "none"; readonly reasons: readonly string[]; readonly obstacle: Obstacle };

function findAgreement(
  principal: Principal,
  product: ProductModel,
  purpose: string | undefined,
  { agreements, purposes, now }: AccessFacts,
): Search {
  const none = (reason: string, obstacle: Obstacle = { kind: "no-agreement" }): Search => {
    return { kind: "none", reasons: [reason], obstacle };
  };
  if (principal.kind === "anonymous")
    return none("no credential was given: only public columns can be seen", { kind: "no-credential" });
  const mine = agreements.filter(
    (one) =>
      isConsumer(one, principal) && one.product === product.id && one.major === product.major && isInForce(one, now),
  );
  const allowed = mine.filter((one) => principal.limits?.purposes?.includes(one.purpose) ?? true);
  const named = [...new Set(allowed.map((one) => one.purpose))].toSorted();
  const meant = purpose ?? (named.length === 1 ? named[0] : undefined);
  if (meant === undefined)
    return named.length === 0
      ? none(`no agreement of ${principal.name} for ${product.id} is in force`)
      : none(`you have agreements for several purposes: say which of ${named.join(", ")}`, { kind: "purpose-unsaid" });
  const candidates = allowed.filter((one) => one.purpose === meant).toSorted(byWidth(product));
  const [agreement] = candidates;
  const isKnown = purposes.length === 0 || purposes.some(({ id }) => id === meant);
  if (agreement === undefined)
    return none(
      missingWords(meant, { principal, product, purposes, named }),
      isKnown ? undefined : { kind: "purpose-unknown" },
    );
  const role = product.roles.find(({ name }) => name === agreement.role);
  if (role === undefined)
    return none(`the contract offers the role ${agreement.role} of agreement ${agreement.id} no more`);
  const consent = consentFor(
    product,
    purposes.find(({ id }) => id === meant),
  );
  if (typeof consent === "string") return none(consent);
  const picking = product.columns.find(
    ({ name, classification }) => classification === "restricted" && Object.hasOwn(agreement.rows, name),
  );
  if (picking !== undefined && !isByTwoPeople(agreement))
    return none(`agreement ${agreement.id} picks rows by ${picking.name}, which is restricted: that takes two people`);
  const other = mine.find((one) => differsInGroups(agreement, one, product));
  if (other !== undefined)
    return none(
      `agreements ${agreement.id} and ${other.id} are both about groups of people in ${product.id}: from their difference single people could be told, so one of them has to end`,
      { kind: "conflict", agreement: other.id },
    );
  const why = `agreement ${agreement.id}: ${agreement.consumer} as ${role.name} for ${meant}`;
  return { kind: "found", agreement, role, consent, reasons: [why] };
}

interface Missing {
  readonly principal: Principal;
  readonly product: ProductModel;
  readonly purposes: readonly Purpose[];
  /** Purposes of the agreements that there are. */
  readonly named: readonly string[];
}

function missingWords(purpose: string, { principal, product, purposes, named }: Missing): string {
  if (purposes.length > 0 && !purposes.some(({ id }) => id === purpose))
    return `${purpose} is no purpose that data may be used for; there are ${purposes.map(({ id }) => id).join(", ")}`;
  const others = named.length === 0 ? "" : `; there is one for ${named.join(", ")}`;
  return `no agreement of ${principal.name} for ${product.id} and ${purpose} is in force${others}`;
}

/** Two ways to make up groups of the same people: the difference of their numbers is about those whom only one counts. */
function differsInGroups(one: Agreement, other: Agreement, { roles, consent }: ProductModel): boolean {
  const grouped = ({ role }: Agreement) => (roles.find(({ name }) => name === role)?.minGroupSize ?? 1) > 1;
  const people = ({ role, rows, purpose }: Agreement) =>
    fingerprint({ role, rows, consent: consent.columns[purpose] ?? null });
  return grouped(one) && grouped(other) && people(one) !== people(other);
}

function isConsumer({ consumer }: Agreement, { name, roles }: Principal): boolean {
  return consumer.startsWith("role:") ? roles.includes(consumer.slice("role:".length)) : consumer === name;
}

/** Of several agreements the widest counts: rows before groups, all columns before some, then the one that lasts longest. */
function byWidth({ roles }: ProductModel): (a: Agreement, b: Agreement) => number {
  const groupSize = ({ role }: Agreement) =>
    roles.find(({ name }) => name === role)?.minGroupSize ?? Number.MAX_SAFE_INTEGER;
  const width = ({ columns }: Agreement) => columns?.length ?? Number.MAX_SAFE_INTEGER;
  return (a, b) => groupSize(a) - groupSize(b) || width(b) - width(a) || b.until - a.until || (a.id < b.id ? -1 : 1);
}

/** The condition under which data about people may be used, or why it may not be used at all. */
function consentFor({ id, columns, consent }: ProductModel, purpose: Purpose | undefined): RowConditions | string {
  if (purpose === undefined) return "the purpose is not in the council's list any more";
  const isPersonal = columns.some(({ personalData = "none" }) => personalData !== "none");
  if (!isPersonal) return { sql: [], words: [] };
  if (purpose.basis !== consent.basis)
    return `${id} holds data about people on the basis ${consent.basis ?? "of nothing"}, and ${purpose.id} needs ${purpose.basis}`;
  if (consent.basis !== "opt-in") return { sql: [], words: [] };
  const column = consent.columns[purpose.id];
  if (column !== undefined) return consentCondition(column);
  if (consent.purpose === purpose.id) return { sql: [], words: [`it holds only people who agreed to ${purpose.id}`] };
  return `the people in ${id} agreed to ${consent.purpose ?? "nothing"}, not to ${purpose.id}`;
}

function openDecision(principal: Principal, product: ProductModel, reasons: readonly string[]): Decision {
  const open = openClasses(principal);
  const columns = eachColumn(product, ({ classification }) => (open.includes(classification) ? "clear" : "denied"));
  if (!product.key.every((name) => columns[name] === "clear")) return refused(product, null, reasons);
  return finish({ ...nothing, columns, readable: true, purpose: null }, reasons);
}

function agreedDecision(
  principal: Principal,
  product: ProductModel,
  { agreement, role, consent, reasons }: Found,
  { now }: AccessFacts,
): Decision {
  const granted = (column: ColumnModel) => isGranted(column, agreement, openClasses(principal));
  const { masks } = role;
  const plain = eachColumn(product, (column) =>
    granted(column) ? (Object.hasOwn(masks, column.name) ? "masked" : "clear") : "denied",
  );
  const grouping = groupingOf(product, role, plain);
  if (role.minGroupSize > 1 && grouping === null)
    return refused(product, agreement.purpose, [...reasons, `the role ${role.name} groups by nothing that is granted`]);
  const columns = grouping === null ? plain : groupedColumns(product, plain, grouping);
  const isKeyVisible = product.key.every((name) => columns[name] === "clear" || isHashed(columns, masks, name));
  if (grouping === null && !isKeyVisible)
    return refused(product, agreement.purpose, [...reasons, "the columns that make up its key are not granted"]);
  const rows = [
    roleConditions(role.rows, product, { principal, now }),
    scopeConditions(agreement.rows, product),
    consent,
  ];
  const sql = rows.flatMap((part) => part.sql);
  const words = rows.flatMap((part) => part.words);
  const told = [...reasons, ...words, ...(grouping === null ? [] : [groupingWords(role, grouping, columns)])];
  return finish(
    {
      columns,
      masks,
      readable: true,
      rowFilter: sql.length === 0 ? null : sql.map((one) => `(${one})`).join(" AND "),
      minGroupSize: grouping === null ? 1 : role.minGroupSize,
      grouping,
      // Colleagues under one agreement see equal hashes; nobody else does.
      salt: fingerprint({ consumer: agreement.consumer, purpose: agreement.purpose }),
      purpose: agreement.purpose,
      expiresAt: agreement.until,
      agreement: agreement.id,
    },
    told,
  );
}

function isGranted(
  { name, classification }: ColumnModel,
  agreement: Agreement,
  open: readonly Classification[],
): boolean {
  if (open.includes(classification)) return true;
  if (agreement.columns !== null && !agreement.columns.includes(name)) return false;
  return classification !== "restricted" || isByTwoPeople(agreement);
}

/** As what is restricted is granted, whoever wrote the agreement down. */
function isByTwoPeople({ approvals }: Agreement): boolean {
  const first = approvals.filter(({ level }) => level === 1).map(({ by }) => by);
  return approvals.some(({ level, by }) => level === 2 && first.some((other) => other !== by));
}

function isHashed(
  columns: Readonly<Record<string, ColumnAccess>>,
  masks: Readonly<Record<string, Mask>>,
  name: string,
) {
  return columns[name] === "masked" && masks[name]?.kind === "hash";
}

function groupingOf(
  { columns }: ProductModel,
  { minGroupSize, groupBy }: RoleModel,
  access: Readonly<Record<string, ColumnAccess>>,
): Grouping | null {
  const subject = subjectOf(columns);
  const isShown = groupBy.some((name) => access[name] === "clear" || access[name] === "masked");
  if (minGroupSize <= 1 || subject === undefined || !isShown) return null;
  // The cells are those of the role, whichever columns are granted: those of two agreements must not cut each other.
  const dimensions = columns.filter(({ name }) => groupBy.includes(name));
  const types = dimensions.map(({ name, sqlType }) => [name, sqlType]);
  return { subject, dimensions: dimensions.map(({ name }) => name), types: Object.fromEntries(types) };
}

/** Numbers that are granted can be summed up; nothing else than the dimensions is shown. */
function groupedColumns(
  product: ProductModel,
  access: Readonly<Record<string, ColumnAccess>>,
  { subject, dimensions }: Grouping,
): Record<string, ColumnAccess> {
  return eachColumn(product, ({ name, sqlType }) => {
    if (dimensions.includes(name)) return access[name] ?? "denied";
    return name !== subject && access[name] === "clear" && isNumberType(sqlType) ? "aggregated" : "denied";
  });
}

function groupingWords(
  { minGroupSize }: RoleModel,
  { dimensions }: Grouping,
  columns: Readonly<Record<string, ColumnAccess>>,
): string {
  const shown = dimensions.filter((name) => columns[name] !== "denied");
  return `only numbers over groups by ${shown.join(", ")} of at least ${minGroupSize} people`;
}

function eachColumn({ columns }: ProductModel, access: (column: ColumnModel) => ColumnAccess) {
  return Object.fromEntries(columns.map((column): [string, ColumnAccess] => [column.name, access(column)]));
}

function refused(product: ProductModel, purpose: string | null, reasons: readonly string[]): Decision {
  return finish({ ...nothing, columns: eachColumn(product, () => "denied"), readable: false, purpose }, reasons);
}

const nothing = {
  masks: {},
  rowFilter: null,
  minGroupSize: 1,
  grouping: null,
  salt: "",
  expiresAt: null,
  agreement: null,
};

function finish(decided: Omit<Decision, "reasons" | "fingerprint">, reasons: readonly string[]): Decision {
  return { ...decided, reasons, fingerprint: fingerprint(decided) };
}
