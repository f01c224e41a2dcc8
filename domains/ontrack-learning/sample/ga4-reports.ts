import { utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Random } from "@thoth/testing/random";
import type { DateText } from "./date-text.ts";
import type { FaultPlan, FaultTally } from "./fault-plan.ts";
import { eventsOf } from "./ga4-events.ts";
import { type Day, dayMs, dayOf, hourMs, type Instant, instantAt } from "./melbourne-time.ts";
import type { TrafficDay, WebTraffic } from "./web-traffic.ts";

export interface Ga4Options {
  readonly dir: string;
  readonly asOf: Instant;
  readonly dates: DateText;
  readonly random: Random;
  readonly plan: FaultPlan;
  readonly tally: FaultTally;
}

interface Month {
  /** `2024-05`. */
  readonly name: string;
  readonly takenAt: Instant;
  /** Newest first, as Google sorts them. */
  readonly days: readonly (readonly [Day, Readonly<TrafficDay>])[];
}

interface Report {
  readonly name: string;
  readonly title: string;
  readonly dimensions: readonly string[];
  readonly metrics: readonly string[];
  readonly data: readonly Readonly<Record<string, string>>[];
}

const property = "properties/400000001";

/** Writes each month's exports: users and events as JSON reports, devices as CSV. */
export async function writeGa4Reports(traffic: WebTraffic, options: Ga4Options): Promise<void> {
  for (const month of monthsOf(traffic, options)) {
    const devices = devicesCsv(month, options);
    await writeExport(`users-${month.name}.json`, reportJson(usersReport(month, options), month), month, options);
    await writeExport(`events-${month.name}.json`, reportJson(eventsReport(month, options), month), month, options);
    await writeExport(`devices-${month.name}.csv`, devices, month, options);
  }
}

/** A month is exported on the second day of the next one, the running month as far as yesterday. */
function monthsOf(traffic: WebTraffic, { asOf, dates }: Ga4Options): Month[] {
  const today = dayOf(asOf);
  const months = Map.groupBy(traffic.days(), ([day]) => dates.day(day).slice(0, 7));
  return [...months].flatMap(([name, days]) => {
    const complete = days.filter(([day]) => day < today).reverse();
    const [year = 0, month = 0] = name.split("-").map(Number);
    const takenAt = Math.min(asOf, instantAt(Date.UTC(year, month, 2), 5 * hourMs));
    return complete.length === 0 ? [] : [{ name, takenAt, days: complete }];
  });
}

function usersReport({ days }: Month, { dates, plan, tally }: Ga4Options): Report {
  const widened = (day: Day) => day >= plan.widenedExportFrom;
  const data = days.map(([day, { visitors, studentVisits, staffVisits }]) => {
    const visits = studentVisits + staffVisits;
    if (widened(day)) tally.count("export-widened");
    return {
      date: dates.day(day),
      visits: String(visits),
      active_visitors: String(visitors),
      ...(widened(day) ? { engaged_sessions: String(Math.round(visits * 0.8)) } : {}),
    };
  });
  const metrics = ["sessions", "activeUsers", ...(days.some(([day]) => widened(day)) ? ["engagedSessions"] : [])];
  return { name: "users", title: "Visitors", dimensions: ["date"], metrics, data };
}

function eventsReport({ days }: Month, { dates, random }: Ga4Options): Report {
  const data = days.flatMap(([day, traffic]) =>
    eventsOf(traffic, random.fork(`events/${day / dayMs}`)).map(({ category, action, label, count }) => ({
      date: dates.day(day),
      event_category: category,
      event_action: action,
      event_label: label,
      total_events: String(count),
    })),
  );
  const dimensions = ["date", "customEvent:event_category", "eventName", "customEvent:event_label"];
  return { name: "events", title: "Events", dimensions, metrics: ["eventCount"], data };
}

function reportJson({ name, title, dimensions, metrics, data }: Report, { takenAt }: Month): string {
  const total = data.reduce((sum, row) => sum + Number(row.visits ?? row.total_events), 0);
  const report = {
    name,
    query: {
      dimensions: dimensions.map((dimension) => ({ name: dimension })),
      metrics: metrics.map((metric) => ({ name: metric })),
      dateRanges: [{ startDate: data.at(-1)?.date, endDate: data[0]?.date }],
      orderBys: [{ dimension: { dimensionName: "date" }, desc: true }],
      samplingLevel: "HIGHER_PRECISION",
      limit: "10000",
      property,
    },
    meta: { name: title, description: `${title} of OnTrack Web by day.` },
    data,
    totals: name === "users" ? { visits: total } : { total_events: total },
    taken_at: new Date(takenAt).toISOString(),
    property: "ontrack-web",
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

function devicesCsv({ days }: Month, { dates, random }: Ga4Options): string {
  const lines = days.flatMap(([day, { studentVisits, staffVisits }]) => {
    const visits = studentVisits + staffVisits;
    const draw = random.fork(`devices/${day / dayMs}`);
    const mobile = Math.min(visits, draw.poisson(visits * 0.16));
    const tablet = Math.min(visits - mobile, draw.poisson(visits * 0.03));
    const counts = [
      ["desktop", visits - mobile - tablet],
      ["mobile", mobile],
      ["tablet", tablet],
    ] as const;
    return counts.filter(([, count]) => count > 0).map(([device, count]) => `${dates.day(day)},${device},${count}\n`);
  });
  return `date,device,visits\n${lines.join("")}`;
}

async function writeExport(file: string, text: string, { takenAt }: Month, { dir }: Ga4Options): Promise<void> {
  const full = path.join(dir, file);
  await writeFile(full, text);
  await utimes(full, takenAt / 1000, takenAt / 1000);
}
