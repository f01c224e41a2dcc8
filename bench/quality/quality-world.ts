import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openQualityStore } from "@thoth/control/quality-store";
import type { Random } from "@thoth/testing/random";
import { tempDir } from "@thoth/testing/temp-dir";
import type { TestDomain } from "@thoth/testing/test-domain";
import type { TestMesh } from "@thoth/testing/test-mesh";
import { writeSample } from "../../domains/ontrack-learning/sample/write-sample.ts";
import type { Submission } from "./planted-faults.ts";
import type { Reported } from "./score.ts";

const hourMs = 3_600_000;
const outcomes = ["Complete", "Fix and Resubmit", "Redo", "Discuss", "Demonstrate", "Fail"];
const to = "../../../../contracts/published/register/work/1.0.0.odcs.yaml#/schema/work/properties/id";

/** Two domains over what the sample generator of OnTrack writes: the tasks, and the work that was handed in for them. */
export const domains: readonly TestDomain[] = [
  {
    name: "register",
    streams: { work: { columns: { id: "BIGINT" } } },
    clean: { work: "select id from raw.work" },
    products: {
      work: {
        sql: "select id from clean.work",
        key: ["id"],
        columns: { id: { logicalType: "integer", physicalType: "BIGINT" } },
        published: true,
      },
    },
  },
  {
    name: "marking",
    streams: {
      submissions: {
        columns: {
          id: "BIGINT",
          reference: "VARCHAR",
          task: "BIGINT",
          submitted: "TIMESTAMP",
          assessed: "TIMESTAMP",
          outcome: "VARCHAR",
          hours: "DOUBLE",
          assessor_id: "BIGINT",
        },
      },
    },
    clean: { submissions: "select * exclude (_run_id, _loaded_at, _source) from raw.submissions" },
    products: {
      submissions: {
        sql: "select id, reference, task, submitted, assessed, outcome, hours, assessor_id from clean.submissions",
        key: ["id"],
        columns: {
          id: { logicalType: "integer", physicalType: "BIGINT" },
          reference: { logicalType: "string", logicalTypeOptions: { pattern: "^SUB-[0-9]{6}$" } },
          task: {
            logicalType: "integer",
            physicalType: "BIGINT",
            relationships: [
              {
                to,
                customProperties: [
                  { property: "graphqlField", value: "work" },
                  { property: "severity", value: "error" },
                ],
              },
            ],
          },
          submitted: { logicalType: "timestamp", required: true },
          assessed: { logicalType: "timestamp" },
          outcome: { logicalType: "string", required: true, enum: outcomes.map((value) => ({ value })) },
          hours: { logicalType: "number", logicalTypeOptions: { minimum: 0 } },
          assessor_id: { logicalType: "integer", physicalType: "BIGINT" },
        },
        quality: [
          {
            id: "assessed-after",
            type: "sql",
            query: "select count(*) from {object} where assessed < submitted",
            mustBe: 0,
          },
          {
            id: "fresh",
            type: "custom",
            engine: "thoth",
            severity: "warning",
            implementation: { check: "freshness", column: "submitted", maxLagHours: 72 },
          },
        ],
        contract: {
          customProperties: [
            { property: "partialPublish", value: true },
            { property: "maxRejectedShare", value: 0.5 },
          ],
        },
      },
    },
  },
];

/** What the sample generator writes of work that was handed in and assessed. */
export async function sampleSubmissions(scale: number): Promise<Submission[]> {
  await using dir = await tempDir("thoth-quality-");
  await writeSample({ dir: dir.path, seed: 1, asOf: Date.UTC(2026, 5, 1), scale });
  const [header = "", ...lines] = (await readFile(join(dir.path, "ontrack/db/task_submissions.csv"), "utf8"))
    .trim()
    .split("\n");
  const columns = header.split(",");
  return lines.flatMap((line) => {
    const cells = line.split(",");
    const cell = (name: string) => cells[columns.indexOf(name)] ?? "";
    const [submitted, assessed] = [time(cell("submission_time")), time(cell("assessment_time"))];
    if (!outcomes.includes(cell("outcome")) || !(assessed >= submitted)) return [];
    return {
      id: Number(cell("id")),
      reference: `SUB-${cell("id").padStart(6, "0")}`,
      task: Number(cell("task_id")),
      submitted,
      assessed,
      outcome: cell("outcome"),
      hours: Math.round((assessed - submitted) / hourMs),
      assessor_id: cell("assessor_id") === "" ? null : Number(cell("assessor_id")),
    };
  });
}

function time(text: string): number {
  return Date.parse(`${text.replace(" ", "T")}Z`);
}

/** One day's export: about so many rows of the pool, the newest of them handed in an hour ago. */
export function dailyExport(pool: readonly Submission[], size: number, now: number, random: Random): Submission[] {
  const rows = random.shuffle(pool).slice(0, Math.round(size * (0.97 + random.next() * 0.06)));
  const newest = Math.max(...rows.map(({ submitted }) => submitted));
  const shift = now - hourMs - newest;
  return rows.map((row) => ({ ...row, submitted: row.submitted + shift, assessed: row.assessed + shift }));
}

/** Runs the domain over an export. @returns everything that its audit did not let pass */
export async function auditExport(world: TestMesh, rows: readonly Submission[]): Promise<Reported[]> {
  const lines = rows.map(({ submitted, assessed, ...row }) => {
    const cells = [
      row.id,
      row.reference,
      row.task,
      isoText(submitted),
      isoText(assessed),
      row.outcome,
      row.hours,
      row.assessor_id,
    ];
    return `${cells.map((cell) => (cell === null ? "" : cell)).join(",")}\n`;
  });
  await world.source(
    "submissions.csv",
    `id,reference,task,submitted,assessed,outcome,hours,assessor_id\n${lines.join("")}`,
  );
  const run = (await world.run({ only: "marking" })).get("marking/product/submissions");
  if (run === undefined || !["success", "partial", "failed"].includes(run.status))
    throw new Error(`the export was not audited: ${run?.failureMessage}`);
  const results = await openQualityStore(world.mesh.control).results({ runId: run.runId, status: "failed" });
  return results.map(({ checkId, measured }) => ({ check: checkId, measured }));
}

function isoText(at: number): string {
  return new Date(at).toISOString().replace("T", " ").replace("Z", "");
}
