import type { Random } from "@thoth/testing/random";
import type { TrafficDay } from "./web-traffic.ts";

export interface EventCount {
  readonly category: string;
  readonly action: string;
  readonly label: string;
  readonly count: number;
}

interface EventKind {
  readonly category: string;
  readonly action: string;
  readonly labels: readonly string[];
  /** What the number of events follows, and how many there are for each. */
  readonly per: keyof TrafficDay;
  readonly rate: number;
}

const unlabelled = [""] as const;

/** The events OnTrack Web sends, with invented rates. */
const eventKinds: readonly EventKind[] = [
  { category: "Home", action: "Viewed Home page", labels: unlabelled, per: "studentVisits", rate: 0.9 },
  { category: "Home", action: "Viewed Home page", labels: ["staff"], per: "staffVisits", rate: 0.7 },
  {
    category: "Student Project View",
    action: "Showed Task Button List",
    labels: unlabelled,
    per: "studentVisits",
    rate: 1.3,
  },
  {
    category: "Student Project View - Progress Dashboard",
    action: "Grade Changed",
    labels: ["Pass", "Credit", "Distinction", "High Distinction"],
    per: "studentVisits",
    rate: 0.012,
  },
  {
    category: "Portfolio Wizard",
    action: "Switched to Step",
    labels: ["Grade", "Learning Summary", "Tasks", "Other Files", "Review"],
    per: "portfolioSteps",
    rate: 1,
  },
  {
    category: "Visualisations",
    action: "Created Visualisation",
    labels: ["Target Grade Pie", "Task Status Pie", "Task Completion Box Plot", "Burndown", "Achievement Box Plot"],
    per: "studentVisits",
    rate: 0.25,
  },
  {
    category: "Teacher View - Grading Tab",
    action: "Changed",
    labels: ["studentFilter", "sortOrder", "currentPage"],
    per: "staffVisits",
    rate: 0.6,
  },
  {
    category: "view-all-projects",
    action: "viewed all-projects list",
    labels: unlabelled,
    per: "staffVisits",
    rate: 0.1,
  },
  { category: "Doubtfire Analytics", action: "User opted in research", labels: unlabelled, per: "optIns", rate: 1 },
];

/** Draws a day's events; those that did not happen are left out, as in an export. */
export function eventsOf(day: Readonly<TrafficDay>, random: Random): EventCount[] {
  const all = eventKinds.flatMap((kind) => {
    const draw = random.fork(`${kind.category}/${kind.per}`);
    const mean = (day[kind.per] * kind.rate) / kind.labels.length;
    return kind.labels.map((label) => ({
      category: kind.category,
      action: kind.action,
      label,
      count: kind.per === "optIns" ? day.optIns : draw.poisson(mean),
    }));
  });
  return all.filter((event) => event.count > 0);
}
