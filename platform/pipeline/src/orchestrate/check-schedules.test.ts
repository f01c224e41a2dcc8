import { expect, test } from "vitest";
import type { Domain, ProductDefinition } from "../domain.ts";
import { checkSchedules } from "./check-schedules.ts";
import type { Schedule } from "./schedule.ts";

/** As far as schedules are about a domain. */
function domain(name: string, products: readonly ProductDefinition[], schedule?: Schedule): Domain {
  return { name, products, ...(schedule && { schedule }) } as Domain;
}

const farm = (schedule?: Schedule) => domain("farm", [{ name: "eggs" }], schedule);
const market = (schedule: Schedule) => domain("market", [{ name: "stall", schedule }]);

test("counts what is sound", () => {
  const nightly = { cron: "0 4 * * *", timeZone: "Australia/Melbourne", timeoutMinutes: 0.5, attempts: 1 };
  expect(checkSchedules([farm(nightly), market({ onPublish: ["farm/eggs"], onEvent: ["fair"] })])).toBe(2);
  expect(checkSchedules([farm()])).toBe(0);
});

test.each<[string, readonly Domain[], string]>([
  ["a wrong expression", [farm({ cron: "4 o'clock" })], "pipeline/bad-cron"],
  ["a zone of a product", [market({ cron: "0 4 * * *", timeZone: "Melbourne" })], "pipeline/bad-time-zone"],
  ["a product that is not there", [farm(), market({ onPublish: ["farm/milk"] })], "pipeline/unknown-trigger"],
  ["a domain in the place of a product", [farm(), market({ onPublish: ["farm"] })], "pipeline/unknown-trigger"],
  ["no time at all", [farm({ timeoutMinutes: 0 })], "pipeline/bad-limit"],
  ["half an attempt", [farm({ attempts: 1.5 })], "pipeline/bad-limit"],
  ["a product that starts itself", [market({ onPublish: ["market/stall"] })], "warehouse/cyclic-dependency"],
  [
    "two that start each other",
    [farm({ onPublish: ["market/stall"] }), market({ onPublish: ["farm/eggs"] })],
    "warehouse/cyclic-dependency",
  ],
])("refuses %s", (_, domains, code) => {
  expect(() => checkSchedules(domains)).toThrowError(expect.objectContaining({ code }));
});
