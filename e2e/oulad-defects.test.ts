import { existsSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openQualityStore } from "@thoth/control/quality-store";
import type { TestDomain, TestProduct } from "@thoth/testing/test-domain";
import { openTestMesh } from "@thoth/testing/test-mesh";
import { expect, test } from "vitest";

/**
 * The Open University's learning analytics data under contracts as a team would write them: whatever is known to be
 * wrong with the data is reported, with its number, and nothing else is. The folder lies beside the project and is not
 * part of it; without it this test is skipped.
 */
const folder = fileURLToPath(new URL("../../shared/data/oulad", import.meta.url));
const here = existsSync(folder);
if (!here) console.warn(`skipped: ${folder} is not there, so the real defects are not looked for`);

const integer = (more: object = {}) => ({ logicalType: "integer", ...more });
const none = { mustBe: 0, severity: "warning" };
const nulls = (id: string) => ({ quality: [{ id, metric: "nullValues", dimension: "completeness", ...none }] });
const counting = (id: string, condition: string, dimension = "consistency") => ({
  id,
  type: "sql",
  query: `select count(*) from {object} where ${condition}`,
  dimension,
  ...none,
});
const leadsTo = (field: string, product: string, property: string) => ({
  relationships: [
    {
      to: `../${product}/contract.odcs.yaml#/schema/${product}/properties/${property}`,
      customProperties: [{ property: "graphqlField", value: field }],
    },
  ],
});

const presentation = { module: "string", presentation: "string" } as const;

const assessments: TestProduct = {
  sql: `select id_assessment, code_module as module, code_presentation as presentation, assessment_type, date as day, weight,
    sum(weight) filter (where assessment_type = 'Exam') over (partition by code_module, code_presentation) as exam_weight,
    sum(weight) filter (where assessment_type <> 'Exam') over (partition by code_module, code_presentation) as other_weight
    from clean.assessments`,
  key: ["id_assessment"],
  columns: {
    id_assessment: integer(),
    ...presentation,
    assessment_type: { logicalType: "string", enum: [{ value: "TMA" }, { value: "CMA" }, { value: "Exam" }] },
    day: integer(nulls("dated")),
    weight: { logicalType: "number", logicalTypeOptions: { minimum: 0, maximum: 100 } },
    exam_weight: "number",
    other_weight: "number",
  },
  quality: [
    counting("weighted", "weight = 0", "accuracy"),
    {
      id: "exams-add-up",
      type: "sql",
      query:
        "select coalesce(string_agg(distinct module, ', ' order by module), 'none') from {object} where exam_weight <> 100",
      mustBe: "none",
      severity: "warning",
    },
    {
      id: "others-add-up",
      type: "sql",
      query:
        "select coalesce(string_agg(distinct module, ', ' order by module), 'none') from {object} where other_weight <> 100",
      mustBe: "none",
      severity: "warning",
    },
  ],
};

const enrolments: TestProduct = {
  sql: `select code_module as module, code_presentation as presentation, id_student, imd_band, final_result,
    date_registration, date_unregistration
    from clean.students left join clean.registrations using (code_module, code_presentation, id_student)`,
  key: ["module", "presentation", "id_student"],
  columns: {
    ...presentation,
    id_student: integer({ quality: [{ id: "once", metric: "duplicateValues", dimension: "uniqueness", ...none }] }),
    imd_band: {
      logicalType: "string",
      classification: "confidential",
      quality: [
        ...nulls("banded").quality,
        {
          id: "band-written-alike",
          metric: "invalidValues",
          arguments: { pattern: "^[0-9]+-[0-9]+%$" },
          dimension: "conformity",
          ...none,
        },
      ],
    },
    final_result: {
      logicalType: "string",
      required: true,
      enum: ["Pass", "Fail", "Withdrawn", "Distinction"].map((value) => ({ value })),
    },
    date_registration: integer(nulls("registered")),
    date_unregistration: integer(),
  },
  quality: [
    counting("withdrawn-has-a-day", "final_result = 'Withdrawn' and date_unregistration is null"),
    counting("left-is-withdrawn", "final_result <> 'Withdrawn' and date_unregistration is not null"),
  ],
};

