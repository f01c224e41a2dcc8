import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DiffOptions } from "../diff/diff-rule.ts";
import { contractError } from "../errors.ts";
import type { Report } from "../finding.ts";
import { readContractText } from "../read-contract-file.ts";
import { readRecord } from "../read-record.ts";
import { shapeValidator } from "../validate-shape.ts";
import type { Council, CouncilMember } from "./council.ts";

export const councilFile = "contracts/council.yaml";

interface Written extends Pick<Council, "enumAdditions"> {
  readonly members: readonly (Pick<CouncilMember, "name" | "roles"> & Partial<CouncilMember>)[];
  readonly quorum: number;
  readonly supermajority: number;
  readonly highTrafficShare: number;
  readonly windows: Pick<Council, "noticeDays" | "ackDays" | "brownOutDays" | "emergencyReviewDays">;
}

const validate = shapeValidator<Written>("council.schema.json");

/** @throws MeshError `contract/no-council`, `contract/council-invalid` */
export function readCouncil(root: string): Council {
  if (!existsSync(join(root, councilFile))) throw contractError["no-council"]({ file: councilFile });
  return parseCouncil(readContractText(root, councilFile), councilFile);
}

/**
 * What the council says about changes; nothing where there is no council.
 * @throws MeshError `contract/council-invalid`
 */
export function councilDiffOptions(root: string): Pick<DiffOptions, "minimumNoticeMs" | "enumAdditions"> {
  if (!existsSync(join(root, councilFile))) return {};
  const { noticeDays, enumAdditions } = readCouncil(root);
  return { minimumNoticeMs: noticeDays * 86_400_000, ...(enumAdditions && { enumAdditions }) };
}

/** @throws MeshError `contract/council-invalid` with every error found and the place of the first */
export function parseCouncil(text: string, file: string): Council {
  const { source, sound, findings: found } = readRecord(text, file, { noun: "council", validate });
  const written = source.value as Written;
  if (sound) reportMembers(written, source.report);
  const findings = found();
  const [first] = findings;
  if (first !== undefined)
    throw contractError["council-invalid"]({ findings }, { at: { file, line: first.line, column: first.column } });
  const { windows, members, ...numbers } = written;
  return { ...numbers, ...windows, members: members.map((one) => ({ domains: [], accounts: [], ...one })) };
}

function reportMembers({ members, quorum }: Written, report: Report): void {
  const names = members.map(({ name }) => name);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue;
    const message = `There is another member called ${name} above`;
    report(["members", index, "name"], {
      rule: "council-member-twice",
      message,
      hint: "Give every member a name of its own.",
    });
  }
  if (quorum > members.length)
    report(["quorum"], {
      rule: "council-quorum",
      message: `A quorum of ${quorum} cannot be reached by ${members.length} members`,
      hint: "Lower the quorum, or name more members.",
    });
}
