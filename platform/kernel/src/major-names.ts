import { camelCase, pascalCase, snakeCase } from "./names.ts";

/** `2.1.0` → 2 */
export function majorOf(version: string): number {
  return Number(/^\d+/.exec(version)?.[0] ?? 0);
}

/** `units`, `1.4.0` → `units`; `units`, `2.0.0` → `units_v2`: what the version is called in SQL. */
export function tableNameOf(product: string, version: string): string {
  const major = ownSuffix(version);
  return major === undefined ? snakeCase(product) : `${snakeCase(product)}_v${major}`;
}

/** `task-completion`, `2.0.0` → `taskCompletionV2`: its root field in GraphQL. */
export function fieldNameOf(product: string, version: string): string {
  return `${camelCase(product)}${graphSuffix(version)}`;
}

/** `task_completion`, `2.0.0` → `TaskCompletionV2`: the type of its rows in GraphQL and TypeScript. */
export function typeNameOf(object: string, version: string): string {
  return `${pascalCase(object)}${graphSuffix(version)}`;
}

function graphSuffix(version: string): string {
  const major = ownSuffix(version);
  return major === undefined ? "" : `V${major}`;
}

/**
 * From the second major version on, names say which one they are of. So a name never changes its meaning: when the first
 * one ends, its names are gone, and those of the second one stay.
 */
function ownSuffix(version: string): number | undefined {
  const major = majorOf(version);
  return major < 2 ? undefined : major;
}
