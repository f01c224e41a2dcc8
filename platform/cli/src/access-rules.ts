import { existsSync } from "node:fs";
import path from "node:path";
import type { AgreementRules } from "@thoth/access/agreements/agreement-rules";
import { councilFile, readCouncil } from "@thoth/contract/council/read-council";
import { readPurposes } from "@thoth/contract/read-purposes";
import type { Domain } from "@thoth/pipeline/domain";
import { servedModels } from "@thoth/pipeline/previous-major";

/** What agreements are judged by, as it is written now. */
export function accessRules(root: string, domains: readonly Domain[]): AgreementRules {
  return {
    products: domains.flatMap(({ owner, stewards, loadedProducts }) =>
      loadedProducts.flatMap(servedModels).map((model) => ({ model, owner, stewards })),
    ),
    purposes: readPurposes(root),
    council: existsSync(path.join(root, councilFile)) ? readCouncil(root) : undefined,
  };
}
