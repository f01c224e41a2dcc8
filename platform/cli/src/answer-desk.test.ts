import { openTestMesh, type TestMesh } from "@thoth/testing/test-mesh";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerDesk, type Desk } from "./answer-desk.ts";

let world: TestMesh;

beforeAll(async () => {
  const counted = { columns: { id: "integer" }, key: ["id"] };
  world = await openTestMesh([
    {
      name: "shop",
      streams: { sales: { columns: { id: "INTEGER" } } },
      clean: { sales: "select id from raw.sales" },
      products: { takings: { ...counted, sql: "select id from clean.sales" } },
      schedule: { onEvent: ["till-closed"] },
    },
  ]);
});

afterAll(() => world[Symbol.asyncDispose]());

const fire = (argument: string) => {
  const { control, clock, domains } = world.mesh;
  return answerDesk({ name: "fire", argument }, {
    control,
    clock,
    domains: async () => domains,
  } as Partial<Desk> as Desk);
};

test("an event sends what waits for it", async () => {
  expect(await fire("till-closed")).toEqual({ sent: ["shop"] });
});

test.each([
  [
    "shop",
    "pipeline/event-is-target",
    "`mesh run shop` runs it. Events are what schedules name in onEvent: till-closed.",
  ],
  [
    "shop/takings",
    "pipeline/event-is-target",
    "`mesh run shop/takings` runs it. Events are what schedules name in onEvent: till-closed.",
  ],
  ["till-opened", "pipeline/unknown-event", "Known: till-closed."],
])("%s is no event, and the error says what to do", async (event, code, hint) => {
  await expect(fire(event)).rejects.toMatchObject({ code, hint });
});
