import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { courses, loans, now, offerings, papers } from "./fixtures/campus.ts";
import { openDoor } from "./fixtures/door.ts";

let mesh: SmallMesh;

beforeAll(async () => {
  mesh = await openSmallMesh([courses, offerings, loans, papers], { now });
});

afterAll(() => mesh?.[Symbol.asyncDispose]());

const page = "courses(first: 1, orderBy: [{ code: ASC }])";

describe.each([
  ["planned", true],
  ["stitched", false],
])("%s", (_how, plans) => {
  test.each<[string, object]>([
    [`{ ${page} { nodes { code @skip(if: true) code } } }`, { courses: { nodes: [{ code: "A1" }] } }],
    [`{ ${page} { nodes { code @include(if: false) ... { code } } } }`, { courses: { nodes: [{ code: "A1" }] } }],
    [`{ ${page} { nodes { code @skip(if: true) } } }`, { courses: { nodes: [{}] } }],
    [`{ ${page} { nodes { code @skip(if: true) } nodes { code } } }`, { courses: { nodes: [{ code: "A1" }] } }],
    [`{ ${page} @skip(if: true) { nodes { code } } }`, {}],
    [
      `query ($no: Boolean = false) { ${page} { nodes { ...some code @skip(if: $no) } } } fragment some on Course { code @include(if: $no) }`,
      { courses: { nodes: [{ code: "A1" }] } },
    ],
    [
      `{ ${page} { nodes { ...some @skip(if: true) ...some @include(if: true) @skip(if: false) } } } fragment some on Course { code }`,
      { courses: { nodes: [{ code: "A1" }] } },
    ],
    [
      `{ ${page} { nodes { code @include(if: true) @skip(if: true) } totalCount } }`,
      { courses: { nodes: [{}], totalCount: 4 } },
    ],
  ])("%s", async (query, data) => {
    const answer = await openDoor(mesh, { plans })(query);
    expect(answer.errors).toEqual([]);
    expect(answer.data).toEqual(data);
  });
});
