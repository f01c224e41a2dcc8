import { expect, test } from "vitest";
import { requireEqualPayloads } from "./equal-payloads.ts";
import { startLoad } from "./load-process.ts";
import { measureCells } from "./measure-cells.ts";
import { worldQuestions } from "./questions.ts";
import { startSubjects } from "./subjects.ts";
import { openWorld } from "./world.ts";

const size = { users: 300, events: 2_000, largeEvents: 3_000, exportRows: 1_000 };

/** The peers are not installed for tests; the gateway with and without plans is two servers as well. */
test("every question has the same answer from every server of ours, and can be measured", async () => {
  await using stack = new AsyncDisposableStack();
  const mesh = stack.use(await openWorld(size));
  const takesPart = (name: string) => ["ours-cold", "ours-stitched"].includes(name);
  const subjects = await startSubjects({ mesh, size, takesPart, stack });
  const questions = worldQuestions(size);
  await requireEqualPayloads(subjects, questions);
  using load = startLoad();
  const pace = { rounds: 1, warmUpMs: 0, durationMs: 10, onRound: () => undefined };
  const cells = await measureCells(load, { subjects, questions: questions.slice(0, 2) }, pace);
  expect(cells).toHaveLength(2 * 2 * 2);
  for (const cell of cells) {
    expect(cell).toMatchObject({ failures: 0, failure: undefined });
    expect(cell.requestsPerSecond).toBeGreaterThan(0);
    expect(cell.p99Ms).toBeGreaterThanOrEqual(cell.p50Ms);
    expect(cell.cpuMsPerRequest).toBeGreaterThan(0);
    expect(cell.peakMemoryBytes).toBeGreaterThan(10_000_000);
  }
});

test("servers that do not say the same are told apart", async () => {
  await using stack = new AsyncDisposableStack();
  const [small, other] = [await openWorld(size), await openWorld({ ...size, users: 299 })].map((mesh) =>
    stack.use(mesh),
  );
  const takesPart = (name: string) => name === "ours-cold";
  if (small === undefined || other === undefined) throw new Error("two worlds were opened");
  const subjects = [
    ...(await startSubjects({ mesh: small, size, takesPart, stack })),
    ...(await startSubjects({ mesh: other, size, takesPart, stack })),
  ];
  await expect(requireEqualPayloads(subjects, worldQuestions(size))).rejects.toThrow("do not say the same");
});
