import type { ListedKey, NewServiceKey } from "@thoth/access/agreements/access-call";
import type { Actor } from "@thoth/access/agreements/agreement-rules";
import { idOfServiceKey, type ServiceKeyTerms, stateOfServiceKey } from "@thoth/access/service-key";
import { accessSeatOptions, actorSpeaking } from "../access-seat.ts";
import { askAccess } from "../ask-access.ts";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { isoTime } from "../iso-times.ts";
import { loadSettings } from "../settings.ts";
import { formatTable } from "../text-table.ts";
import { parseMoment, writeMoment } from "../written-moment.ts";
import { parsePairs, parseRoles } from "../written-pairs.ts";

export const key: Command = {
  name: "mesh key",
  summary: "Make, list, replace and revoke the keys by which machines read.",
  usage: "add <name> | list | rotate <id> | revoke <id>",
  details:
    "A key is shown once; the mesh keeps what verifies it and cannot be turned back. It is sent as Authorization: Bearer\n" +
    "mk_…, or as the password of the SQL port. The machine is known as service:<name>, which is what agreements name.\n" +
    "What is changed counts within a second in every process of the home.",
  options: {
    role: { type: "string", value: "<role>", multiple: true, description: "add: a role that it holds." },
    attr: { type: "string", value: "<k=v>", multiple: true, description: "add: an attribute: units=COS10001" },
    product: { type: "string", value: "<domain/product>", multiple: true, description: "add: all that it may read." },
    purpose: { type: "string", value: "<purpose>", multiple: true, description: "add: all that it may read for." },
    until: {
      type: "string",
      value: "<day>",
      description: "add: until the end of that day; until revoked when left out.",
    },
    grace: {
      type: "string",
      value: "<hours>",
      description: "rotate: how long the old one stays good; 24 unless given.",
    },
    reason: { type: "string", value: "<text>", description: "revoke: why, for the record." },
    ...accessSeatOptions,
  },
  positionals: [1, 2],
  examples: [
    ["mesh key add grade-dashboard --product ontrack-learning/units --until 180d", "a key for one product"],
    ["mesh key rotate 1f0c33aa90 --grace 48", "a new key; the old one is good for two more days"],
    ["mesh key revoke 1f0c33aa90 --reason 'Was in a log'", "refuse it from now on"],
  ],
  run: manage,
};

interface World {
  readonly input: CommandInput;
  readonly effects: Effects;
  readonly actor: Actor;
}

async function manage(input: CommandInput, effects: Effects): Promise<number> {
  const [action = "", subject] = input.positionals;
  if (action === "list" && subject === undefined) return list(input, effects);
  if (subject === undefined || !["add", "rotate", "revoke"].includes(action))
    throw usage(key, "mesh key takes add <name>, list, rotate <id> or revoke <id>");
  const terms = action === "add" ? readTerms(subject, input, effects.now()) : undefined;
  const graceHours = input.wholeNumber("grace", { min: 0, max: 720 }) ?? 24;
  const { root } = await loadSettings(effects.cwd, effects.env);
  const world = { input, effects, actor: await actorSpeaking(input, root, effects) };
  if (terms !== undefined) return tell(await askAccess({ do: "key-add", actor: world.actor, terms }, effects), world);
  const id = idOfServiceKey(subject) ?? subject;
  if (action === "revoke") return revoke(id, world);
  const call = { do: "key-rotate", actor: world.actor, id, graceMs: graceHours * 3_600_000 } as const;
  return tell(await askAccess(call, effects), world);
}

function readTerms(name: string, input: CommandInput, now: number): ServiceKeyTerms {
  const [products, purposes] = [input.texts("product"), input.texts("purpose")];
  const text = input.text("until");
  const until = text === undefined ? null : parseMoment(text, now, "end");
  if (until === undefined)
    throw usage(key, `--until ${text} is no day such as 2026-12-31, no time with a zone, and no 90d`);
  const limits = { ...(products.length > 0 && { products }), ...(purposes.length > 0 && { purposes }) };
  return {
    name,
    roles: parseRoles(key, input.texts("role")),
    attributes: parsePairs(key, "attr", input.texts("attr")),
    limits,
    until,
  };
}

function tell({ text, key: made }: NewServiceKey, { input, effects }: World): number {
  if (input.json) effects.out(`${JSON.stringify({ key: text, ...described(made, effects.now()) })}\n`);
  else {
    effects.out(`${text}\n`);
    effects.err(`This is the only time it is shown. Its id is ${made.id}; agreements name service:${made.name}.\n`);
  }
  return 0;
}

async function revoke(id: string, { input, effects, actor }: World): Promise<number> {
  const reason = input.text("reason")?.trim() ?? "";
  const revoked = await askAccess({ do: "key-revoke", actor, id, reason }, effects);
  effects.out(input.json ? `${JSON.stringify(described(revoked, effects.now()))}\n` : `revoked ${id}\n`);
  return 0;
}

async function list(input: CommandInput, effects: Effects): Promise<number> {
  const now = effects.now();
  const keys = await askAccess({ do: "key-list" }, effects);
  if (input.json)
    effects.out(
      `${JSON.stringify(
        keys.map((one) => described(one, now)),
        null,
        2,
      )}\n`,
    );
  else if (keys.length === 0) effects.out("There is no key\n");
  else effects.out(`${formatTable(keys.map((one) => asRow(one, now)))}\n`);
  return 0;
}

function described(one: ListedKey, now: number) {
  const { createdAt, until, revokedAt, ...rest } = one;
  return {
    ...rest,
    state: stateOfServiceKey(one, now),
    createdAt: isoTime(createdAt),
    until: until === null ? null : isoTime(until),
    ...(revokedAt !== undefined && { revokedAt: isoTime(revokedAt) }),
  };
}

function asRow(one: ListedKey, now: number) {
  const { id, name, roles, limits, until, createdAt } = one;
  return {
    id,
    consumer: `service:${name}`,
    state: stateOfServiceKey(one, now),
    roles: roles.join(" "),
    products: limits.products?.join(" ") ?? "all",
    purposes: limits.purposes?.join(" ") ?? "all",
    made: isoTime(createdAt).slice(0, 10),
    "until (UTC)": until === null ? "" : writeMoment(until, "end"),
  };
}
