import { nearestName } from "@thoth/contract/spelling";
import { defineErrors } from "@thoth/kernel/mesh-error";

export const accessError = defineErrors("access", {
  "product-denied": (p: { product: string; reasons?: readonly string[]; advice?: string | undefined }) => ({
    message: `${p.product} may not be read with this identity${p.reasons?.length ? `: ${p.reasons.join("; ")}` : ""}`,
    hint: p.advice ?? howToAsk(p),
  }),
  "aggregates-only": (p: { product: string; dimensions: readonly string[]; people: number }) => ({
    message: `Rows of ${p.product} may not be read with this identity, only numbers over groups of at least ${p.people} people`,
    hint: `Ask for sums, means and counts, grouped and filtered by ${p.dimensions.join(", ")}.`,
  }),
  "past-denied": (p: { product: string }) => ({
    message: `Only the current state of ${p.product} may be read with this identity`,
    hint: "People in older states may have withdrawn their consent since. Read on from the beginning, without `snapshot`.",
  }),
  "column-denied": (p: { product: string; column: string; use: string; advice?: string | undefined }) => ({
    message: `column ${p.column} of ${p.product} may not be used in ${p.use} with this identity`,
    hint: `Leave the column out, or see to it first: ${p.advice ?? howToAsk(p)}`,
  }),
  "token-expired": (p: { expiredAt: string }) => ({
    message: `The token expired at ${p.expiredAt}`,
    hint: "Ask for a new one: `mesh token --as <name>` on the machine of the mesh, or the app that gave it to you.",
  }),
  "token-invalid": (p: { reason: string }) => ({
    message: `The token is not valid: ${p.reason}`,
    hint: "Send a token of this mesh, whole and unchanged, as `Authorization: Bearer <token>`.",
  }),
  "token-not-yet-valid": (p: { validFrom: string }) => ({
    message: `The token is not valid before ${p.validFrom}`,
    hint: "Wait until then; if that is past by your clock, correct the clock of whoever issued it, or of this machine.",
  }),
  "token-algorithm": () => ({
    message: "The token is signed in a way that is not accepted here",
    hint: "Ask for a new one: tokens of this mesh are signed with EdDSA (`mesh token --as <name>`), those of an issuer as its settings allow.",
  }),
  "token-audience": () => ({
    message: "The token is meant for somebody else (aud)",
    hint: "Ask its issuer for one whose audience is this mesh.",
  }),
  "token-issuer": () => ({
    message: "The token is of an issuer that this mesh does not trust (iss)",
    hint: "Ask for one of an issuer that does: `mesh token --as <name>` on the machine of the mesh, or one of those in MESH_ISSUERS.",
  }),
  "token-key-unknown": () => ({
    message: "The token is signed with a key that its issuer does not publish",
    hint: "Ask for a new token. If its issuer has just changed its keys, wait half a minute and send it again.",
  }),
  "token-unverifiable": (p: { reason: string }) => ({
    message: `The token cannot be verified now: ${p.reason}`,
    hint: "Send it again in half a minute; if it stays, tell the operators that its issuer's keys cannot be fetched.",
  }),
  "token-too-long": (p: { limit: number }) => ({
    message: `The token is longer than ${p.limit} characters`,
    hint: "Ask its issuer for one with fewer claims: groups and roles that this mesh does not need.",
  }),
  "token-revoked": () => ({
    message: "The service key is not valid any more",
    hint: "Use the key that took its place, or ask the operators for one: `mesh key add <name>`.",
  }),
  "agreement-anonymous": () => ({
    message: "Nobody can be granted anything without being known",
    hint: "Send a token or a key: `mesh token --as <name>` makes one on the machine of the mesh.",
  }),
  "agreement-limited": () => ({
    message: "This credential is limited to certain products or purposes, so it can read and nothing else",
    hint: "Send a token of your own, without limits.",
  }),
  "agreement-product-unknown": (p: { product: string; known: readonly string[] | undefined }) => ({
    message: `There is no product ${p.product}`,
    hint:
      p.known === undefined
        ? "Ask for a major version that is served; `dataProduct(id) { versions { major } }` tells which."
        : `${guess(p.product, p.known)}There are ${p.known.join(", ")}.`,
  }),
  "agreement-purpose-unknown": (p: { purpose: string; known: readonly string[] }) => ({
    message: `${p.purpose} is no purpose that data may be used for`,
    hint: `${guess(p.purpose, p.known)}contracts/policies/purposes.yaml lists them: ${p.known.join(", ") || "there is none yet"}.`,
  }),
  "agreement-role-unknown": (p: { role: string; product: string; known: readonly string[] }) => ({
    message: `The contract of ${p.product} offers no role ${p.role}`,
    hint:
      p.known.length === 0
        ? "It offers none: ask its owner."
        : `${guess(p.role, p.known)}It offers ${p.known.join(", ")}.`,
  }),
  "agreement-column-unknown": (p: { column: string; product: string; known: readonly string[] }) => ({
    message: `${p.product} has no column ${p.column}`,
    hint: `${guess(p.column, p.known)}Its columns are ${p.known.join(", ")}.`,
  }),
  "agreement-empty": (p: { what: string }) => ({
    message: `No ${p.what} are named, so there would be nothing to see`,
    hint: "Name at least one, or leave it out: then nothing limits it.",
  }),
  "agreement-consumer": () => ({
    message: "It does not say who is to read",
    hint: "Write a name such as `ada`, a machine such as `service:grade-dashboard`, or a role such as `role:learning-researcher`.",
  }),
  "agreement-time": (p: { problem: string }) => ({
    message: `It cannot be granted for this time: ${p.problem}`,
    hint: "Leave the times out to have it from now on for as long as the purpose allows; ask again before it ends.",
  }),
  "agreement-reason": (p: { longest: number }) => ({
    message: `A reason is missing, or is longer than ${p.longest} characters`,
    hint: "Say in a sentence or two why: it stays on the record.",
  }),
  "agreement-characters": (p: { what: string }) => ({
    message: `It holds characters that steer a terminal or are not seen: ${p.what}`,
    hint: "Leave them out: agreements are shown on terminals, in logs and on the record.",
  }),
  "agreement-rows-twice": (p: { column: string }) => ({
    message: `The rows are limited by ${p.column} twice`,
    hint: "Name the column once, with all values that its rows may have.",
  }),
  "agreement-useless": (p: { product: string; reasons: readonly string[] }) => ({
    message: `Nothing of ${p.product} would be opened by this: ${p.reasons.join("; ")}`,
    hint: `Ask for another purpose, role or list of columns; \`npx mesh access explain ${p.product}\` shows what you see now.`,
  }),
  "agreement-asked": (p: { id: string }) => ({
    message: `The same has been asked for and waits for an answer: ${p.id}`,
    hint: `Wait for it, or take it back first: \`mesh access revoke ${p.id} --reason …\`.`,
  }),
  "agreement-too-large": (p: { longest: number }) => ({
    message: `What is asked for takes more than ${p.longest} characters to write down`,
    hint: "Name fewer columns and values. Rows that belong to each reader are for a role with a rule about attributes.",
  }),
  "agreement-too-many": (p: { most: number }) => ({
    message: `You have ${p.most} requests that wait for an answer already`,
    hint: "Take back those that you do not need any more.",
  }),
  "agreement-too-often": (p: { most: number }) => ({
    message: `You have asked ${p.most} times within a day, and that is the most`,
    hint: "Ask tomorrow, and for more at a time: one agreement may be for many columns and rows, or for a role.",
  }),
  "agreement-unknown": (p: { id: string }) => ({
    message: `There is no agreement ${p.id}`,
    hint: "`mesh access list` shows them with their ids.",
  }),
  "agreement-closed": (p: { id: string; state: string }) => ({
    message: `Agreement ${p.id} cannot be changed any more: it is ${p.state}`,
    hint: "Ask anew: `mesh access request`. What was decided stays on the record.",
  }),
  "agreement-own": (p: { id: string; waitsFor: readonly string[] }) => ({
    message: `Nobody grants what they asked for themselves, or what is for themselves: ${p.id}`,
    hint: `Let another one of those who may grant it do so: ${[...new Set(p.waitsFor)].join(", ")}.`,
  }),
  "agreement-not-yours": (p: { id: string; waitsFor: readonly string[] }) => ({
    message: `It is not for you to decide about ${p.id}`,
    hint:
      p.waitsFor.length === 0
        ? "Who answers for its domain decides about it."
        : `That is for ${[...new Set(p.waitsFor)].join(", ")}. On the machine of the mesh, \`--as <account>\` says who you are there. With a token, its name must be that account, or it must have the role account:<name>; and nobody approves who shares an account with somebody who has.`,
  }),
  "agreement-desk-closed": () => ({
    message: "Agreements cannot be changed from here now: the process that keeps them does not run",
    hint: "Start `mesh up` on this home, or use `mesh access` on its machine.",
  }),
  "limit-unknown": (p: { what: "product" | "purpose"; name: string; known: readonly string[] }) => ({
    message: `There is no ${p.what} ${p.name}: a credential that is limited to it would open nothing`,
    hint: `${guess(p.name, p.known)}There are ${p.known.join(", ") || "none yet"}.`,
  }),
  "key-unknown": (p: { id: string }) => ({
    message: `There is no service key ${p.id}`,
    hint: "`mesh key list` shows them with their ids; the one that begins a key's text, `mk_<id>_…`, is meant.",
  }),
  "key-over": (p: { id: string; state: "revoked" | "expired" | "replaced"; by?: string | undefined }) => ({
    message:
      p.state === "revoked"
        ? `The service key ${p.id} has been revoked already: it is not good any more`
        : p.state === "expired"
          ? `The service key ${p.id} has expired: it is not good any more`
          : `The service key ${p.id} has been replaced already`,
    hint:
      p.by === undefined
        ? "There is nothing more to end. If its machine is to read on, make a new one: `mesh key add <name>`."
        : `${p.by} took its place: \`mesh key rotate ${p.by}\` replaces that one.`,
  }),
  "key-terms": (p: { problem: string }) => ({
    message: `No service key can be made like this: ${p.problem}`,
    hint: "Write its name in lower case with hyphens, such as grade-dashboard, and an end that lies ahead.",
  }),
  "issuer-settings": (p: { problem: string; where: string }) => ({
    message: `${p.where} cannot be followed: ${p.problem}`,
    hint: 'Write issuers as [{ "issuer": "https://…", "audience": "mesh", "claims": { "name": "preferred_username", "roles": "realm_access.roles" } }]; docs/access.md explains every setting.',
  }),
  "book-unreadable": (p: { file: string; reason: string }) => ({
    message: `Nobody is allowed more than what is open to everybody: ${p.file} cannot be relied on, as ${p.reason}`,
    hint: "Start `mesh up` on this home, or change any agreement or key: the process that has the control plane writes the file anew. If others may have written it, say `chmod 600` first.",
  }),
  "change-not-in-force": (p: { reason: string; closed: boolean }) => ({
    message: `The change is recorded, but the files that every process follows could not be written: ${p.reason}. ${
      p.closed
        ? "Until they can be, nobody reads what takes an agreement, and no service key is good"
        : "They could not be taken away either, so what was allowed before still is"
    }`,
    hint: "If something was revoked that must not be read any longer, stop the mesh. Make room on the disk, or let the user of the mesh write the home's folder `access`. A running mesh then tries again by itself; otherwise start `mesh up`. Do not ask for the change again: it is made.",
  }),
  "principal-invalid": (p: { problem: string }) => ({
    message: `Nobody can be given a token like this: ${p.problem}`,
    hint: "Give a name, roles and attributes as text, no more of them than are needed, and a lifetime of at least a second.",
  }),
  "key-exposed": (p: { file: string; mode: string }) => ({
    message: `The key file ${p.file} can be read by others (mode ${p.mode})`,
    hint: `Run \`chmod 600 ${p.file}\`. If others may have read it, delete it instead: a new key is made, and what the old one signed is void.`,
  }),
  "signing-key-gone": (p: { file: string }) => ({
    message: `No token of this mesh is good now: ${p.file}, which signs them, is not there any more`,
    hint: "Who wanted that need do nothing: `mesh token` makes a new one, and the old tokens stay void. Otherwise restore the file from a backup.",
  }),
  "key-malformed": (p: { file: string }) => ({
    message: `The key file ${p.file} does not hold a key of 64 hexadecimal digits`,
    hint: "Restore it from a backup, or delete it: a new key is made, and what the old one signed or pseudonymised no longer matches.",
  }),
  "key-unreadable": (p: { file: string; reason: string }) => ({
    message: `The key file ${p.file} cannot be read or made: ${p.reason}`,
    hint: "Give this user the right to read and write there, or point MESH_HOME at a folder of its own.",
  }),
  "audit-unavailable": (p: { reason: string }) => ({
    message: `Nothing protected can be read now, because the audit trail cannot be written (${p.reason})`,
    hint: "Try again later. Whoever runs the mesh: look at disk space and at the rights of `audit/` in its home; `mesh doctor` says more.",
    retryAfterMs: 5_000,
  }),
  "audit-damaged": (p: { folder: string }) => ({
    message: `Nothing old is removed from the audit trail in ${p.folder}: its note of earlier removals is not as it was signed`,
    hint: "Run `mesh doctor`; it names everything in the trail that was changed. Restore the file from a backup.",
  }),
  "sql-too-large": (p: { what: string }) => ({
    message: `The statement is ${p.what}`,
    hint: "Ask for less at once, or in several statements.",
  }),
  "sql-unknown-table": (p: { table: string; searched: string; hint: string }) => ({
    message: `There is no table ${p.table}${p.searched}`,
    hint: p.hint,
  }),
  "sql-ambiguous-table": (p: { table: string; names: readonly string[] }) => ({
    message: `The table ${p.table} could be any of ${p.names.join(", ")}`,
    hint: `Write the schema before the name: ${p.names[0]}.`,
  }),
  "sql-construct-refused": (p: { what: string }) => ({
    message: `${p.what} cannot be used here`,
    hint: "A statement is one SELECT over published products; joins, subqueries, WITH, windows and set operations all work.",
  }),
  "sql-aggregates-only": (p: { table: string; problem: string; hint: string }) => ({
    message: `Of ${p.table} only sums over groups of people may be read: ${p.problem}`,
    hint: p.hint,
  }),
  "sql-hidden-failure": (p: { what: string }) => ({
    message: p.what,
    hint: "Which value it was is not said, since some rows are hidden from you. try_cast(…) and try(…) give null instead.",
  }),
  "sql-timeout": (p: { ms: number }) => ({
    message: `The statement took longer than ${Math.round(p.ms / 100) / 10} s and was stopped`,
    hint: "Filter earlier, or ask for less at once.",
  }),
  "sql-row-too-large": (p: { mebibytes: number }) => ({
    message: `A row of the result is larger than ${p.mebibytes} MiB`,
    hint: "Ask for shorter texts and lists, or for more rows in place of lists.",
  }),
  "sql-too-many-rows": (p: { rows: number }) => ({
    message: `The result has more than ${p.rows} rows`,
    hint: "Aggregate or filter it, add a LIMIT, or fetch the product as a file.",
  }),
  /** `list` stands behind the type when the value is an item: `[]`. */
  "sql-parameter-value": (p: { parameter: string; type: string; whole: string; value: string }) => ({
    message: `The value of ${p.parameter} is no ${p.type}: ${JSON.stringify(p.value.slice(0, 60))}`,
    hint: `The statement takes ${p.parameter} for ${p.type}. Write what it is behind it: ${p.parameter}::${otherType(p, "DOUBLE")}, ${p.parameter}::${otherType(p, "DECIMAL(18,3)")}.`,
  }),
  "sql-parameters": (p: { given: number; wanted: number }) => ({
    message: `The statement takes ${p.wanted} parameters, and ${p.given} were given`,
    hint: "Give one value for each of $1, $2, …; null is a value too.",
  }),
});

/** Where it is not known who asks. */
function howToAsk({ product }: { readonly product: string }): string {
  return `\`npx mesh access explain ${product}\` says what is missing, \`npx mesh access request ${product}\` asks for it.`;
}

function guess(name: string, known: readonly string[]): string {
  const meant = nearestName(name, known);
  return meant === undefined ? "" : `Did you mean ${meant}? `;
}

/** The type of a parameter with another kind of number in it: `DOUBLE[]`. */
function otherType({ type, whole }: { readonly type: string; readonly whole: string }, number: string): string {
  return type.replace(new RegExp(`\\b${whole}\\b`), number);
}
