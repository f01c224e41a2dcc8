import { writeFiles } from "@thoth/contract/changeset/file-plan";
import type { Said } from "@thoth/contract/council/cast-vote";
import { type Council, memberOfAccount } from "@thoth/contract/council/council";
import { judgeReview } from "@thoth/contract/council/judge-review";
import { stateWord } from "@thoth/contract/council/review-summary";
import type { OptionSpec } from "./command.ts";
import type { CommandInput } from "./command-input.ts";
import { councilJson } from "./council-json.ts";
import type { Effects } from "./effects.ts";
import { cliError } from "./errors.ts";
import { gitAccount } from "./git-account.ts";

/** Options of whoever says something as a member of the council. */
export const seatOptions = {
  as: {
    type: "string",
    value: "<member>",
    description: "Member you act as; the one with your git account when left out.",
  },
  reason: { type: "string", value: "<text>", description: "Why, for the record." },
} as const satisfies Record<string, OptionSpec>;

/** @throws MeshError `cli/no-member` when nothing says who it is */
export async function memberSpeaking(input: CommandInput, council: Council, { cwd }: Effects): Promise<string> {
  const named = input.text("as");
  if (named !== undefined) return named;
  const account = await gitAccount(cwd);
  const member = account === undefined ? undefined : memberOfAccount(council, account);
  if (member) return member.name;
  throw cliError["no-member"]({ account, known: council.members.map(({ name }) => name) });
}

interface Hall {
  readonly root: string;
  readonly council: Council;
  readonly input: CommandInput;
  readonly effects: Effects;
}

/** Writes what was said, and tells where the review stands now. */
export function putOnRecord({ document, file }: Said, words: string, { root, council, input, effects }: Hall): void {
  writeFiles(root, [file]);
  const verdict = judgeReview(document.review, council, effects.now());
  if (input.json) effects.out(councilJson({ changeset: document.review.changeset, file: file.file, verdict }));
  else {
    const reasons = verdict.kind === "open" || verdict.kind === "blocked" ? verdict.reasons : [];
    const waits = reasons.map(({ message }) => `  waits for: ${message}`);
    effects.out([words, `wrote ${file.file}`, `the review is ${stateWord(verdict)}`, ...waits, ""].join("\n"));
  }
}
