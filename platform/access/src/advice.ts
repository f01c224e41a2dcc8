import type { ProductModel } from "@thoth/contract/product-model";
import type { Purpose } from "@thoth/contract/read-purposes";
import { approversNamed, needsSecondPerson } from "./agreements/approvers.ts";
import type { Principal } from "./decision.ts";

/** What keeps somebody from seeing more of a product. */
export type Obstacle =
  | { readonly kind: "no-credential" }
  | { readonly kind: "limited-credential" }
  /** One that is not in the council's list. */
  | { readonly kind: "purpose-unknown" }
  /** Agreements for several purposes, of which none was said. */
  | { readonly kind: "purpose-unsaid" }
  /** Agreements that must not be held together. */
  | { readonly kind: "conflict"; readonly agreement: string }
  | { readonly kind: "no-agreement" };

export interface AdviceFacts {
  readonly principal: Principal;
  readonly product: ProductModel;
  /** What the reader said it is for. */
  readonly purpose: string | undefined;
  /** Those that an agreement for this product can be for; undefined where nobody knows. */
  readonly fitting: readonly Pick<Purpose, "id">[] | undefined;
}

/** What somebody does about it: who grants it, and the command that asks. Who has not said who they are is told no names. */
export function adviceFor(obstacle: Obstacle, facts: AdviceFacts): string {
  switch (obstacle.kind) {
    case "no-credential":
      return (
        "Say who you are: send a token or key (`npx mesh token --as <name>` on the machine of the mesh signs one)." +
        (needsAgreement(facts.product)
          ? ` What is confidential needs an agreement besides: \`npx mesh access request ${facts.product.id} --role … --purpose … --reason "…"\`.`
          : "")
      );
    case "limited-credential":
      return "Send a credential without that limit: this one was made for something else.";
    case "purpose-unknown":
      return "Say one of these, or none where you have agreements for one purpose only.";
    case "purpose-unsaid":
      return "Say it: `--purpose` on the command line, the header `x-mesh-purpose` over HTTP, `SET mesh.purpose` in SQL.";
    case "conflict":
      return `Give one back: \`npx mesh access revoke ${obstacle.agreement} --reason "…"\`.`;
    case "no-agreement":
      return howToAsk(facts);
    default:
      return obstacle satisfies never;
  }
}

/** Whether a product has anything that is not open to whoever is known. */
export function needsAgreement({ columns }: ProductModel): boolean {
  return columns.some(({ classification }) => classification === "confidential" || classification === "restricted");
}

function howToAsk({ principal, product, purpose, fitting }: AdviceFacts): string {
  const { id, answeredBy = [] } = product;
  const [first, ...others] = product.roles.map(({ name }) => name);
  const owners = answeredBy.join(", ") || "whoever answers for its domain";
  if (first === undefined) return `Its contract offers no role to ask for: speak with ${owners}.`;
  const ids = fitting?.map((one) => one.id) ?? ["<purpose>"];
  const [likeliest, ...further] = purpose !== undefined && ids.includes(purpose) ? [purpose] : ids;
  if (likeliest === undefined) return `It is granted for no purpose that there is: speak with ${owners}.`;
  const command = `npx mesh access request ${id} --role ${first} --purpose ${likeliest}${asWhom(principal)} --reason "…"`;
  const choices = [choice("role", others), choice("purpose", further)].filter((words) => words !== "");
  const or = choices.length === 0 ? "" : ` (${choices.join("; ")})`;
  return `${grantingWords(product, first)} Ask: \`${command}\`${or}, or \`requestAccess\` in GraphQL.`;
}

function choice(what: string, others: readonly string[]): string {
  return others.length === 0 ? "" : `other ${what}${others.length === 1 ? "" : "s"}: ${others.join(", ")}`;
}

function grantingWords(product: ProductModel, role: string): string {
  const { answeredBy = [] } = product;
  const { 1: first, 2: second } = approversNamed(product, answeredBy, role);
  if (first.length === 0) return "Whoever answers for its domain grants it.";
  const one = first.join(" or ");
  const isOne = !needsSecondPerson({ model: product }, { columns: null, rows: {} }) || second.length === 0;
  return isOne ? `${one} grants it.` : `${one} grants it, and as the second person ${second.join(" or ")}.`;
}

/** On the machine of the mesh one is asked for by the account there, unless told otherwise. */
function asWhom({ name, kind }: Principal): string {
  if (name.startsWith("local:")) return "";
  return ` ${kind === "service" ? "--for" : "--as"} ${quoted(name)}`;
}

function quoted(name: string): string {
  return /^[\w@.:+-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}
