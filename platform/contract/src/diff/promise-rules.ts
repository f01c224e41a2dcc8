import { promiseWord } from "../describe-promises.ts";
import type { DataContract, Property, SlaProperty } from "../generated/odcs.ts";
import type { ElementPair } from "./contract-pairs.ts";
import { both, type DiffContext, diffRule, type Spot } from "./diff-rule.ts";
import { type MatchedList, matchLists } from "./match-lists.ts";
import { noticeMs } from "./notice.ts";
import { comparePromises } from "./promise-direction.ts";
import { wasIs } from "./show-value.ts";

type Contracts = ElementPair<DataContract>;

const ends = ["endOfSupport", "endOfLife"];

const isEnd = ({ property }: SlaProperty) => ends.includes(promiseWord(property));

/** Promises before and after: the same word about the same element for the same purpose. */
export function matchPromises({ before, after }: Contracts): MatchedList<SlaProperty> {
  const word = ({ property }: SlaProperty) => promiseWord(property);
  return matchLists(before.slaProperties ?? [], after.slaProperties ?? [], [
    (promise) => JSON.stringify([word(promise), promise.element, promise.driver]),
    (promise) => JSON.stringify([word(promise), promise.element]),
    word,
  ]);
}

export function promisePath({ property }: SlaProperty): string {
  return `/slaProperties[property=${property}]`;
}

const amount = ({ value, unit, valueExt }: SlaProperty) =>
  [value, ...(valueExt === undefined ? [] : [valueExt]), ...(unit === undefined ? [] : [unit])].join(" ");

const weakened = diffRule({
  row: 34,
  sees: "a promise that is weaker or gone",
  outcomes: {
    weaker: both("sla-weakened", "MAJOR", {
      suggestion:
        "Keep the promise for this major version, announce the weaker one for {days} days, and publish it with the next.",
    }),
    removed: both("sla-weakened", "MAJOR", {
      suggestion:
        "Keep the promise for this major version, announce its end for {days} days, and drop it with the next.",
    }),
    unclear: both("sla-weakened", "DANGEROUS"),
  },
  find: (contracts: Contracts) => {
    const { removed, pairs } = matchPromises(contracts);
    const spots: Spot<"weaker" | "removed" | "unclear">[] = removed
      .filter((promise) => !isEnd(promise))
      .map((promise) => ({
        outcome: "removed",
        path: promisePath(promise),
        message: `${promise.property} is no longer promised: ${wasIs(amount(promise), undefined)}`,
      }));
    for (const { before, after } of pairs.filter((pair) => !isEnd(pair.before))) {
      const move = comparePromises(before, after);
      const message = `${before.property} ${wasIs(amount(before), amount(after))}`;
      if (move === "weaker") spots.push({ outcome: "weaker", path: promisePath(before), message });
      if (move === "incomparable")
        spots.push({ outcome: "weaker", path: promisePath(before), message: `${message}, which cannot be compared` });
      if (move === "unclear")
        spots.push({
          outcome: "unclear",
          path: promisePath(before),
          message: `${message}; which of them is better is for people to say`,
        });
      if (before.element !== after.element)
        spots.push({
          outcome: "unclear",
          path: `${promisePath(before)}/element`,
          message: `${before.property} is about something else: ${wasIs(before.element, after.element)}`,
        });
    }
    return spots;
  },
});

const strengthened = diffRule({
  row: 35,
  sees: "a promise that is stronger or new",
  outcomes: {
    added: both("sla-added", "MINOR"),
    stronger: both("sla-strengthened", "MINOR"),
    "kept longer": both("sla-strengthened", "DANGEROUS", {
      suggestion: "Personal data is kept longer: ask the privacy steward to approve it.",
    }),
  },
  find: (contracts: Contracts) => {
    const { added, pairs } = matchPromises(contracts);
    return [
      ...added
        .filter((promise) => !isEnd(promise))
        .map((promise) => ({
          outcome: "added" as const,
          path: promisePath(promise),
          message: `${promise.property} is promised: ${wasIs(undefined, amount(promise))}`,
        })),
      ...pairs
        .filter(({ before, after }) => !isEnd(before) && comparePromises(before, after) === "stronger")
        .map(({ before, after }) => ({
          outcome:
            promiseWord(before.property) === "retention" && holdsPersonalData(contracts.after)
              ? ("kept longer" as const)
              : ("stronger" as const),
          path: promisePath(before),
          message: `${before.property} ${wasIs(amount(before), amount(after))}`,
        })),
    ];
  },
});

/** What is confidential in this mesh is so because it is about people. */
function holdsPersonalData({ schema = [] }: DataContract): boolean {
  const personal = ({ classification = "", tags = [] }: Property) =>
    ["confidential", "restricted"].includes(classification) || tags.some((tag) => /^(pii|personal)/i.test(tag));
  return schema.some(({ properties = [] }) => properties.some(personal));
}

const endings = diffRule({
  row: 36,
  sees: "the end of support or life",
  outcomes: {
    advanced: both("eol-advanced", "MAJOR", {
      suggestion: "Publish what takes its place first, and name it here, so that readers can move before the end.",
    }),
    "too soon": both("eol-advanced", "MAJOR", {
      blocked: true,
      suggestion: "Name a date that leaves readers the {days} days of notice they were promised.",
    }),
    postponed: both("eol-postponed", "PATCH"),
  },
  find: (contracts: Contracts, context) => {
    const { removed, added, pairs } = matchPromises(contracts);
    const changes = [
      ...added.map((after) => ({ before: undefined, after })),
      ...removed.map((before) => ({ before, after: undefined })),
      ...pairs,
    ].filter(({ before, after }) => isEnd((before ?? after) as SlaProperty) && before?.value !== after?.value);
    return changes.map(({ before, after }) => {
      const promise = (before ?? after) as SlaProperty;
      const message = `${promise.property} ${wasIs(before?.value, after?.value)}`;
      return { outcome: ending(before, after, context), path: promisePath(promise), message };
    });
  },
});

function ending(before: SlaProperty | undefined, after: SlaProperty | undefined, { options }: DiffContext) {
  if (after === undefined) return "postponed";
  const [from, to] = [before && Date.parse(String(before.value)), Date.parse(String(after.value))];
  if (from !== undefined && to > from) return "postponed";
  const soon = options.now !== undefined && to - options.now < noticeMs(options);
  return soon ? "too soon" : "advanced";
}

export const promiseRules = [weakened, strengthened, endings];
