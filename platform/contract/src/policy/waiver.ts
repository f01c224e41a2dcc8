import type { Finding } from "../finding.ts";
import type { Position } from "../source-document.ts";
import { shapeValidator } from "../validate-shape.ts";
import { type CouncilFolder, councilFindings, readCouncilFiles } from "./council-files.ts";

/** One product let off one policy until a day. One file each under `contracts/waivers/`. */
export interface Waiver {
  readonly policy: string;
  /** `domain/product` */
  readonly product: string;
  /** The one column it is for; the whole product when absent. */
  readonly column?: string;
  readonly owner: string;
  readonly reason: string;
  /** The last day on which it holds, `2026-03-31`, UTC. */
  readonly expires: string;
}

/** A waiver with its file, to tell people where it is. */
export interface WrittenWaiver extends Waiver {
  readonly file: string;
  readonly locate: (key: keyof Waiver) => Position;
}

const folder: CouncilFolder = {
  folder: "contracts/waivers",
  noun: "waiver",
  validate: shapeValidator<Waiver>("waiver.schema.json"),
};

export interface WaiverBook {
  /** How many files there are, sound or not. */
  readonly files: number;
  readonly waivers: readonly WrittenWaiver[];
  readonly findings: readonly Finding[];
}

/** All waivers of a repository. One that does not say everything waives nothing; it is among the findings. */
export function readWaivers(root: string): WaiverBook {
  const files = readCouncilFiles<Waiver>(root, folder);
  return {
    files: files.length,
    waivers: files.flatMap(({ file, content, source }) =>
      content === undefined ? [] : { ...content, file, locate: (key: keyof Waiver) => source.locate([key]) },
    ),
    findings: councilFindings(files, folder),
  };
}
