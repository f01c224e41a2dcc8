import { openTokenKey } from "@thoth/access/signing-key";
import { signToken } from "@thoth/access/token";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { loadSettings } from "../settings.ts";

export const token: Command = {
  name: "mesh token",
  summary: "Sign a development token that says who asks.",
  usage: "",
  details: "Prints the token and nothing else. The key is in the home (keys/), so only this mesh accepts it.",
  options: {
    as: { type: "string", value: "<name>", description: "Name of the principal. Required." },
    role: { type: "string", value: "<role>", multiple: true, description: "A role; may be given several times." },
    attr: { type: "string", value: "<k=v>", multiple: true, description: "An attribute; may be given several times." },
    hours: { type: "string", value: "<n>", description: "How long it is valid; 8 unless given, 720 at most." },
  },
  positionals: [0, 0],
  examples: [
    ["mesh token --as convenor --role convenor --attr unit=COS10001", "a token for eight hours"],
    ["mesh query '{ units { totalCount } }' --token \"$(mesh token --as me)\"", "ask with it"],
  ],
  run: sign,
};

async function sign(input: CommandInput, effects: Effects): Promise<number> {
  const name = input.text("as");
  if (name === undefined || name === "") throw usage(token, "mesh token needs --as <name>");
  const hours = Number(input.text("hours") ?? 8);
  if (!(hours > 0 && hours <= 720)) throw usage(token, "--hours takes a number above 0 and up to 720");
  const principal = { name, roles: input.texts("role"), attributes: parseAttributes(input.texts("attr")) };
  const { home } = await loadSettings(effects.cwd, effects.env);
  const key = await openTokenKey(home);
  const signed = await signToken(principal, { key, now: effects.now(), ttlMs: hours * 3_600_000 });
  effects.out(input.json ? `${JSON.stringify({ token: signed, ...principal, hours })}\n` : `${signed}\n`);
  return 0;
}

function parseAttributes(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw usage(token, `--attr ${pair} is not of the form name=value`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
