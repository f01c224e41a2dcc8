import type { DataContract } from "../generated/odcs.ts";
import type { ElementPair } from "./contract-pairs.ts";
import { both, type DiffContext, diffRule, type Spot } from "./diff-rule.ts";
import { show, wasIs } from "./show-value.ts";

type Contracts = ElementPair<DataContract>;

const stages = ["proposed", "draft", "active", "deprecated", "retired"];

/** A contract that does not say is in use. */
const stageOf = ({ status = "active" }: DataContract) => status;

export const statusRules = [
  diffRule({
    row: 39,
    sees: "the status, which only goes forward",
    outcomes: {
      advanced: both("status", "MINOR"),
      deprecated: both("status", "MINOR", {
        suggestion: "Say in `slaProperties` with `endOfSupport` until when it can be relied upon.",
      }),
      retired: both("status", "MAJOR", {
        suggestion: "Say where those who relied on it find the same: in `description.limitations`, or in the review.",
      }),
      "retired too soon": both("status", "MAJOR", {
        blocked: true,
        suggestion:
          "Deprecate it first, in a minor version. It can retire when {days} days are over, nobody uses it and no agreement is active.",
      }),
      backwards: both("status", "MAJOR", {
        blocked: true,
        suggestion: "Publish a new major version instead; a status does not go back.",
      }),
      unknown: both("status", "DANGEROUS"),
    },
    find: ({ before, after }: Contracts, context) => {
      const [from, to] = [stageOf(before), stageOf(after)];
      if (from === to) return [];
      return [{ outcome: statusOutcome(from, to, context), path: "/status", message: `The status ${wasIs(from, to)}` }];
    },
  }),
];

function statusOutcome(from: string, to: string, { options }: DiffContext) {
  const [start, end] = [stages.indexOf(from), stages.indexOf(to)];
  if (start < 0 || end < 0) return "unknown";
  if (end < start) return "backwards";
  if (to === "retired") return from === "deprecated" && options.retirable === true ? "retired" : "retired too soon";
  return to === "deprecated" ? "deprecated" : "advanced";
}

export const termRules = [
  diffRule({
    row: 40,
    sees: "what the product is for, what it is not for, and how it may be used",
    outcomes: {
      terms: both("terms", "DANGEROUS", {
        suggestion: "Have somebody who knows the agreements read it: consumers may no longer be allowed what they do.",
      }),
      purpose: both("terms", "PATCH"),
    },
    find: ({ before, after }: Contracts) =>
      (["limitations", "usage", "purpose"] as const).flatMap((key) => {
        const [from, to] = [before.description?.[key], after.description?.[key]];
        if (plain(from) === plain(to)) return [];
        const outcome = key === "purpose" ? ("purpose" as const) : ("terms" as const);
        return [{ outcome, path: `/description/${key}`, message: `The ${key} ${wasIs(from, to)}` }];
      }),
  }),
];

/** Line breaks and spaces are for the editor. */
function plain(text: string | undefined): string {
  return (text ?? "").replace(/\s+/g, " ").trim();
}

export const priceRules = [
  diffRule({
    row: 41,
    sees: "what it costs",
    outcomes: {
      raised: both("price", "MAJOR", {
        suggestion:
          "Let the old price stand for those who have it, announce the new one for {days} days, and ask it from the next major version on.",
      }),
      lowered: both("price", "MINOR"),
    },
    find: ({ before, after }: Contracts) => {
      const [from, to] = [before.price, after.price];
      if (show(from) === show(to)) return [];
      const sameTerms = from?.priceCurrency === to?.priceCurrency && from?.priceUnit === to?.priceUnit;
      const [cost, later] = [from?.priceAmount ?? 0, to?.priceAmount ?? 0];
      if (later === cost && (sameTerms || later === 0)) return [];
      const lowered = later === 0 || (later < cost && sameTerms);
      return [
        {
          outcome: lowered ? ("lowered" as const) : ("raised" as const),
          path: "/price",
          message: `The price ${wasIs(from, to)}`,
        },
      ];
    },
  }),
];

const identityNames = ["domain", "name"] as const;

export const identityRules = [
  diffRule({
    row: 43,
    sees: "which contract it is, and of which version of the standard",
    outcomes: {
      other: both("identity", "MAJOR", {
        blocked: true,
        suggestion: "A contract with another id is another contract: put it into a product of its own.",
      }),
      renamed: both("renamed", "MAJOR", {
        suggestion:
          "Publish a product with the new name beside this one and set the status of this one to `deprecated`; retire it after {days} days, once nobody reads it any more.",
      }),
      format: both("identity", "PATCH"),
    },
    find: ({ before, after }: Contracts) => {
      const spots: Spot<"other" | "renamed" | "format">[] = identityNames
        .filter((key) => before[key] !== after[key])
        .map((key) => ({
          outcome: "renamed",
          path: `/${key}`,
          message: `The ${key === "name" ? "product" : "domain"} ${wasIs(before[key], after[key])}`,
        }));
      if (before.id !== after.id)
        spots.push({ outcome: "other", path: "/id", message: `The contract's id ${wasIs(before.id, after.id)}` });
      if (before.apiVersion !== after.apiVersion)
        spots.push({
          outcome: "format",
          path: "/apiVersion",
          message: `The version of the standard ${wasIs(before.apiVersion, after.apiVersion)}`,
        });
      return spots;
    },
  }),
];
