/** `unit-progress` or `unit_progress` → `unit_progress`: how a name is written in SQL. */
export function snakeCase(name: string): string {
  return words(name).join("_");
}

/** `unit_progress` → `unit-progress`: how domains and products are named in files and URLs. */
export function kebabCase(name: string): string {
  return words(name).join("-");
}

/** `unit-progress` → `unitProgress`: how a field is named in GraphQL. */
export function camelCase(name: string): string {
  const [first = "", ...rest] = words(name);
  return first + rest.map(capitalise).join("");
}

/** `unit-progress` → `UnitProgress`: how a type is named in GraphQL and TypeScript. */
export function pascalCase(name: string): string {
  return words(name).map(capitalise).join("");
}

/** `function-usage` or `functionUsage` → `FUNCTION_USAGE`: how an enum value is named in GraphQL. */
export function constantCase(name: string): string {
  return words(name).join("_").toUpperCase();
}

function words(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
