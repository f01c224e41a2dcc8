import { isName } from "@thoth/access/token-claims";
import { type Command, usage } from "./command.ts";

/** `["units=COS10001,COS20007"]` → `{ units: "COS10001,COS20007" }`. @throws MeshError `cli/usage` */
export function parsePairs(
  command: Pick<Command, "name">,
  option: string,
  pairs: readonly string[],
): Record<string, string> {
  const named = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) throw usage(command, `--${option} ${pair} is not of the form name=value`);
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    const before = named.get(name);
    if (before !== undefined)
      throw usage(command, `--${option} ${name} is given twice: write --${option} ${name}=${before},${value}`);
    named.set(name, value);
  }
  return Object.fromEntries(named);
}

/** Names of roles, each given by itself. @throws MeshError `cli/usage` */
export function parseRoles(command: Pick<Command, "name">, roles: readonly string[]): readonly string[] {
  const list = roles.find((role) => role.includes(","));
  if (list !== undefined)
    throw usage(command, `--role ${list} is no name of a role: give --role once for each of several`);
  const wrong = roles.find((role) => !isName(role));
  if (wrong !== undefined) throw usage(command, `--role ${JSON.stringify(wrong)} is no name of a role`);
  return [...new Set(roles)];
}
