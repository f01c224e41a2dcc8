import type { Curve } from "./observed-curve.ts";

/**
 * Figures measured on OULAD (Kuzilek, Hlosta, Zdrahal 2017, Scientific Data 4:170171, CC BY 4.0): how large courses
 * are, when people leave them, and how early or late they hand in.
 */

/** Students of the 22 course presentations. */
export const presentationSizes: readonly number[] = [
  365, 383, 694, 749, 833, 952, 1052, 1188, 1228, 1303, 1500, 1613, 1614, 1767, 1803, 1936, 1938, 2237, 2283, 2292,
  2365, 2498,
];

export const withdrawnShare = 0.309;

/** Day of withdrawal as a share of the course's length; below 0 before it starts. */
export const withdrawalCurve: Curve = [
  [0.01, -0.538],
  [0.05, -0.278],
  [0.1, -0.142],
  [0.2, -0.033],
  [0.3, 0],
  [0.4, 0.045],
  [0.5, 0.113],
  [0.6, 0.22],
  [0.7, 0.358],
  [0.75, 0.424],
  [0.8, 0.509],
  [0.9, 0.66],
  [0.95, 0.801],
  [0.99, 0.917],
];

/** Days between the date a piece of work is due and the day it is handed in; above 0 late. */
export const latenessCurve: Curve = [
  [0.01, -17],
  [0.05, -8],
  [0.1, -5],
  [0.25, -2],
  [0.5, -1],
  [0.75, 2],
  [0.9, 4],
  [0.95, 7],
  [0.99, 18],
];
