import type { AccessBook } from "@thoth/access/access-book";
import type { Decision, Principal } from "@thoth/access/decision";
import { seesEveryRow } from "@thoth/access/sees-every-row";
import { principalProblem, servicePrefix } from "@thoth/access/token-claims";
import type { ProductModel } from "@thoth/contract/product-model";
import { localPerson } from "../local-person.ts";

/** What decides about whoever is told of publications. */
export interface TellingRules {
  readonly decide: (principal: Principal, model: ProductModel, purpose?: string) => Decision;
  readonly book: Pick<AccessBook, "servicesNamed">;
}

/** Whether a consumer may be told of a product now. */
export interface Telling {
  readonly principal: Principal;
  /** The one that counts: of several credentials the one that lets least through. */
  readonly decision: Decision;
  readonly isAllowed: boolean;
  /** Whether the number of rows may be told. */
  readonly seesEveryRow: boolean;
}

/** Why nobody who is called so can be told; undefined when somebody can. */
export function consumerProblem(consumer: string): string | undefined {
  if (consumer.startsWith("role:"))
    return "a webhook belongs to one person or machine, and roles come with the credentials of each";
  return principalProblem(localPerson(consumer));
}

/**
 * Judged by name for people, whose roles come with credentials that are not here. A machine is never told more than each of
 * its keys that are good now could read, limits and all; without such a key it is told nothing.
 */
export function tellingOf(
  { consumer, purpose }: { readonly consumer: string; readonly purpose: string | null },
  model: ProductModel,
  { decide, book }: TellingRules,
): Telling {
  const person = localPerson(consumer);
  const asked = consumer.startsWith(servicePrefix) ? book.servicesNamed(consumer) : [person];
  const judged = asked.map((principal) => {
    const decision = decide(principal, model, purpose ?? undefined);
    return { principal, decision, isAllowed: mayBeTold(decision, purpose), seesEveryRow: seesEveryRow(decision) };
  });
  const [first] = judged;
  if (first === undefined) return keyless(person, decide(person, model, purpose ?? undefined));
  const least = judged.find(({ isAllowed }) => !isAllowed) ?? first;
  return { ...least, seesEveryRow: judged.every((one) => one.seesEveryRow) };
}

/** For a purpose, only under an agreement. */
function mayBeTold({ readable, agreement }: Decision, purpose: string | null): boolean {
  return readable && (purpose === null || agreement !== null);
}

function keyless(principal: Principal, open: Decision): Telling {
  const name = principal.name.slice(servicePrefix.length);
  const decision = {
    ...open,
    readable: false,
    reasons: [`${principal.name} has no service key that is good`],
    advice: `\`npx mesh key add ${name}\` makes one.`,
  };
  return { principal, decision, isAllowed: false, seesEveryRow: false };
}
