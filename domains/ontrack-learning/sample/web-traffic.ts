import type { Day } from "./melbourne-time.ts";
import type { Person } from "./person.ts";

/** What the web client saw of one day. */
export interface TrafficDay {
  studentVisits: number;
  staffVisits: number;
  visitors: number;
  portfolioSteps: number;
  optIns: number;
}

/** Usage of OnTrack Web as its analytics count it: only people who opted in to research leave a trace. */
export interface WebTraffic {
  visit(person: Person, day: Day): void;
  portfolio(person: Person, day: Day): void;
  optIn(person: Person, day: Day): void;
  /** Forgets who the visitors were; call when no earlier day can get another visit. */
  closeTrimester(): void;
  /** Days with any trace, in order. */
  days(): [Day, Readonly<TrafficDay>][];
}

export function createWebTraffic(): WebTraffic {
  const days = new Map<Day, TrafficDay>();
  const visitors = new Map<Day, Set<number>>();
  const on = (person: Person, day: Day, change: (traffic: TrafficDay) => void) => {
    if (person.optInToResearch !== true) return;
    const traffic = days.get(day) ?? { studentVisits: 0, staffVisits: 0, visitors: 0, portfolioSteps: 0, optIns: 0 };
    days.set(day, traffic);
    change(traffic);
  };
  const countVisitor = (person: Person, day: Day, traffic: TrafficDay) => {
    const seen = visitors.get(day) ?? new Set();
    visitors.set(day, seen);
    if (seen.has(person.id)) return;
    seen.add(person.id);
    traffic.visitors++;
  };
  return {
    visit: (person, day) =>
      on(person, day, (traffic) => {
        if (person.roleId === 1) traffic.studentVisits++;
        else traffic.staffVisits++;
        countVisitor(person, day, traffic);
      }),
    portfolio: (person, day) =>
      on(person, day, (traffic) => {
        traffic.portfolioSteps += 5;
      }),
    optIn: (person, day) =>
      on(person, day, (traffic) => {
        traffic.optIns++;
      }),
    closeTrimester: () => visitors.clear(),
    days: () => [...days].sort(([a], [b]) => a - b),
  };
}
