import type { Decision, Principal } from "@thoth/access/decision";
import type { Mask } from "@thoth/contract/access-terms";
import type { ProductModel } from "@thoth/contract/product-model";
import { isoTime } from "./iso-times.ts";
import { shownText } from "./shown-text.ts";
import { formatTable } from "./text-table.ts";
import { untilWords } from "./written-moment.ts";

/** A decision in plain words. */
export function explainDecision(model: ProductModel, principal: Principal, decision: Decision): string {
  const { readable, reasons, columns, masks, purpose, agreement, expiresAt } = decision;
  const who = principal.kind === "anonymous" ? "Somebody without a credential" : principal.name;
  const what = readable
    ? decision.grouping === null
      ? "may read rows"
      : "may read numbers over groups"
    : "may read nothing";
  const lines = [
    `${shownText(who)} ${what} of ${model.id} ${model.version}${purpose === null ? "" : ` for ${purpose}`}.`,
    ...reasons.map((reason) => `  ${shownText(reason)}`),
    ...(agreement === null ? [] : [`  rests on ${agreement}; mesh access show ${agreement} tells who granted it`]),
    ...(expiresAt === null ? [] : [`  ${untilWords(expiresAt)}`]),
  ];
  const advice = decision.advice === undefined ? [] : [`  to see more: ${shownText(decision.advice)}`];
  const rows = model.columns.map(({ name, classification }) => {
    const access = Object.hasOwn(columns, name) ? (columns[name] ?? "denied") : "denied";
    return { column: name, class: classification, access, shown: access === "masked" ? maskWords(masks[name]) : "" };
  });
  return `${[...lines, ...advice].join("\n")}\n\n${formatTable(rows)}\n`;
}

/** The same for programs. What hashes are made from and how answers are told apart is nobody's business. */
export function explanationJson(model: ProductModel, principal: Principal, decision: Decision): object {
  const { readable, columns, masks, rowFilter, minGroupSize, grouping, purpose, agreement, expiresAt } = decision;
  const { reasons, advice = null } = decision;
  return {
    product: model.id,
    version: model.version,
    principal,
    decision: {
      ...{ readable, columns, masks, rowFilter, minGroupSize },
      groupBy: grouping === null ? null : grouping.dimensions.filter((name) => columns[name] !== "denied"),
      ...{ purpose, agreement, until: expiresAt === null ? null : isoTime(expiresAt), reasons, advice },
    },
  };
}

function maskWords(mask: Mask | undefined): string {
  switch (mask?.kind) {
    case "hash":
      return "as a hash";
    case "partial":
      return `first ${mask.keep} characters`;
    case "bucket":
      return typeof mask.every === "number" ? `rounded down to ${mask.every}s` : `beginning of its ${mask.every}`;
    case "null":
    case undefined:
      return "as null";
    default:
      return mask satisfies never;
  }
}
