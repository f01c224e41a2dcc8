import type { CredentialLimits, Principal } from "@thoth/access/decision";
import { openTokenKey } from "@thoth/access/signing-key";
import { signToken } from "@thoth/access/token";
import { servicePrefix } from "@thoth/access/token-claims";
import { timeOrderedId } from "@thoth/kernel/ids";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { localAccount, localActor } from "../local-person.ts";
import { openMeshAudit } from "../mesh-audit.ts";
import { createServerLog } from "../server-log.ts";
import { loadSettings, type Settings } from "../settings.ts";
import { parsePairs, parseRoles } from "../written-pairs.ts";

export const token: Command = {
  name: "mesh token",
  summary: "Sign a development token that says who asks.",
  usage: "",
  details:
    "Prints the token and nothing else. The key is in the home (keys/), so only this mesh accepts it. For machines that\n" +
    "read for longer, mesh key makes keys that can be revoked.",
  options: {
    as: { type: "string", value: "<name>", description: "Name of the principal. Required." },
    role: { type: "string", value: "<role>", multiple: true, description: "A role; may be given several times." },
    attr: { type: "string", value: "<k=v>", multiple: true, description: "An attribute; may be given several times." },
    product: { type: "string", value: "<domain/product>", multiple: true, description: "All that it may read." },
    purpose: { type: "string", value: "<purpose>", multiple: true, description: "All that it may read for." },
    service: { type: "boolean", description: "For a machine, which is then known as service:<name>." },
    ttl: {
      type: "string",
      value: "<time>",
      description: "How long it is valid: 90s, 15m, 8h, 30d; 8h unless given, 30d at most.",
    },
    hours: { type: "string", value: "<n>", description: "The same in hours." },
  },
  positionals: [0, 0],
  examples: [
    ["mesh token --as convenor --role convenor --attr units=COS10001", "a token for eight hours"],
    [
      "mesh token --as grades --service --product ontrack-learning/units --ttl 15m",
      "for an app that shows one product",
    ],
    ["mesh query '{ units { totalCount } }' --token \"$(mesh token --as me)\"", "ask with it"],
  ],
  run: sign,
};

async function sign(input: CommandInput, effects: Effects): Promise<number> {
  const principal = principalFrom(input);
  const ttlMs = lifetimeOf(input);
  const settings = await loadSettings(effects.cwd, effects.env);
  if (principal.limits !== undefined) await requireKnown(principal.limits, settings);
  const key = await openTokenKey(settings.home);
  const signed = await signToken(principal, { key, now: effects.now(), ttlMs });
  await writeDown(principal, settings, effects);
  effects.out(
    input.json ? `${JSON.stringify({ token: signed, ...principal, hours: ttlMs / 3_600_000 })}\n` : `${signed}\n`,
  );
  return 0;
}

/** @throws MeshError `access/limit-unknown` */
async function requireKnown(limits: CredentialLimits, settings: Settings): Promise<void> {
  const [{ checkLimits }, { accessRules }, { loadDomains }] = await Promise.all([
    import("@thoth/access/agreements/check-limits"),
    import("../access-rules.ts"),
    import("../load-domains.ts"),
  ]);
  checkLimits(limits, accessRules(settings.root, await loadDomains(settings)));
}

/** A token that is on no record is not given away. */
async function writeDown({ name }: Principal, settings: Settings, effects: Effects): Promise<void> {
  await using audit = openMeshAudit(settings, effects, createServerLog(effects));
  const at = effects.now();
  const actor = localActor(localAccount());
  await audit.recorded({ event: "token-issued", at, actor, requestId: timeOrderedId(at), subject: name });
}

function principalFrom(input: CommandInput): Principal {
  const name = input.text("as");
  if (name === undefined || name === "") throw usage(token, "mesh token needs --as <name>");
  const [products, purposes] = [input.texts("product"), input.texts("purpose")];
  const limits = { ...(products.length > 0 && { products }), ...(purposes.length > 0 && { purposes }) };
  const isService = input.flag("service") || name.startsWith(servicePrefix);
  return {
    name: isService && !name.startsWith(servicePrefix) ? `${servicePrefix}${name}` : name,
    kind: isService ? "service" : "person",
    roles: parseRoles(token, input.texts("role")),
    attributes: parsePairs(token, "attr", input.texts("attr")),
    ...(Object.keys(limits).length > 0 && { limits }),
  };
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const longestMs = 30 * 86_400_000;

function lifetimeOf(input: CommandInput): number {
  const [hours, ttl] = [input.text("hours"), input.text("ttl")];
  if (hours !== undefined && ttl !== undefined) throw usage(token, "--hours and --ttl say the same: give one of them");
  if (hours !== undefined) {
    const count = Number(hours);
    if (!(count > 0 && count <= 720)) throw usage(token, "--hours takes a number above 0 and up to 720");
    return count * 3_600_000;
  }
  const [, count, unit = ""] = /^(\d{1,9})([smhd])$/.exec(ttl ?? "8h") ?? [];
  const ms = Number(count) * (unitMs[unit] ?? Number.NaN);
  if (!(ms > 0 && ms <= longestMs))
    throw usage(token, "--ttl takes a time such as 90s, 15m, 8h or 30d, and no more than that");
  return ms;
}
