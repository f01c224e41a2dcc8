import type { Purpose } from "@thoth/contract/read-purposes";
import { nearestName } from "@thoth/contract/spelling";

type Named = Pick<Purpose, "id">;

/** Whether data may be used for it; true of all where nobody knows what there is. */
export function isKnownPurpose(purpose: string, purposes: readonly Named[]): boolean {
  return purposes.length === 0 || purposes.some(({ id }) => id === purpose);
}

/** To whom said a purpose that there is not. */
export function unknownPurposeWords(purpose: string, purposes: readonly Named[]): string {
  const known = purposes.map(({ id }) => id);
  const meant = nearestName(purpose, known);
  const guess = meant === undefined ? "" : `did you mean ${meant}? `;
  return `${JSON.stringify(purpose.slice(0, 60))} is no purpose that data may be used for; ${guess}there are ${known.join(", ")}`;
}
