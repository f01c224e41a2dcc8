import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { contractError } from "../errors.ts";
import type { PackageBump } from "./changeset-file.ts";
import type { ProductChange } from "./product-change.ts";

/**
 * The package that carries a domain's products: `@thoth/ontrack-learning`.
 * @throws MeshError `contract/no-package`
 */
export function domainPackage(root: string, domain: string): string {
  const file = `domains/${domain}/package.json`;
  const path = join(root, file);
  const manifest: unknown = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
  const name = (manifest as { name?: unknown } | undefined)?.name;
  if (typeof name !== "string" || name === "") throw contractError["no-package"]({ domain }, { at: { file } });
  return name;
}

const steps = ["patch", "minor", "major"] as const;

/** The step of each domain's package: the highest of its products. */
export function packageBumps(root: string, changes: readonly ProductChange[]): [name: string, bump: PackageBump][] {
  const domains = [...new Set(changes.map(({ domain }) => domain))].sort();
  return domains.map((domain) => {
    const own = changes.filter((change) => change.domain === domain);
    return [domainPackage(root, domain), highestBump(own.map(({ bump }) => (bump === "none" ? "patch" : bump)))];
  });
}

/** Patch when there is none. */
function highestBump(bumps: readonly PackageBump[]): PackageBump {
  return steps[Math.max(0, ...bumps.map((bump) => steps.indexOf(bump)))] ?? "patch";
}
