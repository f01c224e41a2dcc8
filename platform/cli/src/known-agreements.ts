import { openAccessBook } from "@thoth/access/access-book";
import type { Agreement } from "@thoth/access/agreement";
import { askDesk, hasControl } from "./ask-desk.ts";
import type { Effects } from "./effects.ts";
import type { Settings } from "./settings.ts";

/**
 * Agreements: from the files that every process of a home follows, or from the server that several homes share.
 * @param withEnded all that there ever were; the files have only the newest of those that were rejected or revoked
 */
export async function knownAgreements(
  settings: Settings,
  effects: Effects,
  { withEnded }: { readonly withEnded: boolean },
): Promise<readonly Agreement[]> {
  if (settings.controlUrl !== undefined || (withEnded && hasControl(settings))) {
    const answer = await askDesk({ name: "access", argument: { do: "list" } }, effects);
    return answer as readonly Agreement[];
  }
  using book = openAccessBook({
    home: settings.home,
    clock: effects.now,
    onTrouble: (failure) => {
      throw failure;
    },
  });
  return book.agreements();
}
