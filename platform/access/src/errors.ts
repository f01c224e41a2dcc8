import { defineErrors } from "@thoth/kernel/mesh-error";

export const accessError = defineErrors("access", {
  "product-denied": (p: { product: string }) => ({
    message: `${p.product} may not be read with this identity`,
    hint: "The product's page in the catalog says who may read it and how to ask for access.",
  }),
  "column-denied": (p: { product: string; column: string; use: string }) => ({
    message: `column ${p.column} of ${p.product} may not be used in ${p.use} with this identity`,
    hint: "Leave the column out, or ask for access: the product's page in the catalog says how.",
  }),
  "token-expired": (p: { expiredAt: string }) => ({
    message: `The token expired at ${p.expiredAt}`,
    hint: "Ask for a new one: `mesh token --as <name>` on the machine of the mesh, or the app that gave it to you.",
  }),
  "token-invalid": (p: { reason: string }) => ({
    message: `The token is not valid: ${p.reason}`,
    hint: "Send a token of this mesh, whole and unchanged, as `Authorization: Bearer <token>`.",
  }),
  "principal-invalid": (p: { problem: string }) => ({
    message: `Nobody can be given a token like this: ${p.problem}`,
    hint: "Give a name, roles and attributes as text, and a lifetime of at least a second.",
  }),
  "key-exposed": (p: { file: string; mode: string }) => ({
    message: `The key file ${p.file} can be read by others (mode ${p.mode})`,
    hint: `Run \`chmod 600 ${p.file}\`. If others may have read it, delete it instead: a new key is made, and what the old one signed is void.`,
  }),
  "key-malformed": (p: { file: string }) => ({
    message: `The key file ${p.file} does not hold a key of 64 hexadecimal digits`,
    hint: "Restore it from a backup, or delete it: a new key is made, and what the old one signed or pseudonymised no longer matches.",
  }),
  "key-unreadable": (p: { file: string; reason: string }) => ({
    message: `The key file ${p.file} cannot be read or made: ${p.reason}`,
    hint: "Give this user the right to read and write there, or point MESH_HOME at a folder of its own.",
  }),
});
