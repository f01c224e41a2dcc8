import type { Run } from "@thoth/control/run";
import type { Domain, LoadedProduct } from "../domain.ts";
import type { MeshLineage } from "../lineage.ts";
import type { TableLineage } from "../lineage-table.ts";
import type { Audited } from "../mesh.ts";
import { datasetName, stagedName } from "./dataset-names.ts";
import { assertionsFacet } from "./describe-checks.ts";
import { datasetFacets, lineageFacets } from "./describe-datasets.ts";
import {
  type Facet,
  type Facets,
  facet,
  facets,
  type InputDataset,
  type OutputDataset,
  ownFacet,
} from "./run-event.ts";
import type { RunSetting } from "./run-setting.ts";

/** What a run reads, and what it writes. */
export function runDatasets(run: Run, setting: RunSetting): { inputs: InputDataset[]; outputs: OutputDataset[] } {
  const written = writtenTables(run, setting.lineage);
  if (written.length === 0) return { inputs: [], outputs: [] };
  const read = readTables(written, setting.lineage).map((table) => inputDataset(table, run, setting));
  return {
    inputs: [...read, ...written.flatMap((table) => stagedDataset(table, run, setting))],
    outputs: written.map((table) => outputDataset(table, run, setting)),
  };
}

function writtenTables({ domain, pipeline }: Run, lineage: MeshLineage): TableLineage[] {
  const [kind = "", name = ""] = pipeline.split("/");
  const id = { extract: `${domain}/raw.${name}`, clean: `${domain}/clean.${name}`, product: `${domain}/${name}` }[kind];
  return [...lineage.values()].filter((table) => table.id === id || (id !== undefined && table.versionOf === id));
}

/** An earlier version of a product is written from the current one in the same run: that is no input of it. */
function readTables(written: readonly TableLineage[], lineage: MeshLineage): TableLineage[] {
  const own = written.map(({ id }) => id);
  const ids = new Set(written.flatMap(({ reads }) => reads).filter((id) => !own.includes(id)));
  return [...ids].flatMap((id) => lineage.get(id) ?? []);
}

function inputDataset(table: TableLineage, run: Run, setting: RunSetting): InputDataset {
  const statistics = table.layer === "source" && run.rowsRead !== null;
  const version = readVersions(run).get(table.versionOf ?? table.id);
  return {
    ...datasetName(table, setting),
    facets: { ...datasetFacets(table, ownerOf(table, setting)), ...facets({ version: versionFacet(version) }) },
    ...(statistics && {
      inputFacets: { inputStatistics: facet("inputStatistics", counts(run.rowsRead, run.bytesIn)) },
    }),
  };
}

/** Of products: the snapshot of each that the run was pinned to. */
function readVersions({ checkpointBefore }: Run): Map<string, string> {
  const { inputs } = (checkpointBefore ?? {}) as { readonly inputs?: Readonly<Record<string, string>> };
  return new Map(Object.entries(inputs ?? {}));
}

/** The rows that were audited before any of them was published, where there were new ones: promises are held against these. */
function stagedDataset(table: TableLineage, run: Run, setting: RunSetting): InputDataset[] {
  const audited = setting.audits?.findLast(({ rows }) => rows === "staged");
  const product = productOf(table, setting);
  if (audited === undefined || product === undefined) return [];
  const { schema } = datasetFacets(table, undefined);
  const read = isPublished(run) ? facet("inputStatistics", counts(run.rowsRead, null)) : undefined;
  return [
    {
      ...stagedName(table, setting),
      facets: facets({ schema }),
      inputFacets: facets({
        dataQualityAssertions: assertionsFacet(audited),
        inputStatistics: read,
      }),
    },
  ];
}

function outputDataset(table: TableLineage, run: Run, setting: RunSetting): OutputDataset {
  const product = productOf(table, setting);
  const audited = auditOfServed(run, setting.audits ?? []);
  const ended = run.completedAt !== null;
  const outputFacets = ended ? describeRows(run) : {};
  return {
    ...datasetName(table, setting),
    facets: {
      ...datasetFacets(table, ownerOf(table, setting)),
      ...(ended && lineageFacets(table, setting.lineage, setting)),
      ...facets({
        version: versionFacet(run.snapshotId ?? undefined),
        dataQualityAssertions: audited && product && assertionsFacet(audited),
      }),
    },
    ...(Object.keys(outputFacets).length > 0 && { outputFacets }),
  };
}

/** What holds for the rows that readers see behind the run; undefined when it did not look at them. */
function auditOfServed(run: Run, audits: readonly Audited[]): Audited | undefined {
  return isPublished(run) ? audits.at(-1) : audits.findLast(({ rows }) => rows === "served");
}

function isPublished({ status }: Run): boolean {
  return status === "success" || status === "partial";
}

/** The standard counts rows; how they changed has no place in it. */
function describeRows(run: Run): Facets {
  const { rowCountAfter, bytesOut, rowsInserted, rowsUpdated, rowsDeleted, rowsRejected } = run;
  const changes = { inserted: rowsInserted, updated: rowsUpdated, deleted: rowsDeleted, rejected: rowsRejected };
  const known = Object.entries(changes).filter(([, count]) => count !== null);
  return facets({
    outputStatistics: rowCountAfter === null ? undefined : facet("outputStatistics", counts(rowCountAfter, bytesOut)),
    thoth_rowChanges: known.length === 0 ? undefined : ownFacet("thoth_rowChanges", Object.fromEntries(known)),
  });
}

function counts(rowCount: number | null, size: number | null): Record<string, number> {
  return { ...(rowCount !== null && { rowCount }), ...(size !== null && { size }) };
}

function versionFacet(datasetVersion: string | undefined): Facet | undefined {
  return datasetVersion === undefined ? undefined : facet("datasetVersion", { datasetVersion });
}

function ownerOf({ domain }: TableLineage, { domains }: RunSetting): Domain | undefined {
  return domains.find(({ name }) => name === domain);
}

/** Undefined also for an earlier major version: its promises are another contract's. */
function productOf(table: TableLineage, setting: RunSetting): LoadedProduct | undefined {
  return ownerOf(table, setting)?.loadedProducts.find(({ model }) => model.id === table.id);
}
