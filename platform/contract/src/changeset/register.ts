import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Tombstone } from "../diff/diff-rule.ts";
import { contractError } from "../errors.ts";
import { readContractText } from "../read-contract-file.ts";
import { readRecord } from "../read-record.ts";
import type { Position } from "../source-document.ts";
import { shapeValidator } from "../validate-shape.ts";
import { appendEntry } from "./yaml-entries.ts";

/** What publishing wrote down about one product: which versions with which content, and what is taken for ever. */
export interface Register {
  /** Relative to the root. */
  readonly file: string;
  /** Undefined when nothing has been registered yet. */
  readonly text: string | undefined;
  readonly versions: readonly RegisteredVersion[];
  readonly tombstones: readonly RegisteredTombstone[];
  /** Place of one entry of `versions`. */
  readonly locate: (index: number) => Position;
}

export interface RegisteredVersion {
  readonly version: string;
  readonly sha256: string;
  /** Day of publication: `2026-11-22`. */
  readonly published?: string;
  /** The changeset it was released by. */
  readonly changeset?: string;
  /** Why nobody decided about it; counts for what breaks nothing. */
  readonly withoutReview?: string;
}

export interface RegisteredTombstone extends Tombstone {
  /** The first version without it. */
  readonly until: string;
}

interface Written {
  readonly versions?: readonly RegisteredVersion[] | null;
  readonly tombstones?: readonly RegisteredTombstone[] | null;
}

const validate = shapeValidator<Written>("register.schema.json");

const emptyText = `# Written by mesh when a version is published. A published version never changes, and what was removed stays taken.
versions:

# ids and names that belonged to something that is gone
tombstones:
`;

function registerFile(product: string): string {
  return `contracts/published/${product}/register.yaml`;
}

/** @throws MeshError `contract/register-invalid` */
export function readRegister(root: string, product: string): Register {
  const file = registerFile(product);
  if (!existsSync(join(root, file)))
    return { file, text: undefined, versions: [], tombstones: [], locate: () => ({ line: 1, column: 1 }) };
  const text = readContractText(root, file);
  const { source, findings: found } = readRecord(text, file, { noun: "register", validate });
  const findings = found();
  const [first] = findings;
  if (first !== undefined)
    throw contractError["register-invalid"]({ findings }, { at: { file, line: first.line, column: first.column } });
  const { versions, tombstones } = source.value as Written;
  const locate = (index: number) => source.locate(["versions", index]);
  return { file, text, versions: versions ?? [], tombstones: tombstones ?? [], locate };
}

/** The text of a register with a version and its tombstones added; the same text when it has them. */
export function registerVersion(
  { text = emptyText, versions, tombstones }: Register,
  version: RegisteredVersion,
  removed: readonly Tombstone[] = [],
): string {
  const known = versions.some((one) => one.version === version.version && one.sha256 === version.sha256);
  const added = removed.filter(({ id, name }) => !tombstones.some((one) => one.id === id && one.name === name));
  const withEntry = known ? text : appendEntry(text, "versions", version);
  return added.reduce((grown, one) => appendEntry(grown, "tombstones", { ...one, until: version.version }), withEntry);
}
