import { giveAnswer } from "@thoth/contract/council/cast-vote";
import { readCouncil } from "@thoth/contract/council/read-council";
import { readReview } from "@thoth/contract/council/read-review";
import type { Ack } from "@thoth/contract/council/review";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import { memberSpeaking, putOnRecord, seatOptions } from "../council-seat.ts";
import type { Effects } from "../effects.ts";
import { releaseOptions } from "../release-options.ts";
import { loadSettings } from "../settings.ts";

export const councilAck: Command = {
  name: "mesh council ack",
  summary: "Answer for a domain that uses what a changeset breaks.",
  usage: "<changeset> [approved|migrating|blocked]",
  details:
    "approved (when left out): it can go ahead. migrating: we are moving, and will be ready. blocked: we cannot, and say why;\n" +
    "that is a veto until the time to answer is over, and then the council needs a large majority to go on.",
  options: {
    ...seatOptions,
    domain: { type: "string", value: "<domain>", description: "Domain you answer for, when you speak for several." },
  },
  positionals: [1, 2],
  examples: [
    ["mesh council ack unit-code-renamed migrating --as splashkit-steward", "we are moving"],
    ['mesh council ack unit-code-renamed blocked --as splashkit-steward --reason "Exams until June"', "a veto"],
  ],
  run: acknowledge,
};

const words: readonly Ack["ack"][] = ["approved", "migrating", "blocked"];

async function acknowledge(input: CommandInput, effects: Effects): Promise<number> {
  const { root } = await loadSettings(effects.cwd, effects.env);
  const [changeset = "", written = "approved"] = input.positionals;
  const ack = words.find((word) => word === written);
  if (ack === undefined) throw usage(councilAck, `An answer is approved, migrating or blocked, not ${written}`);
  const reason = input.text("reason")?.trim() || undefined;
  if (reason === undefined && ack === "blocked") throw usage(councilAck, "blocked needs a --reason");
  const council = readCouncil(root);
  const document = readReview(root, changeset);
  const by = await memberSpeaking(input, council, effects);
  const domain = input.text("domain");
  const answer = { by, ack, ...(reason !== undefined && { reason }), ...(domain !== undefined && { domain }) };
  const said = await giveAnswer(root, document, { answer, council, ...releaseOptions(effects.now()) });
  putOnRecord(said, `${by} answers ${changeset}: ${ack}`, { root, council, input, effects });
  return 0;
}
