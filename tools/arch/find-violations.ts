import { findDependencyViolations } from "./declared-dependencies.ts";
import { findNameViolations } from "./file-names.ts";
import { findIdlePatterns } from "./idle-patterns.ts";
import { findImportCycles } from "./import-cycles.ts";
import { findLayerViolations } from "./layer-order.ts";
import { findMissingFiles } from "./missing-files.ts";
import type { Violation } from "./violation.ts";
import { describeWorkspace } from "./workspace.ts";

/**
 * Everything in which the workspace departs from its own architecture.
 * @param texts code and package manifests by path from the root
 */
export function findViolations(texts: ReadonlyMap<string, string>): Violation[] {
  const workspace = describeWorkspace(texts);
  const rules = [findLayerViolations, findDependencyViolations, findImportCycles, findNameViolations, findMissingFiles];
  return [...rules.flatMap((rule) => rule(workspace)), ...findIdlePatterns(texts)];
}
