import type { AccessRequest } from "@thoth/access/agreements/request-agreement";
import { agreementJson } from "../agreement-text.ts";
import { askAccess } from "../ask-access.ts";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { localAccount, localActor } from "../local-person.ts";
import { loadSettings } from "../settings.ts";
import { waitingFor, waitingWords } from "../waiting-for.ts";
import { parseMoment, untilWords } from "../written-moment.ts";
import { parsePairs } from "../written-pairs.ts";

export const accessRequest: Command = {
  name: "mesh access request",
  summary: "Ask to read what is confidential or restricted, for a purpose and a time.",
  usage: "<domain/product>",
  details:
    "What a role shows stands in the product's contract; purposes are in contracts/policies/purposes.yaml. Who grants the\n" +
    "role is named there, too: somebody else than who asks, and two people where columns are restricted.",
  options: {
    purpose: { type: "string", value: "<purpose>", description: "What it is for: learning-research. Required." },
    role: { type: "string", value: "<role>", description: "A role of the contract. Required." },
    reason: { type: "string", value: "<text>", description: "Why, in a sentence or two. Required." },
    for: {
      type: "string",
      value: "<consumer>",
      description: "Who is to read: a name, service:<name> or role:<name>; you when left out.",
    },
    as: { type: "string", value: "<name>", description: "Who asks; your user name when left out." },
    column: {
      type: "string",
      value: "<column>",
      multiple: true,
      description: "Only these columns of what the role shows.",
    },
    rows: {
      type: "string",
      value: "<column=a,b>",
      multiple: true,
      description: "Only rows with these values: unit_code=COS10001,COS20007",
    },
    from: {
      type: "string",
      value: "<day>",
      description: "From the beginning of that day in UTC, a time with zone, or 7d; now when left out.",
    },
    until: {
      type: "string",
      value: "<day>",
      description:
        "Until the end of that day in UTC, a time with zone, or 90d; as long as the purpose allows when left out.",
    },
    major: {
      type: "string",
      value: "<n>",
      description: "Major version of the contract; the current one when left out.",
    },
  },
  positionals: [1, 1],
  examples: [
    [
      'mesh access request ontrack-learning/student-progress --role learning-analyst --purpose learning-research --reason "Study 12"',
      "as yourself, for as long as the purpose allows",
    ],
    [
      'mesh access request ontrack-learning/student-progress --role unit-researcher --purpose learning-research --for ada --until 90d --rows unit_code=COS10001 --reason "Study 12"',
      "for ada, for ninety days, of one unit",
    ],
  ],
  run: request,
};

async function request(input: CommandInput, effects: Effects): Promise<number> {
  const actor = localActor(input.text("as") ?? localAccount());
  const asked = readRequest(input, effects.now());
  const agreement = await askAccess(
    { do: "request", actor, request: { ...asked, consumer: asked.consumer || actor.name } },
    effects,
  );
  const waitsFor = await waitingFor(agreement, await loadSettings(effects.cwd, effects.env));
  if (input.json) effects.out(`${JSON.stringify({ ...agreementJson(agreement, effects.now()), waitsFor }, null, 2)}\n`);
  else
    effects.out(
      `${agreement.id}: ${agreement.consumer} asks for ${agreement.product} as ${agreement.role}, ${untilWords(agreement.until)}.\n` +
        `It waits for ${waitingWords(waitsFor)}: mesh access grant ${agreement.id}\n`,
    );
  return 0;
}

function readRequest(input: CommandInput, now: number): AccessRequest {
  const [product = ""] = input.positionals;
  const required = (name: string) => {
    const text = input.text(name)?.trim();
    if (text === undefined || text === "") throw usage(accessRequest, `mesh access request needs --${name}`);
    return text;
  };
  const moment = (name: "from" | "until") => {
    const text = input.text(name);
    if (text === undefined) return undefined;
    const at = parseMoment(text, now, name === "from" ? "start" : "end");
    if (at === undefined)
      throw usage(accessRequest, `--${name} ${text} is no day such as 2026-12-31, no time with a zone, and no 90d`);
    return at;
  };
  const columns = input.texts("column");
  const rows = Object.entries(parsePairs(accessRequest, "rows", input.texts("rows")));
  const [from, until] = [moment("from"), moment("until")];
  const major = input.wholeNumber("major", { min: 0, max: 10_000 });
  return {
    consumer: input.text("for") ?? "",
    product,
    purpose: required("purpose"),
    role: required("role"),
    columns: columns.length === 0 ? null : columns,
    rows: Object.fromEntries(rows.map(([column, values]) => [column, values.split(",").filter((one) => one !== "")])),
    ...(from !== undefined && { from }),
    ...(until !== undefined && { until }),
    ...(major !== undefined && { major }),
    reason: required("reason"),
  };
}
