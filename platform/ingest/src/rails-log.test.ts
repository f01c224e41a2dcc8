import { openLanding } from "@thoth/testing/landing";
import { expect, test } from "vitest";
import type { Stream } from "./connector.ts";
import { railsLog } from "./rails-log.ts";

const log = railsLog({ name: "log_lines", files: "log/*.log" });

const lines: readonly (readonly [string, Record<string, unknown>])[] = [
  [
    'Started GET "/api/units/12/tasks/inbox" for 10.0.0.1 at 2024-05-01 09:12:33 +1000',
    {
      kind: "request",
      method: "GET",
      path: "/api/units/12/tasks/inbox",
      unit_id: 12n,
      task_id: null,
      at: "2024-04-30T23:12:33.000Z",
      severity: null,
    },
  ],
  [
    '2024-05-01 09:12:34 +1000,10.0.0.1,INFO: Started POST "/api/projects/3/tasks/77?auth_token=hush" for 10.0.0.1 at 2024-05-01 09:12:34 +1000',
    { kind: "request", method: "POST", path: "/api/projects/3/tasks/77", task_id: 77n, severity: "INFO" },
  ],
  [
    "2024-05-01 09:12:35 +1000,10.0.0.2,INFO: Login ann from 10.0.0.2",
    { kind: "login", at: "2024-04-30T23:12:35.000Z" },
  ],
  [
    "2024-05-01T09:12:35.250Z,10.0.0.2,INFO: Authenticate ann from 10.0.0.2",
    { kind: "authenticate", at: "2024-05-01T09:12:35.250Z" },
  ],
  [
    "2024-05-01 09:12:36 UTC,unknown,WARN: Error logging in for ann / Ann Example from 10.0.0.2",
    { kind: "other", severity: "WARN" },
  ],
  [
    "2024-05-01 09:12:36 UTC,unknown,WARN: Error logging in for ann / ann from 10.0.0.2",
    { kind: "login_failed", at: "2024-05-01T09:12:36.000Z" },
  ],
  [
    "2024-05-01 09:12:37 UTC,10.0.0.3,INFO: bo assessing task 77 to complete",
    { kind: "assessing", task_id: 77n, trigger: "complete" },
  ],
  ["2024-05-01 09:12:38 UTC,10.0.0.3,INFO: bo - added comment for task 77 (1.2P)", { kind: "comment", task_id: 77n }],
  [
    "2024-05-01 09:12:39 UTC,10.0.0.3,INFO: Submission accepted! Status for task 78 is now ready_for_feedback",
    { kind: "submission", task_id: 78n, trigger: "ready_for_feedback", user_key: null },
  ],
  [
    "2024-05-01 09:12:40 UTC,10.0.0.3,ERROR: Unhandled exception: RuntimeError",
    { kind: "exception", severity: "ERROR" },
  ],
  ["app/models/task.rb:12:in `block' for bo@example.edu", { kind: "other", at: null, path: null }],
  ["2024-05-01 09:12:41 UTC,unknown,INFO: COS10001 - Import success for 95 students", { kind: "import", ip_key: null }],
  ["", { kind: "other" }],
];

test("understands OnTrack's messages in both formats and keeps nobody's name, address or secret", async () => {
  await using landing = await openLanding();
  await landing.file("log/a.log", `${lines.map(([line]) => line).join("\n")}\n`);
  const result = await landing.land(log);
  const rows = await landing.query("select * exclude (_run_id, _loaded_at, _source) from raw.log_lines");
  // Blank lines are no lines.
  const expected = lines.filter(([line]) => line !== "").map(([, fields]) => expect.objectContaining(fields));
  expect(rows).toEqual(expected);
  expect(result).toMatchObject({ rowsRead: expected.length, watermark: Date.parse("2024-05-01T09:12:41Z") });
  const kept = rows.map((row) => Object.values(row).join(" ")).join("\n");
  expect(kept).not.toMatch(/\bann\b|\bbo\b|10\.0\.0|hush|example/i);
});

test("the same person and the same address have the same key, others another", async () => {
  await using landing = await openLanding();
  const entry = (user: string, ip: string) => `2024-05-01 09:00:00 UTC,${ip},INFO: Login ${user} from ${ip}`;
  await landing.file(
    "log/a.log",
    `${[entry("ann", "10.0.0.1"), entry("bo", "10.0.0.1"), entry("ann", "10.0.0.2")].join("\n")}\n`,
  );
  await landing.land(log);
  const [first, second, third] = await landing.query("select user_key, ip_key from raw.log_lines");
  expect(first?.user_key).toBe(third?.user_key);
  expect(first?.user_key).not.toBe(second?.user_key);
  expect(first?.ip_key).toBe(second?.ip_key);
  expect(first?.ip_key).not.toBe(third?.ip_key);
});

test("a load of many logs that is cut off keeps what was durable; the next one brings the rest, each line once", async () => {
  await using landing = await openLanding();
  const files = 300;
  for (let file = 0; file < files; file++) {
    await landing.file(
      `log/${file}.log`,
      `2024-05-01 09:00:00 UTC,10.0.0.1,INFO: bo assessing task ${file} to complete\n`,
    );
  }
  const stop = new AbortController();
  const cut: Stream = {
    ...log,
    async *read(context) {
      for await (const batch of log.read(context)) {
        yield batch;
        stop.abort();
      }
    },
  };
  await expect(landing.land(cut, { signal: stop.signal })).rejects.toMatchObject({ name: "AbortError" });
  const [durable] = await landing.query("select count(*)::integer as n from raw.log_lines");
  expect(durable?.n).toBeGreaterThan(0);
  expect(durable?.n).toBeLessThan(files);
  expect(await landing.land(log)).toMatchObject({ rowsRead: files - Number(durable?.n), rowCountAfter: files });
  expect(await landing.query("select count(distinct task_id)::integer as n from raw.log_lines")).toEqual([
    { n: files },
  ]);
  expect(await landing.land(log)).toMatchObject({ rowsRead: 0 });
});
