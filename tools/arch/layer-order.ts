import { importViolation, type Violation } from "./violation.ts";
import type { Import, SourceFile, Workspace, WorkspacePackage, Zone } from "./workspace.ts";

/** Packages of `platform/`, lowest first: each may import those before it. */
export const layers = [
  "telemetry",
  "kernel",
  "contract",
  "warehouse",
  "control",
  "access",
  "slo",
  "ingest",
  "pipeline",
  "subgraph",
  "testing",
  "cli",
] as const;

/** Generated sample data uses the seeded random numbers of the tests, and nothing else of them. */
const testingForSamples = "@thoth/testing/random";

/** The arrows between packages: platform knows no domain and no gateway, a domain no other domain, the gateway no domain. */
export function findLayerViolations({ packages, files }: Workspace): Violation[] {
  const all = [...files.values()];
  return [
    ...unplacedPackages(packages),
    ...all.flatMap(violationsIn),
    ...all.filter(({ isTest }) => !isTest).flatMap((file) => testMaterialIn(file, files)),
  ];
}

function testMaterialIn(file: SourceFile, files: ReadonlyMap<string, SourceFile>): Violation[] {
  return file.imports
    .filter(({ target }) => target.kind === "workspace" && files.get(target.file)?.isTest)
    .map((found) => importViolation("test-material", file, found, "is for tests only"));
}

function unplacedPackages(packages: readonly WorkspacePackage[]): Violation[] {
  return packages
    .filter(({ zone, folder }) => zone === "platform" && layerOf(folder) < 0)
    .map(({ folder }) => ({
      rule: "unplaced-package",
      file: `${folder}/package.json`,
      message: "has no place among the layers; give it one in tools/arch/layer-order.ts",
    }));
}

function violationsIn(file: SourceFile): Violation[] {
  return file.imports.flatMap((found) => {
    if (found.target.kind !== "workspace" || found.target.package === file.package) return [];
    const reason = file.package.zone === "root" ? undefined : whyForbidden(file, found, found.target.package);
    return reason === undefined ? [] : [importViolation("layer-order", file, found, reason)];
  });
}

function whyForbidden(file: SourceFile, found: Import, target: WorkspacePackage): string | undefined {
  if (found.specifier.startsWith(".")) return "leaves its package; import the other one by its name";
  if (found.specifier.startsWith(`${target.name}/internal/`)) return "is internal to its package";
  if (target.folder === "platform/testing") return whyNotTesting(file, found.specifier);
  return whyNotZone(file.package, target) ?? whyNotLayer(file.package, target);
}

function whyNotTesting(file: SourceFile, specifier: string): string | undefined {
  const sample = file.package.zone === "domains" && specifier === testingForSamples;
  return file.isTest || sample
    ? undefined
    : `is for tests; a domain's sample generator may import ${testingForSamples}`;
}

const reachable: Record<Zone, readonly Zone[]> = {
  platform: ["platform"],
  domains: ["platform"],
  gateway: ["platform", "gateway"],
  root: ["platform", "domains", "gateway", "root"],
};

function whyNotZone(from: WorkspacePackage, target: WorkspacePackage): string | undefined {
  if (reachable[from.zone].includes(target.zone)) return undefined;
  if (from.zone === target.zone)
    return `${from.folder} may not know ${target.folder}; read its published product instead`;
  return `${from.zone}/ may not know ${target.zone === "root" ? "the root package" : `${target.zone}/`}`;
}

function whyNotLayer(from: WorkspacePackage, target: WorkspacePackage): string | undefined {
  if (from.zone !== "platform" || layerOf(target.folder) < layerOf(from.folder)) return undefined;
  return `${from.folder} may import only what stands before it: ${layers.join(" < ")}`;
}

function layerOf(folder: string): number {
  return layers.findIndex((layer) => folder === `platform/${layer}`);
}
