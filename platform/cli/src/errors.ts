import { nearestName } from "@thoth/contract/spelling";
import { defineErrors } from "@thoth/kernel/mesh-error";

export const cliError = defineErrors("cli", {
  usage: (p: { problem: string; command: string; meant?: string }) => ({
    message: p.problem,
    hint: `${p.meant === undefined ? "" : `Did you mean ${p.meant}? `}See: ${p.command} --help`,
  }),
  unexpected: (p: { failure: unknown }) => ({
    message: `mesh failed in a way it does not know: ${p.failure instanceof Error ? p.failure.message : String(p.failure)}`,
    hint: "This is a mistake in mesh itself, not in what you did. Report it with the lines above and the command you gave.",
  }),
  "no-config": (p: { from: string }) => ({
    message: `There is no mesh.config.ts in ${p.from} or above it`,
    hint: "Run mesh inside the repository.",
  }),
  "documents-unreadable": (p: { file: string; reason: string }) => ({
    message: `The documents in ${p.file} cannot be read: ${p.reason}`,
    hint: "A .graphql file holds one document, and a .json file one object: id → text. MESH_DOCUMENTS names the folder.",
  }),
  "document-conflict": (p: { id: string; files: readonly string[] }) => ({
    message: `The id ${p.id} stands for two different documents, in ${p.files.join(" and ")}`,
    hint: "Give one of them another name.",
  }),
  "not-published": () => ({
    message: "Nothing has been published in this mesh yet",
    hint: "Run the pipelines first: mesh run (or mesh up, which does it when needed).",
  }),
  "never-published": (p: { name: string }) => ({
    message: `Nothing of ${p.name} has been published yet`,
    hint: `Run its pipeline first: mesh run ${p.name}.`,
  }),
  "no-such-snapshot": (p: { product: string; wanted: string; kept: readonly string[] }) => ({
    message: `There is no snapshot ${p.wanted} of ${p.product}, or it is not kept any more`,
    hint: `Kept: ${p.kept.join("; ") || "none"}. mesh snapshots ${p.product} says more.`,
  }),
  "nothing-then": () => ({
    message: "No state of that time is kept, of any product",
    hint: "mesh snapshots lists what is kept.",
  }),
  "already-exists": (p: { what: string; folder: string }) => ({
    message: `${p.what} exists already`,
    hint: `Choose another name, or change what is in ${p.folder}.`,
  }),
  "bad-name": (p: { name: string; problem: string }) => ({
    message: `${p.name} cannot be a name here: ${p.problem}`,
    hint: "Choose lower-case words with hyphens, beginning with a letter: library-loans.",
  }),
  "name-taken": (p: { name: string; owner: string; field: string; suggestion: string }) => ({
    message: `The domain ${p.owner} has a product that is called ${p.field} in GraphQL as well, where all products meet`,
    hint: `Choose another name than ${p.name}, such as ${p.suggestion}.`,
  }),
  "unknown-domain": (p: { name: string; known: readonly string[] }) => ({
    message: `There is no domain called ${p.name}`,
    hint: `${guess(p)}Known: ${p.known.join(", ") || "none"}. mesh new domain ${p.name} writes one.`,
  }),
  "unknown-product": (p: { name: string; known: readonly string[] }) => ({
    message: `There is no data product called ${p.name}`,
    hint: `${guess(p)}Known: ${p.known.join(", ") || "none"}. mesh new product ${p.name} writes one.`,
  }),
  "unknown-source": (p: { domain: string; name: string; known: readonly string[] }) => ({
    message: `The domain ${p.domain} has no source called ${p.name}`,
    hint: `Known: ${p.known.join(", ") || "none"}.`,
  }),
  "nothing-given-up": (p: { target: string }) => ({
    message: `Nothing of ${p.target} has been given up`,
    hint: `mesh runs tells what was; mesh run ${p.target} runs it now.`,
  }),
  "unknown-lineage": (p: { name: string; meant: string | undefined }) => ({
    message: `There is no product, table or column called ${p.name}`,
    hint: `${p.meant === undefined ? "" : `Did you mean ${p.meant}? `}Names look like ontrack-learning/units.code; mesh lineage lists the products.`,
  }),
  "unknown-version": (p: { product: string; version: string; known: readonly string[] }) => ({
    message: `${p.product} has no published version ${p.version}`,
    hint: `Published: ${p.known.join(", ") || "none"}. Without @ the contract is taken as it is in work.`,
  }),
  "unknown-key": (p: { id: string }) => ({
    message: `The collector has no key with the id ${p.id}`,
    hint: "mesh collector key list shows them all.",
  }),
  "no-author": (_: Readonly<Record<string, never>>) => ({
    message: "Nothing says who writes this changeset",
    hint: 'Say it with --author "Ada <ada@example.org>", or tell git: git config user.name, git config user.email.',
  }),
  "no-member": (p: { account: string | undefined; known: readonly string[] }) => ({
    message:
      p.account === undefined
        ? "Nothing says which member you are"
        : `No member of the council has the account ${p.account}`,
    hint: `Say who you act as with --as: ${p.known.join(", ")}.`,
  }),
  "not-writable": (p: { file: string; reason: string }) => ({
    message: `${p.file} cannot be written (${p.reason}); nothing of this command was`,
    hint: "Name another place, or make this one writable.",
  }),
  "unknown-table": (p: { domain: string; table: string; known: readonly string[] }) => ({
    message: `The domain ${p.domain} has no clean/${p.table}.sql`,
    hint: `Known: ${p.known.join(", ") || "none"}.`,
  }),
  "unknown-column": (p: { column: string; table: string; known: readonly string[] }) => ({
    message: `clean.${p.table} has no column ${p.column}`,
    hint: `Known: ${p.known.join(", ")}.`,
  }),
  "no-product-list": (p: { entry: string }) => ({
    message: "domain.ts has no plain `products: [ … ]` list that a product can be added to",
    hint: `Make it one, such as products: [${p.entry}], and run this again.`,
  }),
  "nothing-to-roll-back": (p: { product: string }) => ({
    message: `${p.product} has no older snapshot to go back to`,
    hint: "Snapshots are kept for the last few publishes; mesh run publishes the current state of the sources.",
  }),
  "consent-unknown": (p: { product: string; reason: string }) => ({
    message: `${p.product} cannot serve an older state: who of the people in it still agrees is not known, because ${p.reason}`,
    hint: `Its rows rest on people's consent. mesh run ${p.product} --full publishes the current state of the sources.`,
  }),
  "other-major": (p: { product: string; snapshot: string; version: string }) => ({
    message: `The snapshot ${p.snapshot} of ${p.product} was published as version ${p.version}, which is another major version than the one served now`,
    hint: "Go back to a snapshot of the major version that is served, or check out the contract of the other one first.",
  }),
  "other-key": (p: { product: string; snapshot: string; missing: readonly string[] }) => ({
    message: `The snapshot ${p.snapshot} of ${p.product} lacks ${p.missing.join(", ")} of the key that its contract has now`,
    hint: `Go back to a snapshot that was published with this key: mesh snapshots ${p.product} lists what is kept.`,
  }),
  "server-unreachable": (p: { url: string }) => ({
    message: `No gateway answers at ${p.url}`,
    hint: "Start it with mesh up, or leave --url out to ask the published files directly.",
  }),
  "bad-answer": (p: { url: string; status: number }) => ({
    message: `${p.url} answered with HTTP ${p.status}, and not as a mesh gateway does`,
    hint: "Check that the URL is a mesh gateway.",
  }),
  "export-not-written": (p: { file: string; reason: string }) => ({
    message: `The file ${p.file} could not be written: ${p.reason}`,
    hint: "Check that its folder exists, that this user may write there, and that there is space. Nothing of it was left behind.",
  }),
  "operator-refused": (p: { url: string; status: number }) => ({
    message: `The process that serves this mesh at ${p.url} did not take the command (HTTP ${p.status})`,
    hint: "Stop it and start it again with this version of mesh.",
  }),
  "operator-lost": (p: { url: string }) => ({
    message: `The process that serves this mesh at ${p.url} ended before it had answered`,
    hint: "Look at what it last said, start it again with mesh up, and see mesh runs for how far it came.",
  }),
  "operator-failed": (p: { reason: string }) => ({
    message: `The process that serves this mesh failed: ${p.reason}`,
    hint: "This is a mistake in mesh itself. Report it with the log of mesh up.",
  }),
  "restart-needed": (p: { what: string }) => ({
    message: `Since the mesh was started, ${p.what}`,
    hint: "Stop mesh up with Ctrl-C and start it again, then run this once more. Changed SQL needs no restart.",
  }),
  "config-code": (p: { file: string; reason: string }) => ({
    message: `${p.file} cannot be loaded: ${p.reason}`,
    hint: "It must export `default defineMesh({ … })`; correct the code at the place named.",
  }),
  "sample-failed": (p: { domain: string; reason: string }) => ({
    message: `The sample data of ${p.domain} cannot be written: ${p.reason}`,
    hint: "Correct sample/write-sample.ts of that domain, or set MESH_SOURCES to a folder with real exports.",
  }),
  "sample-mark": (p: { file: string }) => ({
    message: `${p.file} does not say which sample data has been written`,
    hint: "Delete that file: the sample data beside it is then written anew.",
  }),
  "no-tables": (p: { domain: string }) => ({
    message: `The domain ${p.domain} has no clean/*.sql that a product could start from`,
    hint: "Write the query of a cleaned table first: one .sql file a table, as in the other domains.",
  }),
  "template-placeholder": (p: { file: string; placeholder: string }) => ({
    message: `${p.file} uses ${p.placeholder}, which the template does not define`,
    hint: "Correct the template: templates/README.md lists the placeholders there are.",
  }),
  "webhook-url": (p: { url: string; problem: string }) => ({
    message: `${p.url} cannot be told of publications: ${p.problem}`,
    hint: "Give an https URL of a host that everybody can reach; with --allow-private also http and hosts of this machine or network.",
  }),
  "webhook-unknown": (p: { id: string }) => ({
    message: `There is no webhook ${p.id}`,
    hint: "mesh webhook list shows those there are.",
  }),
  "webhook-consumer": (p: {
    consumer: string;
    product: string;
    reasons: readonly string[];
    advice?: string | undefined;
  }) => ({
    message: `${p.consumer} may not be told of ${p.product}: ${p.reasons.join("; ")}`,
    hint:
      p.advice ??
      "Name a person or service:<name> that may read it. For a purpose, an agreement for that very purpose must be in force.",
  }),
});

function guess({ name, known }: { readonly name: string; readonly known: readonly string[] }): string {
  const meant = nearestName(name, known);
  return meant === undefined ? "" : `Did you mean ${meant}? `;
}
