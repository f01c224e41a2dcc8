import { randomBytes } from "node:crypto";
import { type AccessRecords, type AccessWrite, openAccessRecords } from "@thoth/control/access-records";
import type { ControlPlane } from "@thoth/control/control-plane";
import type { Clock } from "@thoth/kernel/clock";
import { timeOrderedId } from "@thoth/kernel/ids";
import { isMeshError, type MeshError } from "@thoth/kernel/mesh-error";
import type { Agreement } from "../agreement.ts";
import type { AccessEntry, RefusalEntry } from "../audit/audit-entry.ts";
import { accessError } from "../errors.ts";
import type { AccessAnswer, AccessCall, AgreementStory } from "./access-call.ts";
import type { Actor, AgreementRules } from "./agreement-rules.ts";
import { approveAgreement } from "./approve-agreement.ts";
import { rejectAgreement, revokeAgreement } from "./end-agreement.ts";
import { answerKeyCall, isKeyCall, keyMakers } from "./key-desk.ts";
import type { ChangeEnforcer } from "./projected-files.ts";
import { requestAgreement } from "./request-agreement.ts";

export interface AccessDeskParts {
  readonly control: ControlPlane;
  /** Puts in force what has been recorded. */
  readonly projection: ChangeEnforcer;
  readonly clock: Clock;
  readonly rules: () => Promise<AgreementRules>;
  /** Told of every change before it counts, and then nothing is changed when it rejects; and of every refusal. */
  readonly audit?: (entry: AccessEntry | RefusalEntry) => void | Promise<void>;
}

/**
 * Does what is asked about agreements and keys. A change counts in this process and all others of the home within a second.
 * @throws MeshError `access/agreement-…`, `access/key-…`
 */
export async function answerAccess<Call extends AccessCall>(
  call: Call,
  parts: AccessDeskParts,
): Promise<AccessAnswer<Call>> {
  try {
    return (await answer(call, parts)) as AccessAnswer<Call>;
  } catch (failure) {
    if ("actor" in call && isMeshError(failure)) await noteRefusal(call.actor, failure, parts);
    throw failure;
  }
}

/** What is refused stays refused, whether or not that could be written down. */
async function noteRefusal(actor: Actor, { code }: MeshError, { clock, audit }: AccessDeskParts): Promise<void> {
  const at = clock();
  const port = actor.authenticated === "account" ? "cli" : "graphql";
  try {
    await audit?.({ event: "refusal", at, actor, requestId: timeOrderedId(at), port, code });
  } catch (trouble) {
    // The trail tells the log itself.
    if (!isMeshError(trouble)) throw trouble;
  }
}

async function answer(call: AccessCall, parts: AccessDeskParts): Promise<AccessAnswer<AccessCall>> {
  if (isKeyCall(call)) return answerKeyCall(call, parts);
  const records = openAccessRecords<Agreement>(parts.control, "agreement", parts.clock);
  switch (call.do) {
    case "list":
      return records.list();
    case "show":
      return story(records, call.id);
    default:
      return change(call, records, parts);
  }
}

async function story(records: AccessRecords<Agreement>, id: string): Promise<AgreementStory> {
  const agreement = agreementNamed(await records.list(), id);
  const history = await records.history(id);
  return { agreement, history: history.map(({ entry: _, ...event }) => event) };
}

type AgreementChange = Extract<AccessCall, { readonly do: "request" | "grant" | "reject" | "revoke" }>;

async function change(
  call: AgreementChange,
  records: AccessRecords<Agreement>,
  parts: AccessDeskParts,
): Promise<Agreement> {
  const rules = await parts.rules();
  const now = parts.clock();
  const makers = call.do === "request" ? await keyMakers([call.actor.name, call.request.consumer], parts) : [];
  const [changed] = await records.change(
    (known) => [decideOn(call, { known, rules, keyMakers: makers, now })],
    async ([write]) => {
      if (write !== undefined) await parts.audit?.(auditEntry(write, call.actor, now));
    },
  );
  if (changed === undefined) throw new Error("every change writes one agreement");
  await parts.projection.enforce();
  return changed;
}

interface Known {
  readonly known: readonly Agreement[];
  readonly rules: AgreementRules;
  readonly keyMakers: readonly string[];
  readonly now: number;
}

function decideOn(call: AgreementChange, { known, rules, keyMakers, now }: Known): AccessWrite<Agreement> {
  const actor = call.actor.name;
  switch (call.do) {
    case "request": {
      const id = `ag_${randomBytes(5).toString("hex")}`;
      const entry = requestAgreement(call.request, call.actor, { id, rules, known, keyMakers, now });
      return { entry, action: "requested", actor, reason: entry.reason };
    }
    case "grant": {
      const { agreement, action } = approveAgreement(agreementNamed(known, call.id), call.actor, { rules, now });
      return { entry: agreement, action, actor, reason: "" };
    }
    case "reject":
    case "revoke": {
      const end = call.do === "reject" ? rejectAgreement : revokeAgreement;
      const entry = end(agreementNamed(known, call.id), call.actor, { reason: call.reason, rules, now });
      return { entry, action: entry.status, actor, reason: entry.ended?.reason ?? "" };
    }
    default:
      return call satisfies never;
  }
}

function agreementNamed(known: readonly Agreement[], id: string): Agreement {
  const found = known.find((one) => one.id === id);
  if (found === undefined) throw accessError["agreement-unknown"]({ id });
  return found;
}

const auditEvents: Readonly<Record<string, AccessEntry["event"]>> = {
  requested: "agreement-requested",
  approved: "agreement-approved",
  reassessed: "agreement-approved",
  granted: "agreement-granted",
  rejected: "agreement-rejected",
  revoked: "agreement-revoked",
};

function auditEntry({ entry, action }: AccessWrite<Agreement>, actor: Actor, at: number): AccessEntry {
  const event = auditEvents[action] ?? "agreement-approved";
  const { id: subject, product, purpose } = entry;
  return { event, at, actor, requestId: timeOrderedId(at), subject, product, purpose };
}
