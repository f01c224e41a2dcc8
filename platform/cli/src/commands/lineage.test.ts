import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runCommandLine } from "../command-line.ts";
import { recordingEffects } from "../testing/recording-effects.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

async function mesh(...args: readonly string[]) {
  const effects = recordingEffects({ cwd: root });
  const code = await runCommandLine(["lineage", ...args], effects);
  return { code, ...effects.said };
}

test("a column goes back to its source, and says what decides about its rows", async () => {
  const { code, out } = await mesh("ontrack-learning/units.latest_teaching_period");
  expect(code).toBe(0);
  expect(out).toBe(`ontrack-learning/units.latest_teaching_period  VARCHAR
└─ ontrack-learning/clean.offerings.teaching_period (identity)
   ├─ ontrack-learning/raw.teaching_periods.year (transformation)
   │  └─ ontrack-learning/ontrack-database:teaching_periods.year (identity)
   ├─ ontrack-learning/raw.teaching_periods.period (transformation)
   │  └─ ontrack-learning/ontrack-database:teaching_periods.period (identity)
   └─ ontrack-learning/raw.units.start_date (transformation)
      └─ ontrack-learning/ontrack-database:units.start_date (identity)

which rows ontrack-learning/units has
  ontrack-learning/clean.offerings.unit_code (filter, group by, join)
  ontrack-learning/clean.offerings.start_date (filter)
  ontrack-learning/clean.offerings.offering_id (filter, join)
  ontrack-learning/clean.enrolments.enrolled (filter)
  ontrack-learning/clean.enrolments.offering_id (group by, join)
`);
});

test("a column goes to the products of other domains", async () => {
  const { out } = await mesh("ontrack-learning/units.code", "--downstream");
  expect(out).toContain("├─ splashkit-usage/function-usage.unit_hint (conditional, transformation)");
  expect(out).toContain("decides which rows there are in\n  splashkit-usage/function-usage (");
});

test.each([
  [[], "upstream", "splashkit-usage/function-usage\n├─ ontrack-learning/units\n"],
  [["splashkit-usage"], "upstream", "splashkit-usage/sdk-adoption\n└─ splashkit-usage/splashkit-telemetry:events\n"],
  [["ontrack-learning", "--downstream"], "downstream", "ontrack-learning/units\n└─ splashkit-usage/function-usage\n"],
  [["ontrack-learning/units"], "upstream", "  code ← ontrack-learning/clean.offerings.unit_code (identity)\n"],
  [
    ["ontrack-learning/clean.offerings", "--downstream"],
    "downstream",
    "  unit_code → ontrack-learning/units.code (identity)",
  ],
])("%j %s", async (args, _, expected) => {
  const { code, out } = await mesh(...args);
  expect(code).toBe(0);
  expect(out).toContain(expected);
});

test("everything in the repository can be traced, and an edge stands once", async () => {
  const { out } = await mesh("--json");
  const { direction, edges, unknown } = JSON.parse(out);
  expect(unknown).toEqual([]);
  expect(direction).toBe("upstream");
  expect(edges).toContainEqual({
    from: "ontrack-learning/raw.projects.id",
    to: "ontrack-learning/clean.enrolments.enrolment",
    kind: "TRANSFORMATION",
    masking: true,
  });
  const texts = edges.map((edge: object) => JSON.stringify(edge));
  expect(new Set(texts).size).toBe(texts.length);
});

test.each([
  ["ontrack-learning/unis", "Did you mean ontrack-learning/units?"],
  ["ontrack-learning/units.cod", "Did you mean ontrack-learning/units.code?"],
  ["nothing-like-it", "mesh lineage lists the products"],
])("%s is unknown", async (name, hint) => {
  const { code, err } = await mesh(name);
  expect(code).toBe(2);
  expect(err).toContain("cli/unknown-lineage");
  expect(err).toContain(hint);
});
