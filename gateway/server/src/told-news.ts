import { auditRead } from "@thoth/access/audit/audit-read";
import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import type { Decision } from "@thoth/access/decision";
import type { ProductModel } from "@thoth/contract/product-model";
import type { Clock } from "@thoth/kernel/clock";
import { orRefuse } from "./audit-operations.ts";
import type { GatewayContext } from "./request-context.ts";

interface Heard {
  readonly model: ProductModel;
  readonly decision: Decision;
  readonly context: GatewayContext;
  news: number;
}

/** Writes down of which products somebody who subscribes hears, and how often: when that begins, and when it has ended. */
export class ToldNews implements Disposable {
  readonly #trail: AuditTrail | undefined;
  readonly #requestId: string;
  readonly #clock: Clock;
  readonly #heard = new Map<string, Heard>();

  constructor(trail: AuditTrail | undefined, requestId: string, clock: Clock) {
    this.#trail = trail;
    this.#requestId = requestId;
    this.#clock = clock;
  }

  /**
   * Call it before there are news of the products, and wait for what it returns; those that have begun stay as they are.
   * @throws GraphQLError `access/audit-unavailable`
   */
  async begin(models: readonly ProductModel[], context: GatewayContext): Promise<void> {
    for (const model of models) {
      if (this.#heard.has(model.id)) continue;
      const heard = { model, decision: context.decide(model), context, news: 0 };
      await orRefuse(this.#tell(heard, "begun", null));
      this.#heard.set(model.id, heard);
    }
  }

  async refused(model: ProductModel, context: GatewayContext, code: string): Promise<void> {
    await this.#tell({ model, decision: context.decide(model), context, news: 0 }, { refused: code }, 0);
  }

  count(id: string): void {
    const heard = this.#heard.get(id);
    if (heard !== undefined) heard.news += 1;
  }

  [Symbol.dispose](): void {
    for (const heard of this.#heard.values()) void this.#tell(heard, "allowed", heard.news)?.catch(() => undefined);
    this.#heard.clear();
  }

  #tell(
    { model, decision, context }: Heard,
    outcome: "begun" | "allowed" | { readonly refused: string },
    rows: number | null,
  ): Promise<void> | undefined {
    const { principal, purpose } = context;
    const now = this.#clock();
    const reads = [{ model, columns: [], decision }];
    const requestId = this.#requestId;
    return auditRead(this.#trail, { principal, purpose, port: "graphql", reads, requestId, outcome, rows, now });
  }
}
