/** What the thread of a catalog is asked to do. */
export interface CatalogOrder {
  /** Name of the role that asks. */
  readonly role: string;
  /** The value of the setting. */
  readonly searchPath: string;
  /** Messages of the protocol that name the statement: Parse and Describe. */
  readonly describe: Uint8Array;
  /** Those that run it: Bind and Execute; absent when it is only described. */
  readonly execute?: Uint8Array;
  /** Of all that comes back, bytes. */
  readonly limitBytes: number;
}

export type CatalogAnswer =
  | { readonly kind: "ready" }
  /** Messages of the protocol. */
  | { readonly kind: "answer"; readonly messages: Uint8Array }
  /** It names tables of products. */
  | { readonly kind: "mixed" }
  | { readonly kind: "too-large" }
  | { readonly kind: "failed"; readonly reason: string };
