import { changeSourceKeys, keyFile, readSourceKeys } from "@thoth/ingest/collector/key-file";
import { createSourceKey, type KeyTerms, type SourceKey } from "@thoth/ingest/collector/source-key";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { loadSettings } from "../settings.ts";
import { formatTable } from "../text-table.ts";

export const collectorKey: Command = {
  name: "mesh collector key",
  summary: "Make, list and revoke the keys of those who send events.",
  usage: "add <name> | list | revoke <id>",
  details:
    "A key is shown once, when it is made; the mesh keeps a hash of it. As long as there is none, the collector\n" +
    "takes events from this machine without one. A changed or revoked key counts within a second, in a collector that runs too.",
  options: {
    source: {
      type: "string",
      value: "<source>",
      multiple: true,
      description: "add: what it may send for; /splashkit/* is all that begin so. Required.",
    },
    publishable: { type: "boolean", description: "add: for pages and programs that anyone can read." },
    origin: {
      type: "string",
      value: "<origin>",
      multiple: true,
      description: "add: whose pages may use a publishable key: https://splashkit.io",
    },
    rate: { type: "string", value: "<n>", description: "add: events a second, on the average; 100 unless given." },
    burst: { type: "string", value: "<n>", description: "add: events at once; ten times the rate unless given." },
  },
  positionals: [1, 2],
  examples: [
    ["mesh collector key add cpp-sdk --source '/splashkit/cpp'", "a secret key, for the header Authorization"],
    [
      "mesh collector key add online --publishable --source /splashkit/online --origin https://splashkit.io",
      "a key for pages",
    ],
    ["mesh collector key revoke 1f0c33aa90", "refuse it from now on"],
  ],
  run: manage,
};

async function manage(input: CommandInput, effects: Effects): Promise<number> {
  const [action = "", subject] = input.positionals;
  const { home } = await loadSettings(effects.cwd, effects.env);
  const file = keyFile(home);
  if (action === "list" && subject === undefined) return list(file, input, effects);
  if (action === "add" && subject !== undefined) return add(file, readTerms(subject, input), { input, effects });
  if (action === "revoke" && subject !== undefined) return revoke(file, subject, { input, effects });
  throw usage(collectorKey, `mesh collector key takes add <name>, list or revoke <id>`);
}

interface World {
  readonly input: CommandInput;
  readonly effects: Effects;
}

function readTerms(name: string, input: CommandInput): KeyTerms {
  const sources = input.texts("source");
  const origins = input.texts("origin");
  const kind = input.flag("publishable") ? "publishable" : "secret";
  if (sources.length === 0) throw usage(collectorKey, "a key needs --source: what it may send for");
  if (kind === "secret" && origins.length > 0)
    throw usage(collectorKey, "a page cannot keep a key secret: --origin goes with --publishable");
  const wrong = origins.find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin);
  if (wrong !== undefined) throw usage(collectorKey, `--origin ${wrong} is no origin such as https://splashkit.io`);
  const perSecond = input.wholeNumber("rate", { min: 1, max: 1_000_000 }) ?? 100;
  const burst = input.wholeNumber("burst", { min: 1, max: 10_000_000 }) ?? perSecond * 10;
  return { name, kind, sources, origins, rate: { perSecond, burst } };
}

async function add(file: string, terms: KeyTerms, { input, effects }: World): Promise<number> {
  const { key, kept } = createSourceKey(terms, effects.now());
  await changeSourceKeys(file, (keys) => [...keys, kept]);
  if (input.json) effects.out(`${JSON.stringify({ key, ...described(kept) })}\n`);
  else effects.out(`${key}\n`);
  if (!input.json) effects.err(`This is the only time it is shown. Its id is ${kept.id}.\n`);
  return 0;
}

async function list(file: string, input: CommandInput, effects: Effects): Promise<number> {
  const keys = (await readSourceKeys(file)).map(described);
  if (input.json) effects.out(`${JSON.stringify(keys)}\n`);
  else if (keys.length === 0) effects.out("There is no key: events are taken from this machine without one.\n");
  else effects.out(`${formatTable(keys.map(asRow))}\n`);
  return 0;
}

async function revoke(file: string, id: string, { input, effects }: World): Promise<number> {
  await changeSourceKeys(file, (keys) => {
    if (!keys.some((key) => key.id === id)) throw cliError["unknown-key"]({ id });
    return keys.map((key) => (key.id === id ? { ...key, revokedAt: key.revokedAt ?? effects.now() } : key));
  });
  effects.out(input.json ? `${JSON.stringify({ id, revoked: true })}\n` : `revoked ${id}\n`);
  return 0;
}

type DescribedKey = Omit<SourceKey, "sha256">;

function described({ sha256: _, ...key }: SourceKey): DescribedKey {
  return key;
}

function asRow({ id, name, kind, sources, origins, rate, createdAt, revokedAt }: DescribedKey) {
  return {
    id,
    name,
    kind,
    sources: sources.join(" "),
    origins: origins.join(" "),
    rate: `${rate.perSecond}/s, ${rate.burst} at once`,
    made: new Date(createdAt).toISOString().slice(0, 10),
    revoked: revokedAt === undefined ? "" : new Date(revokedAt).toISOString().slice(0, 10),
  };
}
