import type { NewRun } from "@thoth/control/run";
import type { RunOptions } from "./run-mesh.ts";

/** What a run's rows say of why it was begun. */
export function occasionOf(
  { trigger, attempt = 1, partitionKey }: RunOptions,
  parentRunId: string | undefined,
): Pick<NewRun, "trigger" | "attempt" | "parentRunId" | "partitionKey"> {
  return {
    trigger,
    attempt,
    ...(partitionKey !== undefined && { partitionKey }),
    ...(parentRunId !== undefined && { parentRunId }),
  };
}
