import type { Principal } from "@thoth/access/decision";

/** Who a session belongs to. */
export interface SignedIn {
  /** `token`, `service-key`; `none` for nobody. */
  readonly authenticated: string;
  /** Who it is now. @throws MeshError when the credential is not good any more */
  verify(): Promise<Principal>;
}
