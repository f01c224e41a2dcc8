import type { Agreement } from "@thoth/access/agreement";
import type { AccessCall } from "@thoth/access/agreements/access-call";
import { accessSeatOptions, actorSpeaking } from "../access-seat.ts";
import { agreementJson } from "../agreement-text.ts";
import { askAccess } from "../ask-access.ts";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { loadSettings } from "../settings.ts";
import { shownText } from "../shown-text.ts";
import { waitingFor, waitingWords } from "../waiting-for.ts";
import { untilWords } from "../written-moment.ts";

const reason = { type: "string", value: "<text>", description: "Why, for the record. Required." } as const;

export const accessGrant: Command = {
  name: "mesh access grant",
  summary: "Grant what was asked for, or keep what was due to be looked at again.",
  usage: "<id>",
  details:
    "The contract's role names who grants it; without names the domain's stewards and owner do. Restricted columns take a\n" +
    "second, different person. Nobody grants what they asked for, or what is for themselves.",
  options: accessSeatOptions,
  positionals: [1, 1],
  examples: [["mesh access grant ag_1f0c33aa90 --as learning-data-steward", "in force from now on, on every port"]],
  run: (input, effects) => decide(accessGrant, "grant", { input, effects }),
};

export const accessReject: Command = {
  name: "mesh access reject",
  summary: "Say no to what was asked for, with a reason.",
  usage: "<id>",
  options: { ...accessSeatOptions, reason },
  positionals: [1, 1],
  examples: [
    [
      'mesh access reject ag_1f0c33aa90 --as learning-data-steward --reason "Ask for aggregates instead"',
      "on the record",
    ],
  ],
  run: (input, effects) => decide(accessReject, "reject", { input, effects }),
};

export const accessRevoke: Command = {
  name: "mesh access revoke",
  summary: "End an agreement at once, or give it back, with a reason.",
  usage: "<id>",
  details: "It counts within a second on every port, for connections that are open, too.",
  options: { ...accessSeatOptions, reason },
  positionals: [1, 1],
  examples: [
    [
      'mesh access revoke ag_1f0c33aa90 --as ontrack-steward --reason "The study has ended"',
      "nobody reads by it any more",
    ],
  ],
  run: (input, effects) => decide(accessRevoke, "revoke", { input, effects }),
};

interface World {
  readonly input: CommandInput;
  readonly effects: Effects;
}

async function decide(
  command: Command,
  what: "grant" | "reject" | "revoke",
  { input, effects }: World,
): Promise<number> {
  const [id = ""] = input.positionals;
  const words = input.text("reason")?.trim() ?? "";
  if (what !== "grant" && words === "") throw usage(command, `${command.name} needs a --reason`);
  const settings = await loadSettings(effects.cwd, effects.env);
  const actor = await actorSpeaking(input, settings.root, effects);
  const call: AccessCall = what === "grant" ? { do: what, actor, id } : { do: what, actor, id, reason: words };
  const agreement = (await askAccess(call, effects)) as Agreement;
  const waitsFor = await waitingFor(agreement, settings);
  if (input.json) effects.out(`${JSON.stringify({ ...agreementJson(agreement, effects.now()), waitsFor }, null, 2)}\n`);
  else effects.out(`${shownText(outcome(agreement, waitsFor))}\n`);
  return 0;
}

function outcome(
  { id, status, consumer, product, until, approvals }: Agreement,
  waitsFor: readonly (readonly string[])[],
): string {
  if (status === "granted") return `${id} is granted: ${consumer} may read ${product} ${untilWords(until)}`;
  if (status === "requested") {
    const by = approvals.map((approval) => approval.by).join(" and ");
    return `${id} is approved by ${by}, and waits for a second person, as its columns are restricted: for ${waitingWords(waitsFor)}`;
  }
  return `${id} is ${status}`;
}
