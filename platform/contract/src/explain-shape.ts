import { explainShapeError, type ShapeExplanation } from "./explain-shape-error.ts";
import { formatPath } from "./finding.ts";
import type { ShapeError } from "./validate-shape.ts";

/**
 * What a writer needs to read of a validator's errors, in words.
 * @param whole what the document is called: `the contract`
 */
export function explainShape(errors: readonly ShapeError[], document: unknown, whole: string): ShapeExplanation[] {
  const explanations = errors.filter(tells).map((error) => explainShapeError(error, document, whole));
  return withoutEchoes(explanations);
}

/** Of a failed alternative Ajv also reports every branch, and of a condition that it was one; the outer error says it all. */
function tells({ keyword, schemaPath, propertyName }: ShapeError): boolean {
  const branch = /\/(oneOf|anyOf)\//.test(schemaPath) || (propertyName !== undefined && keyword !== "propertyNames");
  return keyword !== "if" && !branch;
}

/** A key that exists nowhere does not have to be told to be out of place as well. */
function withoutEchoes(explanations: readonly ShapeExplanation[]): ShapeExplanation[] {
  const unknown = new Set(
    explanations.filter(({ rule }) => rule === "odcs-unknown-key").map(({ path }) => formatPath(path)),
  );
  return explanations.filter(({ rule, path }) => rule !== "odcs-misplaced-key" || !unknown.has(formatPath(path)));
}
