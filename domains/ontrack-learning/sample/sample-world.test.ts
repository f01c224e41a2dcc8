import { readFile } from "node:fs/promises";
import path from "node:path";
import type { ReadContext } from "@thoth/ingest/connector";
import { type DomainCase, domainCases } from "@thoth/testing/domain-case";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rawColumns } from "../sources/raw-columns.ts";
import type { FaultRecord } from "./fault-plan.ts";
import { writeSample } from "./write-sample.ts";

const asOf = "2026-11-22T03:00:00Z";
const scale = 0.03;

let dir: TempDir;
let world: DomainCase;

beforeAll(async () => {
  dir = await tempDir();
  await writeSample({ dir: dir.path, seed: 1, asOf: Date.parse(asOf), scale });
  world = await domainCases(new URL("../domain.ts", import.meta.url))();
  await landSample(world, dir.path);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

/** Everything the sources read of a sample, in `raw.*`, by the connectors themselves but without a ledger. */
async function landSample({ engine, domain }: DomainCase, sourcesDir: string): Promise<void> {
  const { signal } = new AbortController();
  // Files are read without asking the control plane, so there is none.
  const context = { engine, sourcesDir, root: sourcesDir, checkpoint: undefined, signal } as unknown as ReadContext;
  for (const stream of domain.sources.flatMap((source) => source.streams)) {
    for await (const { data } of stream.read(context)) {
      if (data.kind !== "relation") throw new Error(`${stream.name} does not read files`);
      const landed = `select *, 'sample' as _run_id, $1::timestamptz as _loaded_at from (${data.sql})`;
      await engine.run(`insert into raw.${quoteIdentifier(stream.name)} by name ${landed}`, [asOf]);
    }
  }
}

const rows = (sql: string) => world.engine.query(sql);

async function one(sql: string): Promise<number> {
  const [row = {}] = await rows(sql);
  return Number(Object.values(row)[0]);
}

async function json(file: string): Promise<unknown> {
  return JSON.parse(await readFile(path.join(dir.path, "ontrack", file), "utf8"));
}

/** Rows once each, with the names statuses have today. */
const engagements = `(select distinct on (id) id, task_id, engagement_time,
  case engagement when 'Ready to Mark' then 'Ready for Feedback' when 'Do Not Resubmit' then 'Feedback Exceeded'
  else engagement end as engagement from raw.task_engagements)`;

/** The first answer of staff to each submission, hours later. */
const answers = `(select project_id, submission_time, min(epoch(assessment_time - submission_time)) / 86400 as days
  from raw.task_submissions join raw.tasks on tasks.id = task_id join raw.projects on projects.id = project_id
  where assessor_id <> user_id and assessment_time > submission_time group by task_id, project_id, submission_time)`;

describe("what is read", () => {
  test("every file is read with the declared columns, and every row of it", async () => {
    const { rows: written, logLines } = (await json("sample.json")) as {
      rows: Record<string, number>;
      logLines: number;
    };
    expect(Object.keys(written).sort()).toEqual(Object.keys(rawColumns).sort());
    for (const [table, count] of Object.entries(written)) {
      expect(await one(`select count(*) from raw.${table}`), table).toBe(count);
      expect(count, table).toBeGreaterThan(0);
    }
    expect(await one("select count(*) from raw.log_lines")).toBe(logLines);
  });

  test("nothing happened later than the sample's end", async () => {
    const planned = /^(start|end|target|due)_date$|active_until/;
    for (const [table, columns] of Object.entries(rawColumns)) {
      for (const [column, type] of Object.entries(columns)) {
        if (type !== "TIMESTAMP" || planned.test(column)) continue;
        expect(await one(`select count(*) from raw.${table} where ${column} > '${asOf}'`), `${table}.${column}`).toBe(
          0,
        );
      }
    }
    expect(await one(`select count(*) from raw.log_lines where "at" > '${asOf}'`)).toBe(0);
    expect(await one(`select count(*) from raw.web_daily_users where date >= '${asOf.slice(0, 10)}'`)).toBe(0);
    expect(await one(`select count(*) from raw.web_daily_users where taken_at > '${asOf}'`)).toBe(0);
  });

  test("keys are unique and point to rows that exist", async () => {
    const links = [
      ["units", "teaching_period_id", "teaching_periods"],
      ["units", "main_convenor_id", "unit_roles"],
      ["unit_roles", "user_id", "users"],
      ["tutorials", "unit_role_id", "unit_roles"],
      ["projects", "user_id", "users"],
      ["projects", "unit_id", "units"],
      ["tutorial_enrolments", "project_id", "projects"],
      ["tutorial_enrolments", "tutorial_id", "tutorials"],
      ["task_definitions", "unit_id", "units"],
      ["tasks", "project_id", "projects"],
      ["tasks", "task_definition_id", "task_definitions"],
      ["tasks", "task_status_id", "task_statuses"],
      ["task_submissions", "task_id", "tasks"],
      ["task_engagements", "task_id", "tasks"],
      ["learning_outcome_task_links", "task_definition_id", "task_definitions"],
      ["learning_outcome_task_links", "learning_outcome_id", "learning_outcomes"],
    ] as const;
    for (const [from, column, to] of links) {
      const lost = `select count(*) from raw.${from} anti join raw.${to} on ${to}.id = ${from}.${column}`;
      expect(await one(lost), `${from}.${column}`).toBe(0);
    }
    const tables = Object.keys(rawColumns).filter((table) => table !== "task_engagements");
    for (const table of tables)
      expect(await one(`select count(*) - count(distinct id) from raw.${table}`), table).toBe(0);
    expect(await one("select count(*) - count(distinct (unit_id, user_id)) from raw.projects")).toBe(0);
    expect(await one("select count(*) - count(distinct (project_id, task_definition_id)) from raw.tasks")).toBe(0);
  });
});

describe("the rules of OnTrack", () => {
  test("a task's status is the one it was last given", async () => {
    const wrong = `select count(*) from raw.tasks
      join raw.task_statuses on task_statuses.id = task_status_id
      join (select task_id, max_by(engagement, (engagement_time, id)) as last from ${engagements} group by all) on task_id = tasks.id
      where last <> task_statuses.name`;
    expect(await one(wrong)).toBe(0);
    expect(
      await one(
        `select count(*) from raw.tasks anti join ${engagements} on task_id = tasks.id where task_status_id <> 1`,
      ),
    ).toBe(0);
  });

  test("students set nothing that only staff may set", async () => {
    const byStudents = `select count(*) from raw.task_comments join raw.tasks on tasks.id = task_id
      join raw.projects on projects.id = project_id
      where type = 'TaskStatusComment' and task_comments.user_id = projects.user_id and task_comments.task_status_id not in (1, 3, 4, 9)`;
    expect(await one(byStudents)).toBe(0);
    const selfAssessed = `select count(*) from raw.task_submissions join raw.tasks on tasks.id = task_id
      join raw.projects on projects.id = project_id where assessor_id = user_id and outcome <> 'Time Exceeded'`;
    expect(await one(selfAssessed)).toBe(0);
    const assessors = `select count(*) from raw.task_submissions join raw.users on users.id = assessor_id
      where role_id = 1 and outcome <> 'Time Exceeded'`;
    expect(await one(assessors)).toBe(0);
  });

  test("assessments, submissions and comments agree with the tasks", async () => {
    const latest = `select count(*) from raw.tasks join (select task_id, max(submission_time) as newest
      from raw.task_submissions group by all) on task_id = tasks.id where newest <> submission_date`;
    expect(await one(latest)).toBe(0);
    const changes = `select count(*) from raw.task_comments where type = 'TaskStatusComment'`;
    expect(await one(changes)).toBe(await one(`select count(*) from ${engagements}`));
    const extended = `select count(*) from raw.tasks join raw.task_definitions on task_definitions.id = task_definition_id
      join raw.units on units.id = unit_id
      where target_date + to_weeks(extensions) >= coalesce(due_date, end_date) + interval 7 day and extensions > 0`;
    expect(await one(extended)).toBe(0);
  });
});

describe("how people behave", () => {
  test("nine trimesters of eight units, each with one of the observed cohort sizes", async () => {
    expect(await one("select count(*) from raw.teaching_periods")).toBe(9);
    expect(await one("select count(distinct code) from raw.units")).toBe(8);
    const sizes = await rows("select count(*)::int as size from raw.projects group by unit_id");
    expect(sizes.length).toBeGreaterThan(50);
    for (const { size } of sizes) {
      expect(size).toBeGreaterThanOrEqual(12);
      expect(size).toBeLessThanOrEqual(2498 * scale + 1);
    }
  });

  test("60 % opt in to research, 25 % do not, 15 % were not asked", async () => {
    const share = (condition: string) => one(`select avg((${condition})::int) from raw.users where role_id = 1`);
    expect(await share("opt_in_to_research is true")).toBeCloseTo(0.6, 1);
    expect(await share("opt_in_to_research is false")).toBeCloseTo(0.25, 1);
    expect(await share("opt_in_to_research is null")).toBeCloseTo(0.15, 1);
  });

  test("feedback takes about two days, with a tail, and longer when everybody hands in", async () => {
    const [found = {}] = await rows(`select median(days) as middle, quantile_cont(days, 0.99) as tail,
      avg((days <= 5)::int) as kept from ${answers}`);
    expect(Number(found.middle)).toBeGreaterThan(1.6);
    expect(Number(found.middle)).toBeLessThan(2.4);
    expect(Number(found.tail)).toBeGreaterThan(9);
    expect(Number(found.kept)).toBeGreaterThan(0.8);
    expect(Number(found.kept)).toBeLessThan(0.97);
    const inWeek = (condition: string) =>
      one(`select median(days) from ${answers}
      join raw.projects on projects.id = project_id join raw.units on units.id = unit_id
      join raw.teaching_periods on teaching_periods.id = teaching_period_id
      where period = 'T2' and ${condition.replaceAll("week", "date_diff('week', units.start_date, submission_time)")}`);
    // Counted from 0; the break of the second trimester is its sixth week, so week 9 is the tenth.
    expect(await inWeek("week in (4, 9)")).toBeGreaterThan(1.2 * (await inWeek("week in (1, 2, 6, 7)")));
  });

  test("about a third withdraw or fail, as at the Open University", async () => {
    const past = "from raw.projects join raw.units on units.id = unit_id where not active";
    expect(await one(`select avg((not enrolled)::int) ${past}`)).toBeGreaterThan(0.2);
    expect(await one(`select avg((not enrolled)::int) ${past}`)).toBeLessThan(0.35);
    expect(await one(`select avg((grade >= 50)::int) ${past} and enrolled`)).toBeGreaterThan(0.6);
    expect(await one(`select avg((grade >= 50)::int) ${past} and enrolled`)).toBeLessThan(0.8);
  });

  test("people in the log are the people in the database", async () => {
    const strangers =
      "select count(*) from raw.log_lines anti join raw.users on username = user_key where user_key is not null";
    expect(await one(strangers)).toBe(0);
    const logins = await one("select count(*) from raw.log_lines where kind = 'login'");
    const counted = await one("select sum(sign_in_count) from raw.users");
    expect(counted).toBeGreaterThan(logins);
    expect(counted - logins).toBeLessThan(await faultCount("log-day-missing"));
  });

  test("the 15-minute method finds plausible marking hours", async () => {
    await world.clean("marking_sessions");
    const hours = await one("select sum(minutes) / 60 from clean.marking_sessions");
    const perStudent = hours / (await one("select count(*) from raw.projects"));
    expect(perStudent).toBeGreaterThan(0.5);
    expect(perStudent).toBeLessThan(2);
    expect(await one("select max(minutes) from clean.marking_sessions")).toBeLessThan(5 * 60);
  });

  test("the web client's reports agree with each other", async () => {
    const [byDay = {}] = await rows(`select count(*) as days, count(*) filter (visits = devices) as agreed,
      bool_and(active_visitors <= visits) as bounded
      from raw.web_daily_users join (select date, sum(visits) as devices from raw.web_devices group by all) using (date)`);
    expect(byDay.agreed).toBe(byDay.days);
    expect(byDay.bounded).toBe(true);
    expect(await one("select count(distinct event_category) from raw.web_events")).toBeGreaterThanOrEqual(7);
  });
});

async function manifest(): Promise<FaultRecord[]> {
  return ((await json("faults.json")) as { faults: FaultRecord[] }).faults;
}

async function faultCount(kind: FaultRecord["kind"]): Promise<number> {
  return (await manifest()).find((fault) => fault.kind === kind)?.count ?? 0;
}

describe("planted faults", () => {
  test.each([
    [
      "status-renamed",
      "select count(*) from raw.task_engagements where engagement in ('Ready to Mark', 'Do Not Resubmit')",
    ],
    ["engagements-doubled", "select count(*) - count(distinct id) from raw.task_engagements"],
    ["campus-null", "select count(*) from raw.projects where campus_id is null"],
    ["assessment-clock-skew", "select count(*) from raw.task_submissions where assessment_time < submission_time"],
    ["comments-orphaned", "select count(*) from raw.task_comments anti join raw.tasks on tasks.id = task_id"],
    ["log-late-file", "select count(*) from raw.log_lines where _source like '%-late.log'"],
    ["log-line-cut", "select count(*) from raw.log_lines where kind = 'other'"],
  ] as const)("%s: the manifest's count is what an independent query finds", async (kind, sql) => {
    const planted = await faultCount(kind);
    expect(planted).toBeGreaterThan(0);
    expect(await one(sql)).toBe(planted);
  });

  test("the lost day has no line, the days around it do", async () => {
    const { place } = (await manifest()).find((fault) => fault.kind === "log-day-missing") as FaultRecord;
    const linesOn = (days: number) =>
      one(
        `select count(*) from raw.log_lines where ("at" at time zone 'Australia/Melbourne')::date = date '${place.day}' + ${days}`,
      );
    expect(await linesOn(0)).toBe(0);
    expect(await linesOn(-1)).toBeGreaterThan(50);
    expect(await linesOn(1)).toBeGreaterThan(50);
  });

  test("clocks that run ahead leave assessments before their submission was logged", async () => {
    const { place, count } = (await manifest()).find((fault) => fault.kind === "log-clock-skew") as FaultRecord;
    expect(count).toBeGreaterThan(50);
    const ahead = `select median(epoch("at") - epoch(engagement_time at time zone 'UTC')) / 60 from raw.log_lines
      join ${engagements} as e on e.task_id = log_lines.task_id and engagement = 'Ready for Feedback'
        and abs(epoch("at") - epoch(engagement_time at time zone 'UTC')) < 4 * 3600
      where kind = 'submission' and (("at" - interval 155 minute) at time zone 'Australia/Melbourne')::date = '${place.day}'`;
    expect(await one(ahead)).toBe(155);
  });

  test("no product is thrown by them: every contract is kept", async () => {
    for (const { name } of world.domain.products) {
      expect((await world.product(name)).length, name).toBeGreaterThan(0);
      expect(await world.brokenPromises(name), name).toEqual([]);
    }
  });
});
