import type { Random } from "@thoth/testing/random";

/** One row of the export: a piece of student work that was handed in and assessed. Times are epoch ms. */
export interface Submission {
  readonly id: number;
  readonly reference: string;
  readonly task: number;
  readonly submitted: number;
  readonly assessed: number;
  readonly outcome: string | null;
  readonly hours: number;
  readonly assessor_id: number | null;
}

/** A fault that was planted, as the report must name it. */
export interface Planted {
  /** Any of these checks tells of it. */
  readonly checks: readonly string[];
  /** How many rows it spoils; absent when no row by itself is bad. */
  readonly rows?: number;
}

export interface SpoiltExport {
  readonly rows: readonly Submission[];
  readonly planted: readonly Planted[];
}

const hourMs = 3_600_000;

type RowFault = readonly [check: string, spoil: (row: Submission, random: Random) => Submission];

/** Faults of single rows: what the report must call them, and how a row is spoilt. */
const rowFaults: readonly RowFault[] = [
  ["required:outcome", (row) => ({ ...row, outcome: null })],
  ["enum:outcome", (row, random) => ({ ...row, outcome: random.pick(["complete", "Done", "?"]) })],
  ["minimum:hours", (row, random) => ({ ...row, hours: -random.int(1, 50) })],
  [
    "pattern:reference",
    (row, random) => ({ ...row, reference: random.pick(["SUB-", `S-${row.id}`, `SUB ${row.id}`]) }),
  ],
  ["relationship:work", (row, random) => ({ ...row, task: 10_000_000 + random.int(1, 99) })],
  ["rule:assessed-after", (row) => ({ ...row, assessed: row.submitted - hourMs })],
];

type WholeFault = readonly [
  checks: readonly string[],
  spoil: (rows: readonly Submission[], random: Random) => readonly Submission[],
];

/** Faults that no row shows. */
const wholeFaults: readonly WholeFault[] = [
  [
    ["anomaly:rowCount"],
    (rows, random) => newestFirst(rows).slice(0, Math.floor(rows.length * (0.2 + random.next() * 0.4))),
  ],
  [["anomaly:mean:hours", "anomaly:median:hours"], (rows, random) => scaleHours(rows, random.pick([0.2, 3, 60]))],
  [
    ["anomaly:nullShare:assessor_id"],
    (rows, random) => rows.map((row) => (random.chance(0.4) ? { ...row, assessor_id: null } : row)),
  ],
  [
    ["anomaly:distinctShare:reference"],
    (rows, random) => {
      const [first] = rows;
      return rows.map((row) => (random.chance(0.3) ? { ...row, reference: first?.reference ?? row.reference } : row));
    },
  ],
  [["rule:fresh"], (rows) => rows.map((row) => ({ ...row, submitted: row.submitted - 240 * hourMs }))],
];

/** What is cut off is old: data that are late as well would be two faults. */
function newestFirst(rows: readonly Submission[]): readonly Submission[] {
  return rows.toSorted((a, b) => b.submitted - a.submitted);
}

function scaleHours(rows: readonly Submission[], factor: number): readonly Submission[] {
  return rows.map((row) => ({ ...row, hours: row.hours * factor }));
}

/** Spoils an export: up to four kinds of bad rows, each in rows of its own, and sometimes something no row shows. */
export function plantFaults(clean: readonly Submission[], random: Random): SpoiltExport {
  const planted: Planted[] = [];
  let rows = clean;
  if (random.chance(0.5)) {
    const [checks, spoil] = random.pick(wholeFaults);
    rows = spoil(rows, random);
    planted.push({ checks });
  }
  const places = random.shuffle([...rows.keys()]);
  const spoilt = [...rows];
  for (const [check, spoil] of random.shuffle(rowFaults).slice(0, random.int(0, 3))) {
    const chosen = places.splice(0, random.int(1, 15));
    for (const place of chosen) spoilt[place] = spoil(spoilt[place] as Submission, random);
    planted.push({ checks: [check], rows: chosen.length });
  }
  if (!random.chance(0.3)) return { rows: spoilt, planted };
  const twice = places.splice(0, random.int(1, 15)).map((place) => spoilt[place] as Submission);
  const copies = twice.map((row) => ({ ...row, hours: row.hours + 1 }));
  return { rows: [...spoilt, ...copies], planted: [...planted, { checks: ["key:id"], rows: copies.length }] };
}
