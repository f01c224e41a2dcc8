import type { Actor } from "@thoth/access/agreements/agreement-rules";
import { memberOfAccount } from "@thoth/contract/council/council";
import type { OptionSpec } from "./command.ts";
import type { CommandInput } from "./command-input.ts";
import type { Effects } from "./effects.ts";
import { gitAccount } from "./git-account.ts";
import { localAccount, localActor } from "./local-person.ts";

/** Option of whoever decides about access. */
export const accessSeatOptions = {
  as: {
    type: "string",
    value: "<account>",
    description: "Account you act as; the council's member with your git account when left out, else your user name.",
  },
} as const satisfies Record<string, OptionSpec>;

/** Who decides, on this machine. */
export async function actorSpeaking(input: CommandInput, root: string, { cwd }: Effects): Promise<Actor> {
  const named = input.text("as");
  if (named !== undefined) return localActor(named);
  const account = await gitAccount(cwd);
  const { readCouncil } = await import("@thoth/contract/council/read-council");
  const member = account === undefined ? undefined : memberOfAccount(readCouncil(root), account);
  return localActor(member?.name ?? localAccount());
}
