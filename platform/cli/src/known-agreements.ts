import { openAccessBook } from "@thoth/access/access-book";
import type { Agreement } from "@thoth/access/agreement";
import { askDesk } from "./ask-desk.ts";
import type { Effects } from "./effects.ts";
import type { Settings } from "./settings.ts";

/** All agreements: from the files that every process of a home follows, or from the server that several homes share. */
export async function knownAgreements(settings: Settings, effects: Effects): Promise<readonly Agreement[]> {
  if (settings.controlUrl !== undefined) {
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
