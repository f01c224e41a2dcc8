import { expect, test } from "vitest";
import { releaseAt } from "./releases.ts";

const release = (version: string, releasedAt: number) => ({ version, releasedAt, crashShare: 0 });
const releases = [release("1.0.0", 0), release("1.1.0", 100), release("2.0.0", 200)];

test.each([
  [{ joinedAt: 50, lagMs: 30 }, 129, "1.0.0", "has not had time to upgrade"],
  [{ joinedAt: 50, lagMs: 30 }, 130, "1.1.0", "upgrades after its lag"],
  [{ joinedAt: 150, lagMs: 1000 }, 160, "1.1.0", "begins with the newest there is"],
  [{ joinedAt: 150, lagMs: 1000 }, 400, "1.1.0", "and keeps it as long as it lags"],
  [{ joinedAt: 150, lagMs: 0 }, 400, "2.0.0", "upgrades at once"],
  [{ joinedAt: -10, lagMs: 500 }, 5, "1.0.0", "has the first version even before its release"],
])("an install %o at %d runs %s: it %s", (install, at, version) => {
  expect(releaseAt(releases, install, at).version).toBe(version);
});
