/**
 * One transition of a run, as OpenLineage 2-0-2 has it. Facets are open records.
 * @source https://openlineage.io/spec/2-0-2/OpenLineage.json
 */
export interface RunEvent {
  /** ISO 8601. */
  readonly eventTime: string;
  readonly eventType: "START" | "COMPLETE" | "FAIL" | "ABORT";
  readonly producer: string;
  readonly schemaURL: string;
  readonly run: { readonly runId: string; readonly facets: Facets };
  readonly job: JobName & { readonly facets: Facets };
  readonly inputs: readonly InputDataset[];
  readonly outputs: readonly OutputDataset[];
}

export interface JobName {
  readonly namespace: string;
  readonly name: string;
}

export interface DatasetName {
  readonly namespace: string;
  readonly name: string;
}

export interface InputDataset extends DatasetName {
  readonly facets: Facets;
  readonly inputFacets?: Facets;
}

export interface OutputDataset extends DatasetName {
  readonly facets: Facets;
  readonly outputFacets?: Facets;
}

export interface Facet {
  readonly _producer: string;
  readonly _schemaURL: string;
  readonly [field: string]: unknown;
}

export type Facets = Readonly<Record<string, Facet>>;

/** Who says so. The project has no address of its own on the web. */
export const producer = "urn:thoth-mesh:pipeline";

export const runEventSchema = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";

/** Versions of the facets that are sent; what begins with `thoth_` is our own. */
const facetSchemas = {
  columnLineage: "1-2-0/ColumnLineageDatasetFacet",
  dataQualityAssertions: "1-1-0/DataQualityAssertionsDatasetFacet",
  datasetDocumentation: "1-0-1/DocumentationDatasetFacet",
  datasetOwnership: "1-0-1/OwnershipDatasetFacet",
  datasetVersion: "1-0-1/DatasetVersionDatasetFacet",
  errorMessage: "1-0-1/ErrorMessageRunFacet",
  inputStatistics: "1-0-0/InputStatisticsInputDatasetFacet",
  jobDocumentation: "1-0-1/DocumentationJobFacet",
  jobOwnership: "1-0-1/OwnershipJobFacet",
  jobType: "2-0-4/JobTypeJobFacet",
  nominalTime: "1-0-1/NominalTimeRunFacet",
  processingEngine: "1-1-1/ProcessingEngineRunFacet",
  outputStatistics: "1-0-2/OutputStatisticsOutputDatasetFacet",
  parent: "1-2-0/ParentRunFacet",
  schema: "1-2-0/SchemaDatasetFacet",
  sql: "1-1-0/SQLJobFacet",
  test: "1-0-1/TestRunFacet",
} as const;

/** A facet of the standard. */
export function facet(name: keyof typeof facetSchemas, fields: Readonly<Record<string, unknown>>): Facet {
  const path = facetSchemas[name];
  const definition = path.slice(path.indexOf("/") + 1);
  return {
    _producer: producer,
    _schemaURL: `https://openlineage.io/spec/facets/${path}.json#/$defs/${definition}`,
    ...fields,
  };
}

/** A facet for which the standard has no words; described in docs/lineage.md. */
export function ownFacet(name: `thoth_${string}`, fields: Readonly<Record<string, unknown>>): Facet {
  return { _producer: producer, _schemaURL: `urn:thoth-mesh:openlineage:${name}:1`, ...fields };
}

/** Only the facets that there are. */
export function facets(all: Readonly<Record<string, Facet | undefined>>): Facets {
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, Facet] => entry[1] !== undefined));
}
