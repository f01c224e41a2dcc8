import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { SampleOptions } from "@thoth/pipeline/domain";
import { type Random, seededRandom } from "@thoth/testing/random";
import { dayMs, isoTime } from "./calendar.ts";
import { type CatalogueName, makeCatalogue } from "./catalogue.ts";
import { type ExampleChange, exampleChanges } from "./example-history.ts";
import type { PlantedFault } from "./faults.ts";
import { topPagesReport } from "./page-views.ts";
import { writeEvents } from "./write-events.ts";

/** Monthly exports of the documentation site's page views. */
const pageReports = 3;

/**
 * Writes what the SplashKit systems would have written in the three years before `asOf`, under `<dir>/splashkit`.
 * The folder appears whole or not at all; `sample.json`, written last, tells what it was made of.
 */
export async function writeSample(options: SampleOptions): Promise<void> {
  const target = path.join(options.dir, "splashkit");
  const draft = path.join(options.dir, ".splashkit-draft");
  await rm(draft, { recursive: true, force: true });
  const random = seededRandom(`splashkit/${options.seed}`);
  const names = makeCatalogue(random.fork("catalogue"));
  await writeCatalogue(draft, names);
  const changes = exampleChanges(names, options.asOf, random.fork("examples"));
  await writeExamples(draft, changes);
  await writePageReports(draft, options, random.fork("pages"));
  const { asOf, scale, onProgress } = options;
  const folder = path.join(draft, "events");
  const faults = await writeEvents(names, { folder, asOf, scale, random: random.fork("events"), onProgress });
  await writeJson(path.join(draft, "faults.json"), { faults: [...faults, removalFault] });
  await writeJson(path.join(draft, "sample.json"), { seed: options.seed, asOf: isoTime(asOf), scale });
  await rm(target, { recursive: true, force: true });
  await rename(draft, target);
}

const removalFault: PlantedFault = {
  id: "removal-without-example",
  description: "The examples' history starts by removing one that was never added; the example of today must stay.",
  count: 1,
  files: ["splashkit/documentation/example-events.csv"],
};

async function writeCatalogue(draft: string, names: readonly CatalogueName[]): Promise<void> {
  const header =
    "category,name,unique_global_name,class,method,return_type,parameters,has_cpp,has_csharp,has_python,has_pascal";
  const rows = names
    .flatMap((name) => name.overloads)
    .map((overload) => {
      const { category, name, uniqueGlobalName, className, method, returnType, parameters } = overload;
      return [category, name, uniqueGlobalName, className, method, returnType, parameters, 1, 1, 1, 1].join(",");
    });
  await writeLines(path.join(draft, "catalogue/functions.csv"), [header, ...rows.toSorted()]);
}

async function writeExamples(draft: string, changes: readonly ExampleChange[]): Promise<void> {
  const rows = changes.map((change) => {
    const at = isoTime(change.at).replace(".000Z", "+00:00");
    return [at, change.event, change.category, change.function, change.exampleNo, change.language].join(",");
  });
  const header = "at,event,category,function,example_no,language";
  await writeLines(path.join(draft, "documentation/example-events.csv"), [header, ...rows]);
}

async function writePageReports(draft: string, options: SampleOptions, random: Random): Promise<void> {
  for (let monthsAgo = pageReports - 1; monthsAgo >= 0; monthsAgo--) {
    const takenAt = options.asOf - monthsAgo * 30 * dayMs;
    const file = path.join(draft, `ga4/top-pages-30-days-${isoTime(takenAt).slice(0, 10)}.json`);
    await writeJson(file, topPagesReport(takenAt, options.scale, random));
  }
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeLines(file, [JSON.stringify(value, null, 2)]);
}

async function writeLines(file: string, lines: readonly string[]): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${lines.join("\n")}\n`);
}
