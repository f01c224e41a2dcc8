import { findMeshError } from "@thoth/kernel/error-chain";

/** One thing that `mesh doctor` looked at. */
export interface Symptom {
  readonly what: string;
  readonly state: "good" | "note" | "bad";
  readonly finding: string;
  readonly advice?: string;
}

/** Looks at one thing; an expected failure becomes a finding with its hint as the advice. */
export async function examine(what: string, look: () => Promise<Omit<Symptom, "what">>): Promise<Symptom> {
  try {
    return { what, ...(await look()) };
  } catch (failure) {
    const error = findMeshError(failure);
    if (error === undefined) throw failure;
    return { what, state: "bad", finding: `${error.code}: ${error.message}`, advice: error.hint };
  }
}
