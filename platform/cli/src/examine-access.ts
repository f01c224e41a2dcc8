import { openAccessBook } from "@thoth/access/access-book";
import { stateOfAgreement } from "@thoth/access/agreements/agreement-state";
import type { Clock } from "@thoth/kernel/clock";
import { countOf } from "./count-text.ts";
import { examine, type Symptom } from "./symptom.ts";

/** Whether agreements can be relied on, and which of them should be looked at again. */
export function examineAccess(home: string, clock: Clock): Promise<Symptom> {
  return examine("agreements", async () => {
    using book = openAccessBook({
      home,
      clock,
      onTrouble: (failure) => {
        throw failure;
      },
    });
    const states = book.agreements().map((agreement) => stateOfAgreement(agreement, clock()));
    const due = states.filter((state) => state === "due").length;
    const inForce = states.filter((state) => state === "in force").length + due;
    if (due === 0) return { state: "good", finding: `${countOf(inForce, "agreement")} in force` };
    return {
      state: "note",
      finding: `${countOf(due, "agreement")} to be looked at again, of ${inForce} in force`,
      advice: "mesh access list --due; then mesh access grant <id> keeps one, and mesh access revoke <id> ends it",
    };
  });
}
