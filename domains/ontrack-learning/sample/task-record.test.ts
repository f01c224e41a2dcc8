import { expect, test } from "vitest";
import { dayMs, hourMs, minuteMs } from "./melbourne-time.ts";
import { TaskRecord } from "./task-record.ts";

const student = 7;
const tutor = 3;
const targetDay = Date.UTC(2025, 3, 8);
const noon = (days: number) => targetDay + days * dayMs + 12 * hourMs;

function newTask(change: { deadline?: number; isGraded?: boolean; maxQualityPts?: number } = {}): TaskRecord {
  const frame = { studentId: student, tutorId: tutor, targetDay, extensionWeeksOnResubmit: 1 };
  return new TaskRecord({ ...frame, deadline: targetDay + 21 * dayMs, isGraded: false, maxQualityPts: 0, ...change });
}

const statuses = (task: TaskRecord) => task.engagements.map((engagement) => engagement.status);

test("a submission in time waits for feedback and writes one row of each kind", () => {
  const task = newTask();
  task.engage("working_on_it", noon(-3));
  task.submit(noon(-1));
  expect(statuses(task)).toEqual(["working_on_it", "ready_for_feedback"]);
  expect(task.submissions).toEqual([{ submittedAt: noon(-1) }]);
  expect(task.comments.map(({ authorId, recipientId }) => [authorId, recipientId])).toEqual([
    [student, tutor],
    [student, tutor],
  ]);
});

test.each([
  [36 * hourMs, "ready_for_feedback", "the day ends when it has ended everywhere on earth"],
  [36 * hourMs + 1000, "time_exceeded", "a second later it is late"],
])("submitting %d ms into the due day makes it %s: %s", (offset, status) => {
  const task = newTask();
  task.submit(targetDay + offset);
  expect(task.status).toBe(status);
});

test("a late submission is closed in the student's name, with a second row that nobody assesses", () => {
  const task = newTask({ isGraded: true });
  task.submit(noon(3));
  expect(statuses(task)).toEqual(["time_exceeded", "time_exceeded"]);
  expect(task.submissions).toEqual([
    { submittedAt: noon(3), assessedAt: noon(3), assessorId: student, outcome: "time_exceeded" },
    { submittedAt: noon(3) },
  ]);
  expect(task.grade).toBe(-1);
});

test("an extension makes the same submission in time, but never reaches beyond the deadline", () => {
  const task = newTask({ deadline: targetDay + 10 * dayMs });
  expect(task.requestExtension(5, noon(0), 1, "please")).toBe(2);
  expect(task.requestExtension(1, noon(0), 1, "please")).toBe(0);
  task.submit(noon(10));
  expect(task.status).toBe("ready_for_feedback");
  expect(task.dueAt(noon(10))).toBe(targetDay + 10 * dayMs + 36 * hourMs);
});

test.each([
  [59 * minuteMs, 1, "within the hour the new time overwrites the old"],
  [61 * minuteMs, 2, "after that it is another submission"],
])("handing in again after %d ms leaves %d rows: %s", (wait, rows) => {
  const task = newTask();
  task.submit(noon(-1));
  task.submit(noon(-1) + wait);
  expect(task.submissions).toHaveLength(rows);
  expect(task.submissions.at(-1)?.submittedAt).toBe(noon(-1) + wait);
});

test("signing off what was assessed before adds a row with the old submission time and counts no assessment", () => {
  const task = newTask();
  task.submit(noon(-1));
  task.assess("discuss", tutor, noon(1));
  task.assess("complete", tutor, noon(4));
  expect(task.submissions).toEqual([
    { submittedAt: noon(-1), assessedAt: noon(1), assessorId: tutor, outcome: "discuss" },
    { submittedAt: noon(-1), assessedAt: noon(4), assessorId: tutor, outcome: "complete" },
  ]);
  expect(task.timesAssessed).toBe(1);
  expect(new Date(task.completedOn ?? 0).toISOString().slice(0, 10)).toBe("2025-04-09");
});

test("being asked to fix it close to the due date gives another week, and forgets the completion", () => {
  const task = newTask();
  task.submit(noon(-1));
  task.assess("complete", tutor, noon(0));
  task.assess("fix_and_resubmit", tutor, noon(1));
  expect([task.extensions, task.completedOn]).toEqual([1, undefined]);
  task.submit(noon(7));
  expect(task.status).toBe("ready_for_feedback");
});

test.each(["complete", "discuss", "demonstrate", "feedback_exceeded", "fail"] as const)(
  "once it is %s a student can neither submit nor change it",
  (status) => {
    const task = newTask();
    task.submit(noon(-1));
    task.assess(status, tutor, noon(1));
    expect(() => task.submit(noon(2))).toThrow("a student cannot set");
    expect(() => task.engage("need_help", noon(2))).toThrow("a student cannot set");
  },
);

test("quality points come with ready work where the task has them, grades only on graded tasks", () => {
  const plain = newTask();
  const rich = newTask({ maxQualityPts: 5, isGraded: true });
  for (const task of [plain, rich]) {
    task.submit(noon(-1));
    task.assess("complete", tutor, noon(1), 4);
  }
  expect([plain.qualityPts, rich.qualityPts]).toEqual([-1, 4]);
  rich.award(2);
  expect(rich.grade).toBe(2);
  expect(() => plain.award(2)).toThrow("only graded tasks");
});
