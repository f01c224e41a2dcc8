import { describe, expect, test } from "vitest";
import type { ControlPlane } from "./control-plane.ts";
import type { ProductProfile, QualityResult } from "./quality-record.ts";
import { keptProfiles, keptResultDays, openQualityStore } from "./quality-store.ts";

const noon = Date.UTC(2026, 5, 1, 12);
const dayMs = 86_400_000;

function result(more: Partial<QualityResult> = {}): QualityResult {
  return {
    runId: "run 1",
    domain: "campus",
    product: "courses",
    contractVersion: "1.0.0",
    checkId: "required:code",
    kind: "promise",
    column: "code",
    dimension: "completeness",
    severity: "error",
    status: "failed",
    measured: "3",
    expected: "must be 0",
    says: "code must not be null",
    judgedAt: noon,
    ...more,
  };
}

function profile(more: Partial<ProductProfile> = {}): ProductProfile {
  return {
    snapshotId: "snapshot 1",
    runId: "run 1",
    domain: "campus",
    product: "courses",
    contractVersion: "1.0.0",
    profiledAt: noon,
    rowCount: 12,
    sampledRows: 12,
    durationMs: 3.25,
    columns: [{ name: "fee", nulls: 1, distinct: 4, mean: 2.5, quantiles: [1, 2, 3], top: [{ value: "1", count: 9 }] }],
    ...more,
  };
}

/** Every test uses a domain of its own: the store is one for all. */
export function suiteQualityStore(control: () => ControlPlane): void {
  describe("quality", () => {
    const store = () => openQualityStore(control());

    test("keeps what an audit found as it was, newest run first and in its order", async () => {
      const domain = "quality-order";
      const first = [result({ domain, checkId: "b" }), result({ domain, checkId: "a", measured: "NaN", column: null })];
      const note = { status: "not-run", measured: null, expected: null } as const;
      const later = { domain, runId: "run 2", judgedAt: noon + 1 };
      await store().saveResults(first, noon);
      await store().saveResults([result({ ...later, ...note })], noon);
      expect(await store().results({ domain })).toEqual([result({ ...later, ...note }), ...first]);
      expect(await store().results({ domain, runId: "run 1", checkId: "a" })).toEqual([first[1]]);
      expect(await store().results({ domain, limit: 1 })).toHaveLength(1);
      expect(await store().results({ domain, status: "failed" })).toEqual(first);
    });

    test("a run's second word on a check takes the place of its first", async () => {
      const domain = "quality-twice";
      const of = (measured: string, checkId = "a") => result({ domain, runId: "run twice", measured, checkId });
      await store().saveResults([of("1"), of("1", "b")], noon);
      await store().saveResults([of("2")], noon);
      const found = await store().results({ domain });
      expect(found.map(({ checkId, measured }) => [checkId, measured]).sort()).toEqual([
        ["a", "2"],
        ["b", "1"],
      ]);
    });

    test("the latest is the newest run of each product, and of each job that serves several", async () => {
      const domain = "quality-latest";
      const wide = { domain, product: null, contractVersion: null, kind: "drift" } as const;
      await store().saveResults(
        [
          result({ domain, runId: "l1", measured: "old" }),
          result({ domain, runId: "l2", judgedAt: noon + 1, measured: "new" }),
          result({ domain, runId: "l3", product: "rooms", measured: "room" }),
          result({ ...wide, runId: "l4", checkId: "drift:a", measured: "a" }),
          result({ ...wide, runId: "l5", checkId: "drift:b", measured: "b" }),
          result({ ...wide, runId: "l6", checkId: "drift:b", measured: "newer b", judgedAt: noon + 5 }),
        ],
        noon,
      );
      const latest = await store().latest({ domain });
      expect(latest.map(({ measured }) => measured).sort()).toEqual(["a", "new", "newer b", "room"]);
      expect((await store().latest({ domain, product: "rooms" })).map(({ measured }) => measured)).toEqual(["room"]);
    });

    test("results that are too old are forgotten with the next ones", async () => {
      const domain = "quality-old";
      await store().saveResults([result({ domain, runId: "old", judgedAt: noon - (keptResultDays + 1) * dayMs })], 0);
      expect(await store().results({ domain })).toHaveLength(1);
      await store().saveResults([result({ domain, runId: "new" })], noon);
      expect((await store().results({ domain })).map(({ runId }) => runId)).toEqual(["new"]);
    });

    test("profiles read as they were saved, newest first; one a snapshot", async () => {
      const domain = "quality-profiles";
      const [first, second] = [
        profile({ domain, snapshotId: "p1" }),
        profile({ domain, snapshotId: "p2", profiledAt: noon + 1, rowCount: 5_000_000_000 }),
      ];
      for (const each of [first, second, { ...first, rowCount: 0 }]) await store().saveProfile(each);
      expect(await store().profiles({ domain, product: "courses" })).toEqual([second, first]);
      expect(await store().profiles({ domain, product: "courses", limit: 1 })).toEqual([second]);
      expect(await store().profiles({ domain, product: "rooms" })).toEqual([]);
    });

    test("of each product only the newest profiles stay", async () => {
      const domain = "quality-many";
      await control().query(
        `insert into mesh.quality_profiles select domain || n, 'run', domain, 'courses', '1.0.0',
           '2020-01-01'::timestamptz + n * interval '1 day', n, n, 1, '[]'::jsonb
         from (select $1::text as domain) as given, generate_series(1, $2::int) as n`,
        [domain, keptProfiles],
      );
      await store().saveProfile(profile({ domain, snapshotId: "newest" }));
      const kept = await store().profiles({ domain, product: "courses", limit: 1000 });
      expect(kept).toHaveLength(keptProfiles);
      expect([kept[0]?.snapshotId, kept.at(-1)?.rowCount]).toEqual(["newest", 2]);
    });
  });
}
