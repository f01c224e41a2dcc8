import { expect, test } from "vitest";
import { fieldNameOf, majorOf, tableNameOf, typeNameOf } from "./major-names.ts";

test.each([
  ["0.3.0", 0, "task_completion", "taskCompletion", "TaskCompletion"],
  ["1.4.2", 1, "task_completion", "taskCompletion", "TaskCompletion"],
  ["2.0.0-beta.1", 2, "task_completion_v2", "taskCompletionV2", "TaskCompletionV2"],
  ["12.0.0", 12, "task_completion_v12", "taskCompletionV12", "TaskCompletionV12"],
])("names of %s", (version, major, table, field, type) => {
  expect(majorOf(version)).toBe(major);
  expect(tableNameOf("task-completion", version)).toBe(table);
  expect(fieldNameOf("task-completion", version)).toBe(field);
  expect(typeNameOf("task_completion", version)).toBe(type);
});
