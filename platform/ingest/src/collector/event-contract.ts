import { schemaObjects } from "@thoth/contract/contract-parts";
import type { Property, SchemaObject } from "@thoth/contract/generated/odcs";
import { readContract } from "@thoth/contract/parse-contract";
import { readContractText } from "@thoth/contract/read-contract-file";
import { ingestError } from "../errors.ts";
import { type CloudEvent, type EventProblem, parseTime } from "./cloud-event.ts";
import { compileShape } from "./event-shape.ts";

/** What a domain takes in through the collector: one object of an ODCS contract whose properties are an event's attributes. */
export interface EventContract {
  /** Values of `type`, from the contract's `enum`. */
  readonly types: readonly string[];
  /**
   * Why an event does not fit, the gravest reason first; undefined when it does. What the contract does not declare is
   * taken out of `data`, so that it is never kept.
   */
  judge(event: CloudEvent): EventProblem | undefined;
  /** Whether what an event says may be kept although it does not fit: its user agreed, and we may hold it. */
  mayBeKept(event: CloudEvent): boolean;
}

/**
 * @param file relative to the root, with `/`
 * @throws MeshError `contract/invalid`, `contract/unreadable`, `ingest/event-contract`
 */
export function readEventContract(root: string, file: string): EventContract {
  const { contract } = readContract(readContractText(root, file), file);
  const [object] = schemaObjects(contract);
  const type = property(object?.value, "type");
  if (object === undefined || type?.enum === undefined)
    throw ingestError["event-contract"]({ file, problem: "names no values of `type`" }, { at: { file } });
  const highest = property(object.value, "data")?.classification ?? "internal";
  if (!ranks.includes(highest))
    throw ingestError["event-contract"]({ file, problem: "does not classify `data`" }, { at: { file } });
  const consent = object.value.customProperties?.find((custom) => custom.property === "consent")?.value;
  const gates = [
    (event: CloudEvent) => judgeClassification(event, highest),
    ...(typeof consent === "string" ? [(event: CloudEvent) => judgeConsent(event, consent)] : []),
  ];
  const judgeShape = compileShape(object.value, file);
  const atGate = (event: CloudEvent) => gates.map((gate) => gate(event)).find((problem) => problem !== undefined);
  return {
    types: type.enum.map(({ value }) => String(value)),
    judge: (event) => atGate(event) ?? judgeShape(event),
    mayBeKept: (event) => atGate(event) === undefined,
  };
}

function property(owner: SchemaObject | undefined, name: string): Property | undefined {
  return owner?.properties?.find((candidate) => candidate.name === name);
}

const ranks: readonly string[] = ["public", "internal", "confidential", "restricted"];

/** @source CloudEvents extension dataclassification: who cannot honour it has to refuse the event */
function judgeClassification({ dataclassification }: CloudEvent, highest: string): EventProblem | undefined {
  const path = "dataclassification";
  if (dataclassification === undefined) return undefined;
  const rank = ranks.indexOf(dataclassification);
  if (rank >= 0 && rank <= ranks.indexOf(highest)) return undefined;
  const message = `Data classified ${JSON.stringify(dataclassification)} may not be held here, only up to ${highest}`;
  return { code: "classification", message, path };
}

/** Consent is `{ version, granted_at }`, given before the event. Nobody was asked when it is missing, and that is a no. */
function judgeConsent(event: CloudEvent, path: string): EventProblem | undefined {
  const consent = path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], event);
  const { version, granted_at: grantedAt } = (consent ?? {}) as Record<string, unknown>;
  const granted = typeof grantedAt === "string" ? parseTime(grantedAt) : undefined;
  const happened = event.time === undefined ? undefined : parseTime(event.time);
  if (typeof version === "string" && version !== "" && granted !== undefined)
    if (happened === undefined || granted <= happened) return undefined;
  return { code: "consent", message: "The event does not show consent that was given before it", path };
}
