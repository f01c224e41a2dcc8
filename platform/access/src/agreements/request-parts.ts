import type { Purpose } from "@thoth/contract/read-purposes";
import { accessError } from "../errors.ts";
import { isName, principalProblem, servicePrefix } from "../token-claims.ts";
import type { AgreementRules, ProductTerms } from "./agreement-rules.ts";
import type { AccessRequest } from "./request-agreement.ts";

const longestReason = 2_000;
const longestRequest = 8_000;

/** What is longer would not travel between processes. @throws MeshError `access/agreement-too-large` */
export function checkSize(request: AccessRequest): void {
  if (JSON.stringify(request).length > longestRequest)
    throw accessError["agreement-too-large"]({ longest: longestRequest });
}

export function soundReason(reason: string): string {
  const text = reason.replaceAll("\r\n", "\n").trim();
  if (text === "" || text.length > longestReason) throw accessError["agreement-reason"]({ longest: longestReason });
  // People write paragraphs, and scripts whose letters are joined by marks that are not seen.
  checkCharacters("the reason", text.replace(/[\n\t\u200c\u200d]/g, ""));
  return text;
}

/** What would move a terminal's cursor, turn its writing round or not be seen is no part of what somebody means. */
function checkCharacters(what: string, text: string): void {
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)) throw accessError["agreement-characters"]({ what });
}

export function soundConsumer(consumer: string): string {
  const isRole = consumer.startsWith("role:");
  const kind = consumer.startsWith(servicePrefix) ? "service" : "person";
  const named = { name: consumer, kind, roles: [], attributes: {} } as const;
  if (isRole ? isName(consumer.slice("role:".length)) : principalProblem(named) === undefined) return consumer;
  throw accessError["agreement-consumer"](undefined);
}

export function soundPurpose(id: string, { purposes }: AgreementRules): Purpose {
  const purpose = purposes.find((one) => one.id === id);
  if (purpose !== undefined) return purpose;
  throw accessError["agreement-purpose-unknown"]({ purpose: id, known: purposes.map((one) => one.id) });
}

/** @throws MeshError `access/agreement-role-unknown`, `access/agreement-column-unknown`, `access/agreement-empty` */
export function checkParts(
  { role, columns, rows }: Pick<AccessRequest, "role" | "columns" | "rows">,
  { model }: Pick<ProductTerms, "model">,
): void {
  const roles = model.roles.map(({ name }) => name);
  if (!roles.includes(role)) throw accessError["agreement-role-unknown"]({ role, product: model.id, known: roles });
  const names = model.columns.map(({ name }) => name);
  const stranger = [...(columns ?? []), ...Object.keys(rows)].find((name) => !names.includes(name));
  if (stranger !== undefined)
    throw accessError["agreement-column-unknown"]({ column: stranger, product: model.id, known: names });
  const empty = Object.entries(rows).find(([, values]) => values.length === 0)?.[0];
  if (columns?.length === 0 || empty !== undefined)
    throw accessError["agreement-empty"]({ what: empty === undefined ? "columns" : `values of ${empty}` });
  for (const [column, values] of Object.entries(rows)) checkCharacters(`a value of ${column}`, values.join(""));
}
