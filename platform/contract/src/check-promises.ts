import { promiseWord } from "./describe-promises.ts";
import { durationMs } from "./duration-unit.ts";
import type { Report } from "./finding.ts";
import type { DataContract } from "./generated/odcs.ts";

/** Promises that only mean something as a length of time. */
const durations = ["latency", "frequency", "retention", "timeToDetect", "timeToNotify", "timeToRepair"];

export function checkPromises(contract: DataContract, report: Report): void {
  const promises = contract.slaProperties ?? [];
  if (!promises.some(({ property }) => promiseWord(property) === "latency")) {
    const hint = "Add to `slaProperties`: { property: latency, value: 1, unit: d }; freshness is judged by it.";
    report(["slaProperties"], {
      rule: "house-latency",
      message: "The contract does not promise how old its data may be",
      hint,
    });
  }
  for (const [index, { property, value, unit }] of promises.entries()) {
    if (!durations.includes(promiseWord(property))) continue;
    const length = durationMs(value, unit);
    if (length !== undefined && length > 0) continue;
    const message = `The promise "${property}" is no length of time: ${JSON.stringify(value)} ${unit ?? "without a unit"}`;
    const hint = "Write a number above 0 and a unit: ms, s, m, h, d, w, month, y.";
    report(["slaProperties", index, length === undefined && unit !== undefined ? "unit" : "value"], {
      rule: "house-promise-duration",
      message,
      hint,
    });
  }
}
