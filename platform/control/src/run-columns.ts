import { snakeCase } from "@thoth/kernel/names";
import type { ControlValue } from "./control-plane.ts";
import type { Run } from "./run.ts";

/** How a property is stored: `small` as `integer`, `count` as `bigint`, `time` as `timestamptz`, `json` as `jsonb`. */
export type RunColumnKind = "text" | "small" | "count" | "time" | "json";

export interface RunColumn {
  readonly property: keyof Run;
  /** Its name in the table. */
  readonly column: string;
  readonly kind: RunColumnKind;
}

/** The ledger's columns in their order; a column has the property's name in snake_case. */
const kinds = {
  runId: "text",
  parentRunId: "text",
  domain: "text",
  product: "text",
  pipeline: "text",
  attempt: "small",
  trigger: "text",
  partitionKey: "text",
  codeVersion: "text",
  contractVersion: "text",
  status: "text",
  queuedAt: "time",
  startedAt: "time",
  completedAt: "time",
  durationMs: "count",
  rowsRead: "count",
  rowsInserted: "count",
  rowsUpdated: "count",
  rowsDeleted: "count",
  rowsRejected: "count",
  rowCountAfter: "count",
  bytesIn: "count",
  bytesOut: "count",
  checkpointBefore: "json",
  checkpointAfter: "json",
  failureClass: "text",
  failureStep: "text",
  failureMessage: "text",
  rootCauseRunId: "text",
  checksPassed: "count",
  checksWarned: "count",
  checksFailed: "count",
  watermarkBefore: "time",
  watermarkAfter: "time",
  snapshotId: "text",
} as const satisfies Record<keyof Run, RunColumnKind>;

/** The ledger's columns, in order. */
export const runColumns: readonly RunColumn[] = Object.entries(kinds).map(([property, kind]) => ({
  property: property as keyof Run,
  column: snakeCase(property),
  kind,
}));

/** One statement's part of a run: columns, their placeholders from `$first` on, and the values to bind. */
export interface RunBinding {
  readonly columns: readonly string[];
  readonly placeholders: readonly string[];
  readonly values: readonly ControlValue[];
}

/** Binds the properties that are given; `undefined` is not given, `null` is. */
export function bindRun(run: Partial<Run>, first: number): RunBinding {
  const given = runColumns.filter(({ property }) => run[property] !== undefined);
  return {
    columns: given.map(({ column }) => column),
    placeholders: given.map(({ kind }, index) => `$${first + index}${kind === "json" ? "::jsonb" : ""}`),
    values: given.map(({ property, kind }) => toStored(run[property], kind)),
  };
}

export function runFromRow(row: Readonly<Record<string, unknown>>): Run {
  return Object.fromEntries(
    runColumns.map(({ property, column, kind }) => [property, fromStored(row[column], kind)]),
  ) as unknown as Run;
}

function toStored(value: unknown, kind: RunColumnKind): ControlValue {
  if (value === null) return null;
  if (kind === "time") return new Date(value as number);
  if (kind === "json") return JSON.stringify(value);
  return value as string | number;
}

function fromStored(value: unknown, kind: RunColumnKind): unknown {
  if (value === null || value === undefined) return null;
  return kind === "time" ? (value as Date).getTime() : value;
}
