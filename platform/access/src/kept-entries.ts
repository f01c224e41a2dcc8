import type { Agreement } from "./agreement.ts";
import { isObject, isText, isTexts } from "./plain-json.ts";
import type { ServiceKey } from "./service-key.ts";

/** Whether a file holds an agreement there, whole enough for a decision to rest on it. */
export function isAgreement(value: unknown): value is Agreement {
  if (!isObject(value)) return false;
  const { id, consumer, product, purpose, role, status, major, from, until, columns, rows } = value;
  return (
    [id, consumer, product, purpose, role, status].every(isText) &&
    [major, from, until].every(Number.isFinite) &&
    (columns === null || isTexts(columns)) &&
    isObject(rows) &&
    Object.values(rows).every(isTexts)
  );
}

/** Whether a file holds a service key there, whole enough to let somebody in. */
export function isServiceKey(value: unknown): value is ServiceKey {
  if (!isObject(value) || !isObject(value.attributes) || !isObject(value.limits) || !isObject(value.scram))
    return false;
  const { id, name, sha256, roles, attributes, limits, until, createdAt, madeBy, revokedAt, scram } = value;
  return (
    [id, name, sha256, scram.salt, scram.storedKey, scram.serverKey, madeBy ?? "", ...Object.values(attributes)].every(
      isText,
    ) &&
    [createdAt, scram.iterations, revokedAt ?? 0, until ?? 0].every(Number.isFinite) &&
    until !== undefined &&
    revokedAt !== null &&
    isTexts(roles) &&
    [limits.products, limits.purposes].every((names) => names === undefined || isTexts(names))
  );
}
