import type { Agreement } from "../agreement.ts";
import { isDue } from "./approve-agreement.ts";

/** Where an agreement stands: its status, told apart by the time. */
export type AgreementState =
  | "requested"
  | "to come"
  | "in force"
  /** In force, and to be looked at again. */
  | "due"
  | "over"
  | "rejected"
  | "revoked";

/** @param now epoch ms */
export function stateOfAgreement(agreement: Agreement, now: number): AgreementState {
  const { status, from, until } = agreement;
  if (status === "rejected" || status === "revoked") return status;
  if (until <= now) return "over";
  if (status === "requested") return "requested";
  if (from > now) return "to come";
  return isDue(agreement, now) ? "due" : "in force";
}
