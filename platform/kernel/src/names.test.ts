import { expect, test } from "vitest";
import { camelCase, constantCase, kebabCase, pascalCase, snakeCase } from "./names.ts";

test.each([
  ["unit-progress", "unit_progress", "unit-progress", "unitProgress", "UnitProgress", "UNIT_PROGRESS"],
  ["unit_progress", "unit_progress", "unit-progress", "unitProgress", "UnitProgress", "UNIT_PROGRESS"],
  ["unitProgress", "unit_progress", "unit-progress", "unitProgress", "UnitProgress", "UNIT_PROGRESS"],
  ["Unit Progress", "unit_progress", "unit-progress", "unitProgress", "UnitProgress", "UNIT_PROGRESS"],
  ["units", "units", "units", "units", "Units", "UNITS"],
  ["rate_7_days", "rate_7_days", "rate-7-days", "rate7Days", "Rate7Days", "RATE_7_DAYS"],
  ["week2Rate", "week2_rate", "week2-rate", "week2Rate", "Week2Rate", "WEEK2_RATE"],
  ["--unit..progress--", "unit_progress", "unit-progress", "unitProgress", "UnitProgress", "UNIT_PROGRESS"],
  ["GA4", "ga4", "ga4", "ga4", "Ga4", "GA4"],
  ["", "", "", "", "", ""],
])("%s", (name, snake, kebab, camel, pascal, constant) => {
  expect([snakeCase(name), kebabCase(name), camelCase(name), pascalCase(name), constantCase(name)]).toEqual([
    snake,
    kebab,
    camel,
    pascal,
    constant,
  ]);
});
