import type { TestDomain } from "@thoth/testing/test-domain";
import { openTestMesh } from "@thoth/testing/test-mesh";
import { expect, test } from "vitest";
import { servableSnapshots } from "./consent-states.ts";

const personal = (kind: string) => ({
  logicalType: "string",
  classification: "confidential",
  customProperties: [{ property: "personalData", value: kind }],
});

const terms = (basis: string) => ({
  customProperties: [
    { property: "personalDataPurpose", value: "learning-research" },
    { property: "consentBasis", value: basis },
  ],
});

const columns = { person: personal("pseudonym"), mark: personal("attribute") };

/** Publishes those who agreed; the board copies them. */
const domains = (basis: string): TestDomain[] => [
  {
    name: "school",
    streams: { marks: { columns: { person: "VARCHAR", mark: "VARCHAR", agreed: "BOOLEAN" } } },
    clean: { marks: "select person, mark, agreed from raw.marks" },
    products: {
      marks: {
        sql: "select person, mark from clean.marks where agreed",
        key: ["person"],
        columns,
        contract: terms(basis),
        published: true,
      },
    },
  },
  {
    name: "board",
    products: {
      results: {
        sql: "select person, mark from school.product.marks",
        key: ["person"],
        columns,
        contract: terms(basis),
        inputPorts: ["school/marks"],
      },
    },
  },
];

async function openSchool(basis: string) {
  await using stack = new AsyncDisposableStack();
  const world = stack.use(await openTestMesh(domains(basis)));
  await world.source("marks.csv", "person,mark,agreed\nann,1,true\nbob,1,true\n");
  await world.run();
  const older = await world.currentOf("school/marks");
  await world.source("marks.csv", "person,mark,agreed\nann,2,true\nbob,2,false\n");
  await world.run();
  // As `mesh rollback` did before it left out who does not agree any more.
  await world.mesh.pointers.moveTo("school", "marks", older?.id ?? "");
  const moved = stack.move();
  return { world, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

test("a product is not made from an older state that may hold people who do not agree any more", async () => {
  await using school = await openSchool("opt-in");
  const { world } = school;
  const before = await world.currentOf("board/results");
  for (const full of [false, true]) {
    const runs = await world.run({ only: "board", full });
    expect(runs.get("board/product/results")).toMatchObject({
      status: "failed",
      failureClass: "consent",
      failureMessage: expect.stringMatching(
        /^pipeline\/input-withheld: board\/results reads school\/marks, .*\n.*mesh run school\/marks --full/s,
      ),
    });
    expect(await world.currentOf("board/results")).toEqual(before);
  }
  expect(await world.rows("board/results")).toEqual([{ person: "ann", mark: "2" }]);
  // What the message says to do.
  await world.run({ only: "school", full: true });
  expect((await world.run({ only: "board" })).get("board/product/results")).toMatchObject({ status: "success" });
  expect(await world.rows("board/results")).toEqual([{ person: "ann", mark: "2" }]);
});

test("what may be served does not widen in a process that cannot load the product's domain", async () => {
  await using school = await openSchool("opt-in");
  const { pointers, domains: known } = school.world.mesh;
  const servable = async (names: readonly string[]) => {
    const domains = known.filter(({ name }) => names.includes(name));
    return (await servableSnapshots({ domains, pointers })).map(({ domain }) => domain);
  };
  expect(await servable(["school", "board"])).toEqual(["board"]);
  expect(await servable(["board"])).toEqual(["board"]);
});

test("an older state that rests on something else than consent is read as any other", async () => {
  await using school = await openSchool("teaching-duty");
  const { world } = school;
  expect((await world.run({ only: "board" })).get("board/product/results")).toMatchObject({ status: "success" });
  expect(await world.rows("board/results")).toEqual([
    { person: "ann", mark: "1" },
    { person: "bob", mark: "1" },
  ]);
});
