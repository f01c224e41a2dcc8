import { defineErrors } from "@thoth/kernel/mesh-error";

export const gatewayError = defineErrors("gateway", {
  "port-in-use": (p: { host: string; port: number }) => ({
    message: `Port ${p.port} on ${p.host} is taken by another program`,
    hint: "Stop that program, or choose another port with MESH_PORT=4001 (0 takes any free one).",
  }),
  "cannot-listen": (p: { host: string; port: number; reason: string }) => ({
    message: `Cannot listen on ${p.host}:${p.port}: ${p.reason}`,
    hint: "Choose another address with MESH_HOST or another port with MESH_PORT.",
  }),
  "type-conflict": (p: { name: string; domains: readonly string[] }) => ({
    message: `Domains ${p.domains.join(" and ")} both define ${p.name}, and not alike`,
    hint: "Rename one of the products, schema objects or relationships: only one of them could be served.",
  }),
  "name-reserved": (p: { name: string; domain: string }) => ({
    message: `Domain ${p.domain} defines ${p.name}, which belongs to the gateway's own discovery fields`,
    hint: "Rename the product, or the object in its schema.",
  }),
  "key-conflict": (p: { type: string; keys: readonly string[]; domains: readonly string[] }) => ({
    message: `Domains ${p.domains.join(" and ")} disagree on the key of ${p.type}: ${p.keys.join(" and ")}`,
    hint: "One of them refers to another version of the product's contract. Publish the contract, and refer to the newest version.",
  }),
  "subgraph-unavailable": (p: { domain: string; reason: string }) => ({
    message: `The domain ${p.domain} does not answer (${p.reason}), so its fields are null`,
    hint: "The rest of the answer is complete. Ask again later, or tell the domain's owner.",
  }),
  "lookup-unkeyed": (p: { domain: string; type: string }) => ({
    message: `The domain ${p.domain} answers rows of ${p.type} without their keys, so nobody can tell whose they are`,
    hint: "Tell the domain's owner: it serves another version of its contracts than the gateway knows.",
  }),
  "brown-out": (p: { element: string; back: string; end: string | undefined; replacement: string | undefined }) => ({
    message: `${p.element} is on its way out and switched off until ${p.back}`,
    hint: `${p.replacement === undefined ? "Ask its owner what to use instead" : `Use ${p.replacement} instead`}${p.end === undefined ? "." : `: from ${p.end} on it may be gone for good.`}`,
  }),
  retired: (p: { element: string; end: string | undefined; replacement: string | undefined }) => ({
    message: `${p.element} has ended${p.end === undefined ? "" : ` (${p.end})`}`,
    hint:
      p.replacement === undefined
        ? "dataProducts lists what there is."
        : `Use ${p.replacement} instead; its product's page in the catalog tells what changed.`,
  }),
  "too-deep": (p: { depth: number | string; limit: number }) => ({
    message: `The query nests ${p.depth} levels deep, and ${p.limit} are allowed`,
    hint: "Ask for fewer levels of relations, or in two queries.",
  }),
  "too-many-fields": (p: { fields: number; limit: number }) => ({
    message: `The query asks for ${p.fields} fields, and ${p.limit} are allowed`,
    hint: "Ask for fewer columns, or in two queries. Fields of a fragment count wherever it is used.",
  }),
  "too-many-questions": (p: { roots: number; limit: number }) => ({
    message: `The operation has ${p.roots} fields at the top, and ${p.limit} are the most`,
    hint: "Ask for several rows in one field, such as where: { code: { in: [...] } }, or send several operations.",
  }),
  "alias-reserved": (p: { alias: string }) => ({
    message: `The name ${p.alias} is reserved`,
    hint: "Let aliases begin with a letter or one underscore.",
  }),
  "body-too-large": (p: { limitBytes: number }) => ({
    message: `The request is larger than ${p.limitBytes} bytes`,
    hint: "Split long lists of values into several requests.",
  }),
  "content-type": (p: { contentType: string }) => ({
    message: `A request of type ${p.contentType} is not accepted`,
    hint: 'Send `content-type: application/json` with a body such as {"query": "{ dataProducts { id } }"}.',
  }),
  "bad-request": (p: { reason: string }) => ({
    message: p.reason,
    hint: 'Send a POST with `content-type: application/json` and one JSON object: {"query": "…", "variables": {…}}.',
  }),
  "bad-variables": (p: { reason: string }) => ({
    message: p.reason,
    hint: "Send `variables` as one object, with a value of the declared type for every variable that has no default.",
  }),
  "changed-meanwhile": (p: { attempts: number }) => ({
    message: `the data changed ${p.attempts} times while the operation was being answered`,
    hint: "Ask again; if it stays, ask for fewer fields at a time.",
    retryAfterMs: 1_000,
  }),
  unexpected: (p: { id: string }) => ({
    message: `Something went wrong on our side (reference ${p.id})`,
    hint: "Try again; if it stays, give the reference to the operators, who find it in the server's log.",
  }),
});
