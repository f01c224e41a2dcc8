import type { Question } from "./questions.ts";
import type { Subject } from "./subjects.ts";

/** Variants of each question that are compared. */
const compared = 2;

/**
 * Asks every server the same and compares what they say, apart from spelling: numbers as texts, moments with or without
 * an offset, the order of fields.
 * @throws Error when one says something else, or fails
 */
export async function requireEqualPayloads(subjects: readonly Subject[], questions: readonly Question[]) {
  for (const question of questions) {
    for (const variables of question.variables.slice(0, compared)) {
      let first: { readonly name: string; readonly text: string } | undefined;
      for (const subject of subjects) {
        const body = subject.bodyOf(question, variables);
        if (body === undefined) continue;
        const text = JSON.stringify(canonical(inOurShape(await post(subject, body))));
        first ??= { name: subject.name, text };
        if (text !== first.text) throw new Error(difference(question.name, first, { name: subject.name, text }));
      }
    }
  }
}

async function post({ name, url }: Subject, body: string): Promise<unknown> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  const response = await fetch(url, { method: "POST", headers, body });
  const text = await response.text();
  const { data, errors } = readJson(text) as { data?: unknown; errors?: unknown };
  if (response.status === 200 && data && errors === undefined) return data;
  throw new Error(`${name} answered ${response.status} to ${body}:\n${text.slice(0, 2000)}`);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

interface FlatGroups {
  readonly nodes: readonly { category: unknown; count: unknown; amount: unknown; quantity: unknown }[];
}

/** PostGraphile's groups come from a function of its own, as flat rows. */
function inOurShape(data: unknown): unknown {
  const [[name = "", value] = []] = Object.entries(data as object);
  if (!name.endsWith("Aggregate") || !("nodes" in (value as object))) return data;
  const groups = (value as FlatGroups).nodes.map(({ category, count, amount, quantity }) => {
    return { group: { category }, count, sum: { amount, quantity } };
  });
  return { [name]: groups };
}

const moment = /^\d{4}-\d\d-\d\dT/;
const number = /^-?\d+(\.\d+)?$/;

function canonical(value: unknown): unknown {
  if (typeof value === "string") return moment.test(value) ? Date.parse(value) : number.test(value) ? +value : value;
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, content]) => [key, canonical(content)]));
}

interface Said {
  readonly name: string;
  readonly text: string;
}

function difference(question: string, first: Said, other: Said): string {
  let at = 0;
  while (first.text[at] === other.text[at]) at++;
  const around = ({ name, text }: Said) => `${name}: …${text.slice(Math.max(0, at - 100), at + 200)}`;
  return `${question}: the servers do not say the same\n${around(first)}\n${around(other)}`;
}
