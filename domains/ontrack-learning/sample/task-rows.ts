import type { DatabaseRow } from "./database-tables.ts";
import { dayOf, type Instant, minuteMs } from "./melbourne-time.ts";
import { type SampleWorld, stamps } from "./sample-world.ts";
import type { Comment, Submission, TaskRecord } from "./task-record.ts";
import { isRenamed, statusId, statusName, type TaskStatus } from "./task-status.ts";

/** Faults that this offering has to carry. */
export interface OfferingFaults {
  /** Rows to write a second time at the end of the offering. */
  readonly doubledDay: number | undefined;
  readonly doubled: DatabaseRow<"task_engagements">[];
  /** How many more assessments get a time before their submission. */
  skewsLeft: number;
}

export interface TaskKeys {
  readonly projectId: number;
  readonly definitionId: number;
}

/** Writes a touched task with all that hangs on it. @returns the task's key, or undefined when nobody touched it */
export function writeTask(
  world: SampleWorld,
  task: TaskRecord,
  keys: TaskKeys,
  faults: OfferingFaults,
): number | undefined {
  const touchedAt = task.firstTouchedAt;
  if (touchedAt === undefined) return undefined;
  const { dump, dates } = world;
  const instant = (at: Instant | undefined) => (at === undefined ? null : dates.instant(at));
  const taskId = dump.add("tasks", {
    task_definition_id: keys.definitionId,
    project_id: keys.projectId,
    task_status_id: statusId(task.status),
    submission_date: instant(task.submittedAt),
    file_uploaded_at: instant(task.submittedAt),
    assessment_date: instant(task.assessedAt),
    completion_date: task.completedOn === undefined ? null : dates.day(task.completedOn),
    times_assessed: task.timesAssessed,
    extensions: task.extensions,
    grade: task.grade ?? null,
    quality_pts: task.qualityPts,
    ...stamps(world, touchedAt, task.lastTouchedAt ?? touchedAt),
  });
  for (const submission of task.submissions) writeSubmission(world, taskId, submission, faults);
  writeEngagements(world, taskId, task, faults);
  for (const comment of [...task.comments].sort((a, b) => a.at - b.at)) writeComment(world, taskId, comment);
  return taskId;
}

function writeSubmission(world: SampleWorld, taskId: number, submission: Submission, faults: OfferingFaults): void {
  const { submittedAt, assessedAt, assessorId, outcome } = submission;
  const skewed = assessedAt !== undefined && assessedAt > submittedAt && faults.skewsLeft > 0;
  if (skewed) {
    faults.skewsLeft--;
    world.tally.count("assessment-clock-skew");
  }
  const stamped = skewed ? submittedAt - (7 + faults.skewsLeft) * minuteMs : assessedAt;
  world.dump.add("task_submissions", {
    task_id: taskId,
    submission_time: world.dates.instant(submittedAt),
    assessment_time: stamped === undefined ? null : world.dates.instant(stamped),
    assessor_id: assessorId ?? null,
    outcome: outcome === undefined ? null : nameOf(world, outcome, assessedAt ?? submittedAt),
    ...stamps(world, submittedAt, assessedAt ?? submittedAt),
  });
}

function writeEngagements(world: SampleWorld, taskId: number, task: TaskRecord, faults: OfferingFaults): void {
  for (const { at, status } of task.engagements) {
    const engagement = nameOf(world, status, at);
    if (isRenamed(status) && at < world.plan.statusesRenamedOn) world.tally.count("status-renamed");
    const row = { task_id: taskId, engagement_time: world.dates.instant(at), engagement, ...stamps(world, at) };
    const id = world.dump.add("task_engagements", row);
    if (faults.doubledDay !== undefined && dayOf(at) === faults.doubledDay) faults.doubled.push({ id, ...row });
  }
}

export function writeComment(world: SampleWorld, taskId: number, comment: Comment): void {
  const { at, authorId, recipientId } = comment;
  const frame = { task_id: taskId, user_id: authorId, recipient_id: recipientId, created_at: world.dates.instant(at) };
  world.dump.add("task_comments", { ...frame, ...commentBody(world, comment) });
}

function commentBody(world: SampleWorld, comment: Comment): DatabaseRow<"task_comments"> {
  if (comment.kind === "text") return { comment: comment.text, content_type: "text" };
  if (comment.kind === "status") {
    return {
      comment: nameOf(world, comment.status, comment.at),
      content_type: "status",
      type: "TaskStatusComment",
      task_status_id: statusId(comment.status),
    };
  }
  return {
    comment: comment.text,
    content_type: "extension",
    type: "ExtensionComment",
    extension_weeks: comment.weeks,
    extension_granted: true,
    date_extension_assessed: world.dates.instant(comment.at),
    assessor_id: comment.grantedBy,
    extension_response: "Extension granted",
  };
}

function nameOf(world: SampleWorld, status: TaskStatus, at: Instant): string {
  return statusName(status, at, world.plan.statusesRenamedOn);
}
