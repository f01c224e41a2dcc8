import type { ProductModel } from "@thoth/contract/product-model";
import type { Source } from "@thoth/ingest/connector";
import type { Schedule } from "./orchestrate/schedule.ts";

/** What a domain team writes in `domain.ts`. */
export interface DomainDefinition {
  /** kebab-case; also the folder's name and the SQL catalog (with `_`). */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The team that answers for the domain. */
  readonly owner: string;
  readonly stewards: readonly string[];
  readonly sources: readonly Source[];
  readonly products: readonly ProductDefinition[];
  /** What starts all of it; a product may have a schedule of its own beside this one. */
  readonly schedule?: Schedule;
  /** Writes what the real systems would write, so that the domain runs without them. */
  readonly sample?: SampleData;
}

export interface ProductDefinition {
  /** kebab-case; the folder under `products/`. */
  readonly name: string;
  /** Products of other domains that `product.sql` may read: `ontrack-learning/units`. */
  readonly inputPorts?: readonly string[];
  /** What starts it, with all that it is made from in its own domain. */
  readonly schedule?: Schedule;
}

export interface SampleOptions {
  /** Folder to write to: the sources folder of the mesh. */
  readonly dir: string;
  /** Same seed, same `asOf`, same scale: the same bytes. */
  readonly seed: number;
  /** The instant the sample world is seen at, epoch ms; nothing in it is later. */
  readonly asOf: number;
  /** 1 is the full world; 0.1 a tenth of its people. */
  readonly scale: number;
  readonly onProgress?: (message: string) => void;
}

export type SampleData = () => Promise<{ readonly writeSample: (options: SampleOptions) => Promise<void> }>;

/** Checks nothing at import time; `loadDomain` reads the folder and judges it. */
export function defineDomain(definition: DomainDefinition): DomainDefinition {
  return definition;
}

/** A domain with everything its folder holds. */
export interface Domain extends DomainDefinition {
  /** Absolute path of the domain's folder. */
  readonly dir: string;
  /** From its package.json. */
  readonly packageVersion: string;
  readonly cleanTables: readonly SqlFile[];
  readonly loadedProducts: readonly LoadedProduct[];
}

export interface SqlFile {
  /** Table the file fills: `tasks` for `clean/tasks.sql`. */
  readonly table: string;
  /** Relative to the repository root. */
  readonly file: string;
  readonly sql: string;
}

export interface LoadedProduct extends ProductDefinition {
  readonly model: ProductModel;
  readonly query: SqlFile;
  /** Earlier major versions that are served beside the current one, newest first. */
  readonly previous: readonly PreviousMajor[];
  /** Absolute path of `graph.ts` when the product has one. */
  readonly graphFile?: string;
}

/** A major version that a newer one has superseded: its rows are made from those of the current one. */
export interface PreviousMajor {
  /** Its newest published contract. */
  readonly model: ProductModel;
  /** `previous/v1.sql`: a SELECT over the current version's table. */
  readonly mapping: SqlFile;
}
