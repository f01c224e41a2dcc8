import type { Report } from "./finding.ts";
import type { CustomProperty, DataContract } from "./generated/odcs.ts";
import type { ProductModel } from "./product-model.ts";

/** Custom properties of a contract that let rows out without those that break their promises. */
const words = { allowed: "partialPublish", limit: "maxRejectedShare" } as const;

/** Of a contract that `checkPartialPublish` has passed. */
export function describePartialPublish(contract: DataContract): Pick<ProductModel, "partialPublish"> {
  const maxRejectedShare = find(contract, words.limit)?.value.value;
  if (find(contract, words.allowed)?.value.value !== true || typeof maxRejectedShare !== "number") return {};
  return { partialPublish: { maxRejectedShare } };
}

export function checkPartialPublish(contract: DataContract, report: Report): void {
  const [allowed, limit] = [find(contract, words.allowed), find(contract, words.limit)];
  const rule = "house-partial-publish";
  if (allowed && typeof allowed.value.value !== "boolean") {
    const message = `${words.allowed} is neither true nor false`;
    report([...allowed.path, "value"], { rule, message, hint: "Write true to publish good rows without bad ones." });
  }
  if (allowed?.value.value === true && limit === undefined) {
    const message = "Good rows may be published without bad ones, but not how many bad ones are too many";
    const hint = `Add { property: ${words.limit}, value: 0.05 } for at most 5 % of the rows.`;
    report(allowed.path, { rule, message, hint });
  }
  const share = limit?.value.value;
  if (limit && !(typeof share === "number" && share > 0 && share <= 1)) {
    const message = `${words.limit} is a share above 0 and at most 1`;
    report([...limit.path, "value"], { rule, message, hint: "Write 0.05 for 5 %." });
  }
}

function find({ customProperties = [] }: DataContract, name: string) {
  const index = customProperties.findIndex(({ property }: CustomProperty) => property === name);
  const value = customProperties[index];
  return value && { path: ["customProperties", index], value };
}
