import type { Principal } from "./decision.ts";

/** Who may read what, for which purpose, until when. Times are epoch ms. */
export interface Agreement {
  readonly id: string;
  /** A principal's name, or `role:` and the name of a role that principals hold: `role:learning-researcher`. */
  readonly consumer: string;
  /** `ontrack-learning/student-progress` */
  readonly product: string;
  readonly major: number;
  readonly purpose: string;
  /** One of the roles of the product's contract: its masks, rows and group size apply. */
  readonly role: string;
  /** Columns that are not open to everybody and are granted; null grants all that the role shows. */
  readonly columns: readonly string[] | null;
  /** Column → values; rows with other values are not granted. */
  readonly rows: Readonly<Record<string, readonly string[]>>;
  readonly from: number;
  readonly until: number;
  /** When the owner looks at it again; null when never before it ends. */
  readonly reassessAt: number | null;
  readonly status: AgreementStatus;
  readonly requestedBy: string;
  /**
   * All accounts that who asked could act for then, their own name among them, and those of whoever had made keys of a machine
   * that asks or is to read; absent: the name alone.
   */
  readonly requestedAs?: readonly string[];
  readonly requestedAt: number;
  readonly reason: string;
  readonly approvals: readonly Approval[];
  /** Present once it is rejected or revoked. */
  readonly ended?: Ending;
}

export type AgreementStatus = "requested" | "granted" | "rejected" | "revoked";

export interface Approval {
  readonly by: string;
  /** All accounts that they could act for then, their own name among them; absent: the name alone. */
  readonly as?: readonly string[];
  /** As whom: the first or the second of two people. */
  readonly level: 1 | 2;
  readonly at: number;
}

export interface Ending {
  readonly by: string;
  readonly at: number;
  readonly reason: string;
}

/** Whether somebody reads by it: under their own name, or by a role that they hold. */
export function isFor({ consumer }: Agreement, { name, roles }: Pick<Principal, "name" | "roles">): boolean {
  return consumer.startsWith("role:") ? roles.includes(consumer.slice("role:".length)) : consumer === name;
}

/** @param now epoch ms */
export function isInForce({ status, from, until }: Agreement, now: number): boolean {
  return status === "granted" && from <= now && now < until;
}
