import { cliError } from "./errors.ts";

/** Words that SQL or the engine keep for themselves, so no domain can be called so. */
const takenBySql = "main memory mesh product raw clean staging system temp warehouse information-schema pg-catalog";
/** Fields and types of the schema that belong to the gateway. */
const takenByGraph =
  "data-product data-products glossary glossary-term my-access query mutation subscription page-info node";

const taken = { domain: new Set(takenBySql.split(" ")), product: new Set(takenByGraph.split(" ")) };

/**
 * @throws MeshError `cli/bad-name`
 */
export function requireName(kind: "domain" | "product", name: string): string {
  const problem = nameProblem(kind, name);
  if (problem !== undefined) throw cliError["bad-name"]({ name, problem });
  return name;
}

function nameProblem(kind: "domain" | "product", name: string): string | undefined {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return "it is not lower-case words joined by hyphens";
  if (name.length > 50) return "it is longer than 50 characters";
  const isTaken = taken[kind].has(name) || (kind === "domain" && /^snapshot-\d+$/.test(name));
  return isTaken ? "the platform uses that word itself" : undefined;
}

/** `library-loans` → `Library loans` */
export function titleOf(name: string): string {
  const words = name.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `loan-categories` → `loan-category`: what one row of a product is called. */
export function singularOf(name: string): string {
  if (/[^aeiou]ies$/.test(name)) return name.replace(/ies$/, "y");
  if (/(ss|us|is|news|series)$/.test(name)) return name;
  if (/(ss|x|z|ch|sh)es$/.test(name)) return name.replace(/es$/, "");
  return name.replace(/s$/, "");
}
