import { castVote } from "@thoth/contract/council/cast-vote";
import { readCouncil } from "@thoth/contract/council/read-council";
import { readReview } from "@thoth/contract/council/read-review";
import type { Vote } from "@thoth/contract/council/review";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import { memberSpeaking, putOnRecord, seatOptions } from "../council-seat.ts";
import type { Effects } from "../effects.ts";
import { releaseOptions } from "../release-options.ts";
import { loadSettings } from "../settings.ts";

export const councilApprove: Command = {
  name: "mesh council approve",
  summary: "Approve a changeset as a member of the council.",
  usage: "<changeset>",
  details:
    "The vote is one line in contracts/reviews/<changeset>.yaml and counts for what the review records now: an edit of the\n" +
    "contract, the query or the review voids it. Nobody approves a changeset of their own.",
  options: {
    ...seatOptions,
    emergency: {
      type: "boolean",
      description: "Release first, review afterwards: for members with the role emergency, with a --reason.",
    },
  },
  positionals: [1, 1],
  examples: [
    ["mesh council approve unit-code-renamed --as ontrack-steward", "one vote"],
    ['mesh council approve leak-closed --as platform-lead --emergency --reason "Names are visible"', "at once"],
  ],
  run: (input, effects) => vote(councilApprove, "approve", { input, effects }),
};

export const councilReject: Command = {
  name: "mesh council reject",
  summary: "Reject a changeset as a member of the council, with a reason.",
  usage: "<changeset>",
  details: "A changeset needs more approvals than rejections. Another vote of yours takes the place of the one before.",
  options: seatOptions,
  positionals: [1, 1],
  examples: [
    ['mesh council reject unit-code-renamed --as splashkit-owner --reason "No query for version 1"', "one vote"],
  ],
  run: (input, effects) => vote(councilReject, "reject", { input, effects }),
};

interface World {
  readonly input: CommandInput;
  readonly effects: Effects;
}

async function vote(command: Command, word: Vote["vote"], { input, effects }: World): Promise<number> {
  const { root } = await loadSettings(effects.cwd, effects.env);
  const [changeset = ""] = input.positionals;
  const reason = input.text("reason")?.trim() || undefined;
  const emergency = word === "approve" && input.flag("emergency");
  if (reason === undefined && (emergency || word === "reject"))
    throw usage(command, `${emergency ? "--emergency" : "A rejection"} needs a --reason`);
  const council = readCouncil(root);
  const document = readReview(root, changeset);
  const by = await memberSpeaking(input, council, effects);
  const ballot = { by, vote: word, ...(reason !== undefined && { reason }), ...(emergency && { emergency }) };
  const said = await castVote(root, document, { ballot, council, ...releaseOptions(effects.now()) });
  const words = `${by} ${word === "approve" ? "approves" : "rejects"} ${changeset}${emergency ? " in an emergency" : ""}`;
  putOnRecord(said, words, { root, council, input, effects });
  return 0;
}
