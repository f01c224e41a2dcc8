import type { Finding, Severity } from "../finding.ts";
import { nearest } from "../spelling.ts";
import type { PolicyFinding } from "./judge-contract.ts";
import type { Policy } from "./policy.ts";
import type { Waiver, WrittenWaiver } from "./waiver.ts";

export interface WaiverWorld {
  /** Epoch ms. */
  readonly now: number;
  readonly policies: readonly Pick<Policy, "id" | "waivable">[];
  /** Ids of policies that exist but cannot judge, because their file is not sound. */
  readonly broken: readonly string[];
  /** Every product there is, as `domain/product`. */
  readonly products: readonly string[];
  /** Products whose contract could not be read as one, so that nothing was judged in it. */
  readonly unread: readonly string[];
}

/**
 * Turns what waivers let off into remarks, and says what is wrong with the waivers themselves. A waiver with an error
 * waives nothing.
 */
export function applyWaivers(
  found: readonly PolicyFinding[],
  waivers: readonly WrittenWaiver[],
  world: WaiverWorld,
): Finding[] {
  const judged = waivers.map((waiver) => ({ waiver, remarks: judgeWaiver(waiver, found, world) }));
  const sound = judged.filter(({ remarks }) => remarks.every(({ severity }) => severity !== "error"));
  const findings = found.map((one) => {
    const waiver = sound.find((entry) => covers(entry.waiver, one))?.waiver;
    return waiver === undefined ? one.finding : waived(one.finding, waiver);
  });
  return [...findings, ...judged.flatMap(({ remarks }) => remarks)];
}

function covers({ policy, product, column }: Waiver, found: PolicyFinding): boolean {
  const same = policy === found.policy && product === found.product;
  return same && (column === undefined || column === found.column);
}

function waived(finding: Finding, { owner, reason, expires, file }: WrittenWaiver): Finding {
  return {
    ...finding,
    severity: "info",
    message: `${finding.message} (waived until ${expires} by ${owner}: ${reason.trim()})`,
    hint: `It counts again when ${file} expires. ${finding.hint}`,
  };
}

const day = 86_400_000;
const soonMs = 30 * day;
const longestMs = 366 * day;

type Remark = readonly [key: keyof Waiver, rule: string, severity: Severity, message: string, hint: string];

function judgeWaiver(waiver: WrittenWaiver, found: readonly PolicyFinding[], world: WaiverWorld): Finding[] {
  const aims = aim(waiver, world);
  const remark = aims ?? term(waiver, world.now);
  const idle = remark?.[2] === "error" ? undefined : useless(waiver, found, world);
  return [remark, idle].filter((one) => one !== undefined).map((one) => toFinding(waiver, one));
}

function toFinding({ file, locate }: WrittenWaiver, [key, rule, severity, message, hint]: Remark): Finding {
  return { rule, severity, file, ...locate(key), path: key, message, hint };
}

/** Whether there is what it is for, and whether that may be waived. */
function aim({ policy, product }: Waiver, { policies, broken, products }: WaiverWorld): Remark | undefined {
  const ids = [...policies.map(({ id }) => id), ...broken];
  if (!ids.includes(policy))
    return ["policy", "waiver-policy", "error", `There is no policy "${policy}"`, suggestion(policy, ids)];
  if (policies.find(({ id }) => id === policy)?.waivable === false)
    return [
      "policy",
      "waiver-forbidden",
      "error",
      `Nobody can be let off ${policy}`,
      "Keep the policy; the product cannot be published without.",
    ];
  if (products.includes(product)) return undefined;
  return ["product", "waiver-product", "error", `There is no product "${product}"`, suggestion(product, products)];
}

function suggestion(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === undefined ? "Correct the name, or delete the waiver." : `Did you mean "${meant}"?`;
}

/** Whether it still holds, and for how long. */
function term({ expires }: Waiver, now: number): Remark | undefined {
  const end = Date.parse(expires) + day;
  const left = end - now;
  const renew = "Keep the policy, or have the council renew it with a new date and a reason.";
  if (left <= 0) return ["expires", "waiver-expired", "error", `The waiver ended on ${expires}`, renew];
  if (left > longestMs)
    return [
      "expires",
      "waiver-too-long",
      "error",
      `The waiver holds until ${expires}, more than a year from now`,
      "Name a day within a year; what lasts longer is a matter for the policy.",
    ];
  const days = Math.floor(left / day);
  if (left > soonMs) return undefined;
  const when = days === 0 ? "today" : `in ${days} ${days === 1 ? "day" : "days"}`;
  return ["expires", "waiver-expires-soon", "warning", `The waiver ends ${when}, on ${expires}`, renew];
}

/** Whether it lets off anything; unknowable when the policy or the contract cannot be read. */
function useless(waiver: Waiver, found: readonly PolicyFinding[], world: WaiverWorld): Remark | undefined {
  const { policy, product, column } = waiver;
  if (world.broken.includes(policy) || world.unread.includes(product)) return undefined;
  if (found.some((one) => covers(waiver, one))) return undefined;
  const subject = column === undefined ? product : `column ${column} of ${product}`;
  return ["policy", "waiver-unused", "warning", `${policy} finds nothing in ${subject}`, "Delete the waiver."];
}
