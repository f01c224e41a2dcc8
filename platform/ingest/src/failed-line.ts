import { isMeshError } from "@thoth/kernel/mesh-error";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { RelationData } from "./connector.ts";

/**
 * The line of a wrong value, from the engine's own reader: it knows the line of what it cannot cast itself. A number that it
 * would round is no failure to it, so that one has no line.
 * @param typed SELECT in which the reader casts
 */
export function failedLine(
  engine: WriteSide,
  typed: string,
  explain: RelationData["explain"],
): NonNullable<RelationData["locate"]> {
  return async (failure) => {
    if (!isMeshError(failure) || failure.code !== "ingest/wrong-type" || failure.at?.line !== undefined) return failure;
    try {
      await engine.query(`SELECT max(hash(typed)) FROM (${typed}) AS typed`);
    } catch (read) {
      const explained = explain(read);
      if (isMeshError(explained) && explained.at?.line !== undefined && isOfSameValue(explained, failure))
        return explained;
    }
    return failure;
  };
}

/** Another value may come first: the reader refuses some that fit, and in no certain order. */
function isOfSameValue(one: Error, other: Error): boolean {
  const [value, same] = [one, other].map(({ message }) => / holds (.*), which is no /s.exec(message)?.[1]);
  return value !== undefined && value === same;
}
