import { join } from "node:path";
import { tempDir } from "@thoth/testing/temp-dir";
import { describe, expect, test } from "vitest";
import { type PortConfig, portSettingsFrom } from "./port-settings.ts";

const settings = (env: Record<string, string>, config: PortConfig = {}) => portSettingsFrom(config, env, "/nowhere");

describe("the GraphQL port", () => {
  test("is as the gateway has it unless somebody says otherwise", () => {
    expect(settings({})).toEqual({ policy: { origins: [] }, documentsDir: undefined });
  });

  test.each<[string, Record<string, string>, PortConfig, object]>([
    [
      "introspection",
      { MESH_INTROSPECTION: "nobody" },
      { introspection: "authenticated" },
      { introspection: "nobody" },
    ],
    ["introspection, in the file", {}, { introspection: "authenticated" }, { introspection: "authenticated" }],
    ["only documents", { MESH_DOCUMENTS_ONLY: "0" }, { documentsOnly: true }, { documentsOnly: false }],
    ["proxies", { MESH_TRUSTED_PROXIES: "2" }, {}, { trustedProxies: 2 }],
    [
      "origins",
      { MESH_ORIGINS: "https://ontrack.example, http://localhost:3000" },
      { origins: ["https://other.example"] },
      { origins: ["https://ontrack.example", "http://localhost:3000"] },
    ],
    [
      "a rate, with the other as it is",
      { MESH_RATE_REQUESTS: "20" },
      {},
      { rates: { requests: { perSecond: 20, burst: 200 }, values: { perSecond: 50_000_000, burst: 1_000_000_000 } } },
    ],
  ])("%s: the variable before the file, the file before nothing", (_what, env, config, policy) => {
    expect(settings(env, config).policy).toMatchObject(policy);
  });

  test("no rate is without end", () => {
    const { rates } = settings({ MESH_RATE_REQUESTS: "0", MESH_RATE_VALUES: "0" }).policy;
    expect(rates?.requests.perSecond).toBeGreaterThan(1e15);
    expect(rates?.values.burst).toBeGreaterThan(1e15);
  });

  test.each([
    ["MESH_INTROSPECTION", "everyone", "none of everybody, authenticated, nobody"],
    ["MESH_DOCUMENTS_ONLY", "yes", "none of 1, true, 0, false"],
    ["MESH_ORIGINS", "https://app.example/page", "no origin such as"],
    ["MESH_ORIGINS", "*", "no origin such as"],
    ["MESH_ORIGINS", "ontrack.example", "no origin such as"],
    ["MESH_TRUSTED_PROXIES", "1.5", "no whole number"],
    ["MESH_RATE_REQUESTS", "-1", "no number from 0"],
  ])("%s=%s is refused: %s", (name, text, problem) => {
    expect(() => settings({ [name]: text })).toThrow(
      expect.objectContaining({ code: "cli/usage", message: expect.stringContaining(problem), at: { path: name } }),
    );
  });

  test("documents lie in documents/ when there is such a folder, or where somebody says", async () => {
    await using dir = await tempDir();
    expect(portSettingsFrom({}, {}, dir.path).documentsDir).toBeUndefined();
    expect(portSettingsFrom({ documents: "questions" }, {}, dir.path).documentsDir).toBe(join(dir.path, "questions"));
    expect(portSettingsFrom({ documents: "x" }, { MESH_DOCUMENTS: "/elsewhere" }, dir.path).documentsDir).toBe(
      "/elsewhere",
    );
  });
});
