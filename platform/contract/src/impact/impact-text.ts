import type { ContractDiff } from "../diff/contract-diff.ts";
import type { DependentProduct, ElementImpact, Impact, ObservedUse } from "./impact.ts";

/** For a terminal. Ends without a line break. */
export function impactText({ product, since, elements, affected }: Impact, diff: ContractDiff): string {
  const day = new Date(since).toISOString().slice(0, 10);
  const lines = elements.flatMap((element) => elementLines(element, headingOf(element, diff)));
  return [`${product}, as it was read since ${day}`, ...lines, acknowledgements(elements, affected)].join("\n");
}

function headingOf(element: ElementImpact, { diffs }: ContractDiff): string {
  const difference = diffs.find(({ path, rule }) => path === element.path && rule === element.rule);
  return `${difference?.dangerous ? "DANGEROUS" : element.class}  ${difference?.message ?? element.rule}`;
}

/** Of what changes nothing that was promised, readers need not be named. */
function elementLines(element: ElementImpact, title: string): string[] {
  const heading = [`  ${title}`, `    ${element.summary}`];
  if (element.class === "PATCH") return heading;
  const details = [...element.uses.map(useLine), ...element.dependents.flatMap(dependentLine)];
  return [
    ...heading,
    ...details.map((line) => `      ${line}`),
    ...element.agreements.map(({ id, consumer, purpose }) => `      agreement ${id}: ${consumer} for ${purpose}`),
  ];
}

/** `portal of splashkit-usage, for teaching: 1,204 times, last on 2026-03-18 from 12:00 UTC, version 1.0.0` */
function useLine({ consumer, domain, purpose, port, reads, lastReadAt, version }: ObservedUse): string {
  const said = [
    domain === undefined ? "" : ` of ${domain}`,
    port === undefined ? "" : ` through ${port}`,
    purpose === undefined ? "" : `, for ${purpose}`,
  ];
  const who = `${consumer}${said.join("")}`;
  const last = new Date(lastReadAt).toISOString();
  const times = `${reads.toLocaleString("en")} time${reads === 1 ? "" : "s"}`;
  return `${who}: ${times}, last on ${last.slice(0, 10)} after ${last.slice(11, 16)} UTC, version ${version}`;
}

/** How the product depends on the columns; that its rows come from here, the summary says. */
function dependentLine({ product, column, via, rowsOnly }: DependentProduct): string[] {
  if (rowsOnly) return [];
  if (via === undefined) return [`${product}: its SQL cannot be followed; see mesh check`];
  return [`${product}: ${column === undefined ? "which rows it has depends on" : `${column} is made from`} ${via}`];
}

function acknowledgements(elements: readonly ElementImpact[], affected: readonly string[]): string {
  if (affected.length > 0) return `Must acknowledge it: ${affected.join(", ")}`;
  const breaks = elements.some((element) => element.class === "MAJOR");
  return breaks ? "It breaks nobody who is known" : "Nothing of it breaks consumers";
}
