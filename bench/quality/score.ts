import type { Planted } from "./planted-faults.ts";

/** What a run said is wrong. */
export interface Reported {
  readonly check: string;
  /** As it was measured. */
  readonly measured: string | null;
}

export interface Tally {
  readonly planted: number;
  /** Of what was planted: told, and with the right number of rows where rows are bad. */
  readonly found: number;
  readonly reported: number;
  /** Of what was reported: planted. */
  readonly true: number;
}

export const nothing: Tally = { planted: 0, found: 0, reported: 0, true: 0 };

export function tally(planted: readonly Planted[], reported: readonly Reported[]): Tally {
  const tells = ({ checks, rows }: Planted, { check, measured }: Reported) =>
    checks.includes(check) && (rows === undefined || Number(measured) === rows);
  return {
    planted: planted.length,
    found: planted.filter((fault) => reported.some((report) => tells(fault, report))).length,
    reported: reported.length,
    true: reported.filter((report) => planted.some((fault) => tells(fault, report))).length,
  };
}

export function add(a: Tally, b: Tally): Tally {
  return {
    planted: a.planted + b.planted,
    found: a.found + b.found,
    reported: a.reported + b.reported,
    true: a.true + b.true,
  };
}

/** Share of what was planted that was told; 1 when nothing was planted. */
export function recall({ planted, found }: Tally): number {
  return planted === 0 ? 1 : found / planted;
}

/** Share of what was told that had been planted; 1 when nothing was told. */
export function precision(of: Tally): number {
  return of.reported === 0 ? 1 : of.true / of.reported;
}
