import { expect, test } from "vitest";
import { describeServer } from "./server-url.ts";

test.each([
  ["postgres://mesh:secret@db.thoth:5433/mesh", "mesh@db.thoth:5433/mesh"],
  ["postgresql://mesh:secret@db.thoth/mesh", "mesh@db.thoth:5432/mesh"],
  ["postgres://db.thoth/mesh", "db.thoth:5432/mesh"],
  ["postgres://db.thoth/mesh?user=mesh&password=secret", "mesh@db.thoth:5432/mesh"],
  ["postgres:///mesh?host=/run/postgresql", "/run/postgresql:5432/mesh"],
  ["postgres://mesh:secret@[::1]:5433/mesh?sslmode=require", "mesh@[::1]:5433/mesh"],
])("%s is shown as %s", (url, shown) => {
  expect(describeServer(url)).toBe(shown);
});

test.each([["secret"], ["mysql://mesh:secret@db/mesh"], ["postgres://mesh:sec ret@db:port/mesh"], [""]])(
  "'%s' is refused without being shown",
  (url) => {
    const refused = expect(() => describeServer(url));
    refused.toThrow(expect.objectContaining({ code: "control/invalid-url" }));
    refused.not.toThrow(/sec/);
  },
);
