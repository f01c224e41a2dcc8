import { auditRead } from "@thoth/access/audit/audit-read";
import type { ProductModel } from "@thoth/contract/product-model";
import { findMeshError } from "@thoth/kernel/error-chain";
import type { GatewayOptions } from "@thoth/subgraph/served-graph";
import { type Asking, type ChoiceParts, type FileChoice, findModel } from "./file-choice.ts";
import type { ProductAddress } from "./file-request.ts";

/** What the audit trail hears of one file. */
export class FileAudit {
  readonly #parts: Pick<GatewayOptions, "audit" | "clock">;
  readonly #requestId: string;
  #asked: { readonly model: ProductModel; readonly asking: Asking; readonly choices: ChoiceParts } | undefined;
  #choice: FileChoice | undefined;
  /** Whether the last byte has left. */
  isSent = false;

  constructor(parts: Pick<GatewayOptions, "audit" | "clock">, requestId: string) {
    this.#parts = parts;
    this.#requestId = requestId;
  }

  /** @throws MeshError `gateway/unknown-product`, `gateway/retired` */
  begin(address: ProductAddress, asking: Asking, choices: ChoiceParts): void {
    this.#asked = { model: findModel(choices.catalog, address), asking, choices };
  }

  choose(choice: FileChoice): void {
    this.#choice = choice;
  }

  /** @throws MeshError `access/audit-unavailable` */
  async tell(outcome: "begun" | "allowed", rows: number | null): Promise<void> {
    await this.#write(outcome, rows);
  }

  /** Notes that somebody asked for what they may not have. */
  async refuse(failure: unknown): Promise<void> {
    const code = findMeshError(failure)?.code;
    const isAboutAccess = code?.startsWith("access/") === true && code !== "access/audit-unavailable";
    if (isAboutAccess) await this.#write({ refused: code }, 0);
  }

  async #write(outcome: "begun" | "allowed" | { readonly refused: string }, rows: number | null): Promise<void> {
    if (this.#asked === undefined) return;
    const { model, asking, choices } = this.#asked;
    const { principal, purpose } = asking;
    const decision = this.#choice?.decision ?? choices.decide(principal, model, purpose);
    const read = { model, columns: this.#choice?.plan.reads ?? [], decision, snapshot: this.#choice?.snapshot.id };
    const request = { principal, purpose, port: "files", reads: [read], requestId: this.#requestId } as const;
    await auditRead(this.#parts.audit, { ...request, outcome, rows, now: this.#parts.clock() });
  }
}