const results: TestProduct = {
  sql: `select id_assessment, id_student, date_submitted, is_banked, score, date_unregistration
    from clean.results left join clean.assessments using (id_assessment)
    left join clean.registrations using (code_module, code_presentation, id_student)`,
  key: ["id_assessment", "id_student"],
  columns: {
    id_assessment: integer(leadsTo("assessment", "assessments", "id_assessment")),
    id_student: integer(),
    date_submitted: integer({ required: true }),
    is_banked: "boolean",
    score: { logicalType: "number", logicalTypeOptions: { minimum: 0, maximum: 100 }, ...nulls("scored") },
    date_unregistration: integer(),
  },
  quality: [
    counting("not-too-late", "date_submitted > 300", "timeliness"),
    counting("not-before-the-start", "date_submitted < 0", "timeliness"),
    counting("not-banked", "is_banked", "timeliness"),
    counting("not-after-leaving", "date_submitted > date_unregistration"),
  ],
};

const file = (columns: Readonly<Record<string, string>>) => ({ columns });
const run = { code_module: "VARCHAR", code_presentation: "VARCHAR" };

const openUniversity: TestDomain = {
  name: "openuniversity",
  streams: {
    assessment: file({
      ...run,
      id_assessment: "INTEGER",
      assessment_type: "VARCHAR",
      date: "INTEGER",
      weight: "DOUBLE",
    }),
    student: file({ ...run, id_student: "INTEGER", imd_band: "VARCHAR", final_result: "VARCHAR" }),
    student_registration: file({
      ...run,
      id_student: "INTEGER",
      date_registration: "INTEGER",
      date_unregistration: "INTEGER",
    }),
    student_assessment: file({
      id_assessment: "INTEGER",
      id_student: "INTEGER",
      date_submitted: "INTEGER",
      is_banked: "BOOLEAN",
      score: "DOUBLE",
    }),
  },
  clean: {
    assessments:
      "select id_assessment, code_module, code_presentation, assessment_type, date, weight from raw.assessment",
    students: "select code_module, code_presentation, id_student, imd_band, final_result from raw.student",
    registrations:
      "select code_module, code_presentation, id_student, date_registration, date_unregistration from raw.student_registration",
    results: "select id_assessment, id_student, date_submitted, is_banked, score from raw.student_assessment",
  },
  products: { assessments, enrolments, results },
};

/** Product and check → what is known of the data. */
const known: Readonly<Record<string, string>> = {
  "assessments rule:dated": "11",
  "assessments rule:weighted": "56",
  "assessments rule:exams-add-up": "CCC",
  "assessments rule:others-add-up": "GGG",
  "enrolments rule:once": "3808",
  "enrolments rule:banded": "1111",
  "enrolments rule:band-written-alike": "3516",
  "enrolments rule:registered": "45",
  "enrolments rule:withdrawn-has-a-day": "93",
  "enrolments rule:left-is-withdrawn": "9",
  "results rule:scored": "173",
  "results rule:not-too-late": "66",
  "results rule:not-before-the-start": "2057",
  "results rule:not-banked": "1909",
  "results rule:not-after-leaving": "601",
};

test.skipIf(!here)("every known defect of the real data is reported with its number, and nothing else", async () => {
  await using world = await openTestMesh([openUniversity]);
  const { sourcesDir } = world.mesh.home;
  await mkdir(sourcesDir, { recursive: true });
  for (const name of Object.keys(openUniversity.streams ?? {}))
    await copyFile(join(folder, `${name}.csv`), join(sourcesDir, `${name}.csv`));
  const runs = await world.run();
  for (const [name, rows] of [
    ["assessments", 206],
    ["enrolments", 32_593],
    ["results", 173_912],
  ] as const) {
    const ended = runs.get(`openuniversity/product/${name}`);
    const of = Object.keys(known).filter((check) => check.startsWith(name)).length;
    expect(ended).toMatchObject({ status: "success", rowCountAfter: rows, rowsRejected: 0, checksWarned: of });
  }
  const quality = openQualityStore(world.mesh.control);
  const found = await quality.latest({ domain: "openuniversity" });
  const failed = found.filter(({ status, product }) => status === "failed" && product !== null);
  const reported = failed.map(({ product, checkId, measured }) => [`${product} ${checkId}`, measured]);
  expect(Object.fromEntries(reported)).toEqual(known);
  const clean = found.filter(({ checkId }) => /^(key|relationship|minimum|maximum):/.test(checkId));
  expect(clean.map(({ status, measured }) => [status, measured])).toEqual(clean.map(() => ["passed", "0"]));
  expect(clean.map(({ checkId }) => checkId)).toContain("relationship:assessment");
  const [profile] = await quality.profiles({ domain: "openuniversity", product: "enrolments" });
  const band = profile?.columns.find(({ name }) => name === "imd_band");
  expect(band).toEqual({ name: "imd_band", nulls: 1111, distinct: expect.any(Number) });
  expect(profile?.columns.find(({ name }) => name === "final_result")?.top?.[0]).toEqual({
    value: "Pass",
    count: 12361,
  });
});
