import type { Principal } from "@thoth/access/decision";
import { principalProblem } from "@thoth/access/token-claims";
import { type Command, type OptionSpec, usage } from "./command.ts";
import type { CommandInput } from "./command-input.ts";
import type { Effects } from "./effects.ts";
import { localPerson } from "./local-person.ts";
import type { Settings } from "./settings.ts";
import { parsePairs, parseRoles } from "./written-pairs.ts";

/** Options of whoever asks on this machine, where the home believes who one says one is. */
export const personOptions = {
  as: {
    type: "string",
    value: "<name>",
    description: "Ask in the name of somebody else: a name, or service:<name>; you when left out.",
  },
  role: { type: "string", value: "<role>", multiple: true, description: "A role that somebody holds." },
  attr: { type: "string", value: "<k=v>", multiple: true, description: "An attribute: units=COS10001,COS20007" },
} as const satisfies Record<string, OptionSpec>;

/**
 * Who asks, as the options say; roles and attributes without a name are yours.
 * @returns undefined when none of them is given
 * @throws MeshError `cli/usage` for names that nobody can have
 */
export function personAsking(command: Pick<Command, "name">, input: CommandInput): Principal | undefined {
  const [name, pairs] = [input.text("as"), input.texts("attr")];
  const roles = parseRoles(command, input.texts("role"));
  if (name === undefined && roles.length === 0 && pairs.length === 0) return undefined;
  const person = { ...localPerson(name), roles, attributes: parsePairs(command, "attr", pairs) };
  const problem = principalProblem(person);
  if (problem !== undefined) throw usage(command, `nobody can be called --as ${name}: ${problem}`);
  return person;
}

/**
 * The token that a command was given, unless its options say who asks.
 * @throws MeshError `cli/usage` when both are given
 */
export function tokenGiven(
  command: Pick<Command, "name">,
  input: CommandInput,
  { env }: Pick<Effects, "env">,
): string | undefined {
  const given = input.text("token");
  if (personAsking(command, input) === undefined) return given ?? env.MESH_TOKEN;
  if (given !== undefined) throw usage(command, "--token says who asks: it goes with none of --as, --role and --attr");
  return undefined;
}

/**
 * What a gateway is sent: the token that was given, else one that is signed here for whoever asks. A gateway elsewhere takes
 * no token of this home.
 * @throws MeshError `cli/usage`
 */
export async function tokenToSend(
  command: Pick<Command, "name">,
  input: CommandInput,
  { settings, effects }: { readonly settings: Settings; readonly effects: Effects },
): Promise<string | undefined> {
  const given = tokenGiven(command, input, effects);
  const person = personAsking(command, input);
  const isElsewhere = input.text("url") !== undefined;
  if (person !== undefined && isElsewhere)
    throw usage(
      command,
      "--as, --role and --attr sign a token of this mesh: --url leads to another one, so give --token",
    );
  if (given !== undefined || isElsewhere) return given;
  const { localToken } = await import("./local-token.ts");
  return localToken(settings, effects, person);
}
