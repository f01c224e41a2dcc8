import type { ReadCount, UsageBatch } from "@thoth/contract/impact/read-count";
import { describe, expect, test } from "vitest";
import type { ControlPlane } from "./control-plane.ts";
import { keptDays, openUsageStore, type UsageFilter } from "./usage-store.ts";

const hour = Date.UTC(2026, 2, 18, 12);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function count(more: Partial<ReadCount> = {}): ReadCount {
  return {
    hour,
    product: "campus/courses",
    version: "1.0.0",
    columns: ["code", "name"],
    consumer: "ada",
    domain: "library",
    purpose: "teaching",
    reads: 1,
    ...more,
  };
}

/** Every test reads a product of its own: the store is one for all. */
function productOf(name: string) {
  const product = `usage-${name}/courses`;
  return { product, domain: `usage-${name}`, since: 0 };
}

export function suiteUsageStore(control: () => ControlPlane): void {
  describe("usage", () => {
    const open = (now = hour) => openUsageStore(control(), () => now);
    const list = async (filter: UsageFilter) => (await open().report(filter)).uses;
    let writers = 0;
    const batch = (...counts: ReadCount[]): UsageBatch => ({ writer: `suite ${++writers}`, sequence: 1, counts });

    test("tells for the product and for each column who read it, how often and when last", async () => {
      const { product, domain, since } = productOf("columns");
      const later = { product, hour: hour + hourMs, columns: ["code"], reads: 3 };
      await open().save(batch(count({ product, reads: 2 }), count(later)));
      const reader = { product, version: "1.0.0", consumer: "ada", domain: "library", purpose: "teaching" };
      expect(await list({ domain, since })).toEqual([
        { ...reader, column: undefined, lastReadAt: hour + hourMs, reads: 5 },
        { ...reader, column: "code", lastReadAt: hour + hourMs, reads: 5 },
        { ...reader, column: "name", lastReadAt: hour, reads: 2 },
      ]);
    });

    test("says since when anybody counts", async () => {
      const { countedSince } = await open().report({ since: 0 });
      // The store of a test may be a copy of one that was made on another day.
      const sql = "select applied_at from mesh.migrations where name like '%usage%' order by applied_at limit 1";
      const [made] = await control().query<{ applied_at: Date }>(sql);
      expect(countedSince).toBe(made?.applied_at.getTime());
    });

    test("keeps readers, purposes and versions apart, and knows those that say nothing of themselves", async () => {
      const { product, since } = productOf("readers");
      const nobody = { product, columns: [], consumer: "anonymous", domain: undefined, purpose: undefined };
      await open().save(
        batch(
          count(nobody),
          count({ ...nobody, version: "2.0.0" }),
          count({ ...nobody, purpose: 'it\'s 💡 a "test"' }),
        ),
      );
      const uses = await list({ domain: "usage-readers", product: "courses", since });
      expect(
        uses.map(({ version, column, domain, purpose, reads }) => [version, column, domain, purpose, reads]),
      ).toEqual([
        ["1.0.0", undefined, undefined, undefined, 1],
        ["1.0.0", undefined, undefined, 'it\'s 💡 a "test"', 1],
        ["2.0.0", undefined, undefined, undefined, 1],
      ]);
    });

    test("keeps kinds and ports apart, and knows those of counts from before there were any", async () => {
      const { product, domain, since } = productOf("ports");
      const read = { product, columns: [] };
      const by = (kind: "person" | "service", port: string) => count({ ...read, kind, port });
      await open().save(batch(count(read), by("person", "graphql"), by("person", "sql"), by("service", "sql")));
      await open().save(batch(count(read)));
      const uses = await list({ domain, since });
      expect(uses.map(({ kind, port, reads }) => [kind, port, reads])).toEqual([
        [undefined, undefined, 2],
        ["person", "graphql", 1],
        ["person", "sql", 1],
        ["service", "sql", 1],
      ]);
    });

    test("adds to what an hour had, once per batch", async () => {
      const { product, domain, since } = productOf("twice");
      const store = open();
      const first = { writer: "twice", sequence: 1, counts: [count({ product, columns: [] })] };
      expect(await store.save(first)).toBe(true);
      expect(await store.save(first)).toBe(false);
      expect(await store.save({ ...first, sequence: 2 })).toBe(true);
      expect(await store.save(first)).toBe(false);
      expect(await store.save({ ...first, writer: "another" })).toBe(true);
      expect(await list({ domain, since })).toMatchObject([{ reads: 3 }]);
    });

    test("writers that save at once lose nothing", async () => {
      const { product, domain, since } = productOf("at-once");
      const columns = [["a"], ["b"], ["a", "b"], ["c"]];
      const counts = columns.map((each, index) => count({ product, columns: each, consumer: `c${index}` }));
      const batches = Array.from({ length: 8 }, (_, n) => batch(...(n % 2 === 0 ? counts : counts.toReversed())));
      const store = open();
      await Promise.all(batches.map((each) => store.save(each)));
      const whole = (await list({ domain, since })).filter(({ column }) => column === undefined);
      expect(whole.map(({ consumer, reads }) => [consumer, reads])).toEqual(counts.map((_, n) => [`c${n}`, 8]));
    });

    test("saves nothing of a batch that is wrong", async () => {
      const { product, domain, since } = productOf("wrong");
      const wrong = {
        writer: "wrong",
        sequence: 1,
        counts: [count({ product }), count({ product, hour: 1, reads: 0 })],
      };
      await expect(open().save(wrong)).rejects.toThrow(/reads/);
      expect(await list({ domain, since })).toEqual([]);
      const right = { ...wrong, counts: [count({ product, columns: [] })] };
      expect(await open().save(right)).toBe(true);
    });

    test("takes columns by the hundred, with long names", async () => {
      const { product, domain, since } = productOf("wide");
      const columns = Array.from({ length: 300 }, (_, n) => `${"x".repeat(100)}_${n}`).toSorted();
      await open().save(batch(count({ product, columns, purpose: "é".repeat(150) })));
      expect(await list({ domain, since })).toHaveLength(301);
    });

    test("tells of a period, and forgets what is older than it keeps", async () => {
      const { product, domain } = productOf("old");
      await open().save(batch(count({ product, columns: [] }), count({ product, columns: [], hour: hour + hourMs })));
      expect(await list({ domain, since: hour + 1 })).toMatchObject([{ reads: 1, lastReadAt: hour + hourMs }]);
      const aYearOn = hour + keptDays * dayMs;
      await open(aYearOn).save(batch(count({ product, columns: [], hour: aYearOn })));
      expect(await list({ domain, since: 0 })).toMatchObject([{ reads: 3 }]);
      await open(aYearOn + hourMs).save(batch(count({ product, columns: [], hour: aYearOn })));
      expect(await list({ domain, since: 0 })).toMatchObject([{ reads: 3, lastReadAt: aYearOn }]);
    });

    test("no reader or set of columns stays that nothing points at", async () => {
      const { product } = productOf("orphans");
      const consumer = "a reader of long ago";
      await open().save(batch(count({ product, consumer, hour: hour - 2 * keptDays * dayMs })));
      const readers = await control().query("select id from mesh.usage_readers where consumer = $1", [consumer]);
      const reads = await control().query("select id from mesh.usage_reads where product = $1", [product]);
      expect([readers, reads]).toEqual([[], []]);
    });
  });
}
