import { openAccessBook } from "@thoth/access/access-book";
import type { Agreement } from "@thoth/access/agreement";
import { termsOf } from "@thoth/access/agreements/agreement-rules";
import { decide } from "@thoth/access/decide";
import { anonymous, type Decision, type Principal } from "@thoth/access/decision";
import type { ProductModel } from "@thoth/contract/product-model";
import type { Purpose } from "@thoth/contract/read-purposes";
import { explainDecision, explanationJson } from "../access-explanation.ts";
import { accessRules } from "../access-rules.ts";
import { personAsking, personOptions } from "../asking-person.ts";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { loadDomains } from "../load-domains.ts";
import { localPerson } from "../local-person.ts";
import { loadSettings, type Settings } from "../settings.ts";

export const accessExplain: Command = {
  name: "mesh access explain",
  summary: "Say what somebody sees of a product, and why.",
  usage: "<domain/product>",
  details: "Decides as every port does, by the agreements there are, and reads no data.",
  options: {
    ...personOptions,
    anonymous: { type: "boolean", description: "Somebody who gives no credential." },
    purpose: {
      type: "string",
      value: "<purpose>",
      description: "What for; the only one that is granted when left out.",
    },
    major: {
      type: "string",
      value: "<n>",
      description: "Major version of the contract; the current one when left out.",
    },
  },
  positionals: [1, 1],
  examples: [
    ["mesh access explain ontrack-learning/student-progress --as ada", "what ada sees, for her only purpose"],
    [
      "mesh access explain ontrack-learning/student-progress --role tutor --attr units=COS10001 --purpose learning-research",
      "as somebody with a role and attributes",
    ],
  ],
  run: explain,
};

async function explain(input: CommandInput, effects: Effects): Promise<number> {
  const [product = ""] = input.positionals;
  const settings = await loadSettings(effects.cwd, effects.env);
  const rules = accessRules(settings.root, await loadDomains(settings));
  const major = input.wholeNumber("major", { min: 0, max: 10_000 });
  const { model } = termsOf(rules, product, major);
  const principal = principalFrom(input);
  const decision = decideHere(model, {
    principal,
    purpose: input.text("purpose"),
    purposes: rules.purposes,
    settings,
    effects,
  });
  if (input.json) effects.out(`${JSON.stringify(explanationJson(model, principal, decision), null, 2)}\n`);
  else effects.out(explainDecision(model, principal, decision));
  return 0;
}

function principalFrom(input: CommandInput): Principal {
  const person = personAsking(accessExplain, input);
  if (!input.flag("anonymous")) return person ?? localPerson();
  if (person === undefined) return anonymous;
  throw usage(accessExplain, "--anonymous is nobody in particular: it goes with none of --as, --role and --attr");
}

interface Asked {
  readonly principal: Principal;
  readonly purpose: string | undefined;
  readonly purposes: readonly Purpose[];
  readonly settings: Settings;
  readonly effects: Effects;
}

function decideHere(model: ProductModel, { principal, purpose, purposes, settings, effects }: Asked): Decision {
  const clock = effects.now;
  using book = openAccessBook({
    home: settings.home,
    clock,
    onTrouble: (failure) => {
      throw failure;
    },
  });
  const agreements: readonly Agreement[] = book.agreementsFor(principal, model.id);
  return decide(principal, model, purpose, { agreements, purposes, now: clock() });
}
