import { type Command, usage } from "./command.ts";

/** `["units=COS10001,COS20007"]` → `{ units: "COS10001,COS20007" }`. @throws MeshError `cli/usage` */
export function parsePairs(
  command: Pick<Command, "name">,
  option: string,
  pairs: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw usage(command, `--${option} ${pair} is not of the form name=value`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
