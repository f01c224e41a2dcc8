import { isDeepStrictEqual } from "node:util";
import type { DataContract } from "../generated/odcs.ts";
import type { ContractPairs, ElementPair } from "./contract-pairs.ts";
import { linkPath, matchLinks } from "./link-rules.ts";
import { matchRoles, matchServers, rolePath, serverPath } from "./port-rules.ts";
import { matchPromises, promisePath } from "./promise-rules.ts";
import { matchQuality, qualityPath } from "./quality-rules.ts";
import { wasIs } from "./show-value.ts";

/** A key that is written otherwise, though no rule finds that it says anything else: `48 h` for `2 d`. */
export interface Restatement {
  readonly path: string;
  readonly message: string;
}

/**
 * What no rule has an opinion about, so that nothing changes unseen.
 * @param seen paths of the differences that rules have found
 */
export function findRestatements(
  { before, after }: { readonly before: DataContract; readonly after: DataContract },
  pairs: ContractPairs,
  seen: readonly string[],
): Restatement[] {
  const told = new Set(seen);
  return [...contractParts({ path: "", before, after }), ...elementParts(pairs)]
    .flatMap(changedKeys)
    .filter(({ path, tellers }) => ![path, ...tellers].some((teller) => told.has(teller)))
    .filter(({ path }) => !seen.some((one) => one.startsWith(`${path}/`) || one.startsWith(`${path}[`)))
    .map(({ path, from, to }) => {
      const key = path.slice(path.lastIndexOf("/") + 1);
      return { path, message: `${key} ${wasIs(from, to)}, which means the same` };
    });
}

/** Two values whose keys are compared one by one. */
interface Part {
  readonly path: string;
  readonly before: object;
  readonly after: object;
  /** Keys that other parts stand for. */
  readonly without: readonly string[];
  /** Differences elsewhere that speak for a key of this part. */
  readonly tellers: (key: string) => readonly string[];
}

const alone = () => [];

function contractParts(contracts: ElementPair<DataContract>): Part[] {
  const { before, after } = contracts;
  const elsewhere = ["schema", "version", "slaProperties", "servers", "roles", "description"];
  return [
    { path: "", before, after, without: elsewhere, tellers: alone },
    part("/description", before.description ?? {}, after.description ?? {}),
    ...matchPromises(contracts).pairs.map((pair) => entry(promisePath(pair.before), pair)),
    ...matchServers(contracts).pairs.map((pair) => entry(serverPath(pair.before), pair)),
    ...matchRoles(contracts).flatMap(({ path, pairs }) =>
      pairs.map((pair) => entry(rolePath(path, pair.before), pair)),
    ),
  ];
}

function elementParts({ objects, properties }: ContractPairs): Part[] {
  return [...objects, ...properties].flatMap((pair) => [
    {
      ...pair,
      without: ["properties", "items", "map", "quality", "relationships", "customProperties", "logicalTypeOptions"],
      tellers: keyTellers(pair.path),
    },
    part(`${pair.path}/logicalTypeOptions`, optionsOf(pair.before), optionsOf(pair.after)),
    ...matchQuality(pair).pairs.map((rule) => ({
      ...entry(qualityPath(pair.path, rule.before), rule),
      tellers: () => [qualityPath(pair.path, rule.before), `${pair.path}/quality/validValues`],
    })),
    ...matchLinks(pair.before.relationships ?? [], pair.after.relationships ?? []).pairs.map((link) => ({
      ...entry(linkPath(pair.path, link.before), link),
      without: [],
    })),
  ]);
}

/** The key of an object is one difference, though it is written on its columns; a scalar's format is part of its type. */
function keyTellers(path: string): (key: string) => readonly string[] {
  const object = path.replace(/\/properties\[name=[^\]]*\]$/, "");
  return (key) => {
    if (key.startsWith("primaryKey")) return [`${object}/primaryKey`];
    return key === "physicalType" ? [`${path}/logicalTypeOptions/format`, `${path}/logicalType`] : [];
  };
}

function part(path: string, before: object, after: object): Part {
  return { path, before, after, without: [], tellers: alone };
}

/** An entry of a list: a difference at its own path is about the whole of it. */
function entry(path: string, { before, after }: { readonly before: object; readonly after: object }): Part {
  return { path, before, after, without: ["roles", "customProperties"], tellers: () => [path] };
}

function optionsOf(element: object): object {
  return "logicalTypeOptions" in element ? ((element.logicalTypeOptions as object | undefined) ?? {}) : {};
}

function changedKeys({ path, before, after, without, tellers }: Part) {
  const [from, to] = [before, after] as Readonly<Record<string, unknown>>[];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys]
    .filter((key) => !without.includes(key) && !isDeepStrictEqual(from?.[key], to?.[key]))
    .map((key) => ({ path: `${path}/${key}`, from: from?.[key], to: to?.[key], tellers: tellers(key) }));
}
