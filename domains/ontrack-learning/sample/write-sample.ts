import { mkdir, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import type { SampleOptions } from "@thoth/pipeline/domain";
import { seededRandom } from "@thoth/testing/random";
import { createDatabaseDump, type DatabaseDump } from "./database-dump.ts";
import { databaseTables } from "./database-tables.ts";
import { createDateText } from "./date-text.ts";
import { importDaysBefore } from "./enrolment-plan.ts";
import { sampleError } from "./errors.ts";
import { createFaultTally, describeFaults, planFaults } from "./fault-plan.ts";
import { writeGa4Reports } from "./ga4-reports.ts";
import { createLogBook, type LogBook } from "./log-book.ts";
import { dayMs, type Instant } from "./melbourne-time.ts";
import { writeOffering } from "./offering.ts";
import { writeReferenceRows } from "./reference-rows.ts";
import { replaceSampleFolder } from "./sample-folder.ts";
import type { SampleWorld } from "./sample-world.ts";
import { createStudentBody } from "./student-body.ts";
import { taskSet } from "./task-set.ts";
import { createTeachingStaff } from "./teaching-staff.ts";
import { type Trimester, trimestersUntil } from "./trimester-calendar.ts";
import { unitCatalogue } from "./unit-catalogue.ts";
import { watchUptime } from "./uptime-monitor.ts";
import { writeUserRows } from "./user-rows.ts";
import { createWebTraffic } from "./web-traffic.ts";

/** Older installations let the framework word request lines itself; as many trimesters of that are in the sample. */
const bareRequestTrimesters = 3;

/**
 * Writes three years of OnTrack as the real systems would leave them under `<dir>/ontrack`: the database dump, the
 * API's log, the web client's analytics exports, and `faults.json` with the defects planted in them.
 * @throws MeshError `ontrack-sample/would-overwrite`, `ontrack-sample/invalid-scale`
 */
export async function writeSample(options: SampleOptions): Promise<void> {
  const { dir, scale, seed, asOf } = options;
  if (!(scale > 0)) throw sampleError["invalid-scale"]({ scale });
  await replaceSampleFolder(dir, "ontrack", async (folder) => {
    const volumes = await writeFiles(folder, { ...options, asOf: Math.floor(asOf / 1000) * 1000 });
    return { seed, asOf: new Date(asOf).toISOString(), scale, ...volumes };
  });
}

async function writeFiles(folder: string, options: SampleOptions): Promise<object> {
  const { asOf, seed } = options;
  const trimesters = trimestersUntil(asOf);
  const parts = ["db", "log", "ga4"].map((part) => path.join(folder, part)) as [string, string, string];
  for (const part of parts) await mkdir(part, { recursive: true });
  const [dbDir, logDir, ga4Dir] = parts;
  const shared = { asOf, random: seededRandom(seed), dates: createDateText(), plan: planFaults(trimesters) };
  const world = { ...shared, tally: createFaultTally(), traffic: createWebTraffic() };
  const volumes = await recordHistory(world, { dbDir, logDir, trimesters, options });
  for (const table of Object.keys(databaseTables))
    await utimes(path.join(dbDir, `${table}.csv`), asOf / 1000, asOf / 1000);
  await writeGa4Reports(world.traffic, { ...world, dir: ga4Dir, random: world.random.fork("ga4") });
  const faults = describeFaults(world.plan, world.tally, world.dates);
  await writeFile(path.join(folder, "faults.json"), `${JSON.stringify({ faults }, undefined, 2)}\n`);
  return volumes;
}

interface History {
  readonly dbDir: string;
  readonly logDir: string;
  readonly trimesters: readonly Trimester[];
  readonly options: SampleOptions;
}

/** Opens the dump and the log, lets time pass, and closes them. */
async function recordHistory(parts: Omit<SampleWorld, "dump" | "log">, history: History): Promise<object> {
  await using dump: DatabaseDump = await createDatabaseDump(history.dbDir);
  await using log: LogBook = createLogBook({ ...parts, dir: history.logDir });
  const world: SampleWorld = { ...parts, dump, log };
  await passTime(world, history);
  return { rows: dump.rowCounts(), logLines: log.lineCount() };
}

/** Between two openings the log belongs to the trimester that opened first. */
function opensAt(trimester: Trimester): Instant {
  return trimester.start - importDaysBefore * dayMs;
}

async function passTime(world: SampleWorld, { trimesters, options }: History): Promise<void> {
  const { random, dump } = world;
  const nextUserId = () => dump.nextId("users");
  const body = createStudentBody({ random: random.fork("students"), scale: options.scale, nextUserId });
  const staff = createTeachingStaff({ random: random.fork("staff"), nextUserId, since: trimesters[0]?.start ?? 0 });
  writeReferenceRows(world, trimesters);
  for (const [index, trimester] of trimesters.entries()) {
    const offered = unitCatalogue.filter((unit) => unit.offeredIn.includes(trimester.period));
    for (const unit of offered) {
      options.onProgress?.(`${trimester.period} ${trimester.year} ${unit.code}`);
      const students = body.enrol(unit, trimester, index);
      const tasks = taskSet(unit, random.fork(`tasks/${unit.code}`));
      await writeOffering(world, { unit, trimester, students, tasks, staff });
    }
    const next = trimesters[index + 1];
    watchUptime(world, opensAt(trimester), next === undefined ? options.asOf : opensAt(next));
    await world.log.closeTrimester(index < bareRequestTrimesters ? "bare-requests" : "prefixed");
    world.traffic.closeTrimester();
  }
  await writeUserRows(world, [...staff.staff, ...body.students]);
}
