import { type Day, dayMs, dayOf, endOfDayAnywhere, hourMs, type Instant, weekMs } from "./melbourne-time.ts";
import { isClosed, isReady, type StaffStatus, type StudentStatus, type TaskStatus } from "./task-status.ts";

export interface Submission {
  submittedAt: Instant;
  assessedAt?: Instant;
  assessorId?: number;
  outcome?: TaskStatus;
}

export interface Engagement {
  readonly at: Instant;
  readonly status: TaskStatus;
}

type CommentBody =
  | { readonly kind: "status"; readonly status: TaskStatus }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "extension"; readonly weeks: number; readonly grantedBy: number; readonly text: string };

export type Comment = CommentBody & { readonly at: Instant; readonly authorId: number; readonly recipientId: number };

/** Who and when a task is about; days are those of its definition. */
export interface TaskFrame {
  readonly studentId: number;
  readonly tutorId: number;
  readonly targetDay: Day;
  /** No extension reaches beyond it. */
  readonly deadline: Day;
  readonly isGraded: boolean;
  readonly maxQualityPts: number;
  /** Weeks granted with "Fix and Resubmit" when the due date is near. */
  readonly extensionWeeksOnResubmit: number;
}

const resubmitWindowMs = hourMs;

/**
 * One task under OnTrack's own rules: what a change of status writes, when a submission is late, which resubmission
 * overwrites the one before. Breaking a rule is a bug of the caller and throws.
 */
export class TaskRecord {
  readonly frame: TaskFrame;
  readonly submissions: Submission[] = [];
  readonly engagements: Engagement[] = [];
  readonly comments: Comment[] = [];
  status: TaskStatus = "not_started";
  submittedAt: Instant | undefined;
  assessedAt: Instant | undefined;
  completedOn: Day | undefined;
  timesAssessed = 0;
  extensions = 0;
  grade: number | undefined;
  qualityPts = -1;

  constructor(frame: TaskFrame) {
    this.frame = frame;
  }

  /** Undefined: nobody has done anything, so there is no row. */
  get firstTouchedAt(): Instant | undefined {
    const moments = this.#moments();
    return moments.length === 0 ? undefined : Math.min(...moments);
  }

  get lastTouchedAt(): Instant | undefined {
    const moments = this.#moments();
    return moments.length === 0 ? undefined : Math.max(...moments);
  }

  /** A student's own change of status, short of submitting. */
  engage(status: Exclude<StudentStatus, "ready_for_feedback">, at: Instant): void {
    this.#refuseClosed(status);
    this.#comment(at, this.frame.studentId, { kind: "status", status });
    this.#enter(status, at);
  }

  /** In time it waits for feedback; late it is closed as "Time Exceeded" at once, in the student's name. */
  submit(at: Instant): void {
    this.#refuseClosed("ready_for_feedback");
    const late = at > this.dueAt(at);
    this.submittedAt = at;
    this.#comment(at, this.frame.studentId, { kind: "status", status: "ready_for_feedback" });
    if (late) this.#exceedTime(at);
    this.#enter(late ? "time_exceeded" : "ready_for_feedback", at);
    this.#recordSubmission(at);
  }

  assess(status: StaffStatus, assessorId: number, at: Instant, qualityPts = -1): void {
    if (isReady(status) && this.frame.maxQualityPts > 0) this.qualityPts = qualityPts;
    this.#judge(status, assessorId, at);
    this.#comment(at, assessorId, { kind: "status", status });
  }

  award(grade: number): void {
    if (!this.frame.isGraded) throw new Error("only graded tasks take a grade");
    this.grade = grade;
  }

  say(authorId: number, text: string, at: Instant): void {
    this.#comment(at, authorId, { kind: "text", text });
  }

  /** @returns weeks granted, 0 when the deadline leaves none */
  requestExtension(weeks: number, at: Instant, grantedBy: number, text: string): number {
    const granted = Math.min(weeks, this.#weeksLeft());
    if (granted <= 0) return 0;
    this.#comment(at, this.frame.studentId, { kind: "extension", weeks: granted, grantedBy, text });
    this.extensions += granted;
    return granted;
  }

  /** The last moment at which a submission is in time. */
  dueAt(now: Instant): Instant {
    const fixing = this.status === "fix_and_resubmit" && this.assessedAt !== undefined;
    if (fixing && now < endOfDayAnywhere(this.frame.deadline)) {
      return endOfDayAnywhere(dayOf(this.assessedAt ?? now) + weekMs);
    }
    return endOfDayAnywhere(this.#extendedDay());
  }

  #moments(): Instant[] {
    return [...this.engagements, ...this.comments].map((event) => event.at);
  }

  #extendedDay(): Day {
    return Math.min(
      this.frame.targetDay + this.extensions * weekMs,
      Math.max(this.frame.deadline, this.frame.targetDay),
    );
  }

  #weeksLeft(): number {
    return Math.max(0, Math.ceil((this.frame.deadline - this.#extendedDay()) / weekMs));
  }

  #refuseClosed(status: TaskStatus): void {
    if (isClosed(this.status)) throw new Error(`a student cannot set ${status} once a task is ${this.status}`);
  }

  #enter(status: TaskStatus, at: Instant): void {
    this.status = status;
    this.engagements.push({ at, status });
  }

  #exceedTime(at: Instant): void {
    this.#judge("time_exceeded", this.frame.studentId, at);
    this.#comment(at, this.frame.tutorId, { kind: "status", status: "time_exceeded" });
    if (this.frame.isGraded && this.grade === undefined) this.grade = -1;
  }

  #judge(status: TaskStatus, assessorId: number, at: Instant): void {
    this.submittedAt ??= at;
    if (this.assessedAt === undefined || this.assessedAt < this.submittedAt) this.timesAssessed++;
    const due = this.dueAt(at);
    this.assessedAt = at;
    this.completedOn = isReady(status) ? (this.completedOn ?? dayOf(at)) : undefined;
    if (status === "fix_and_resubmit" && due < at + 7 * dayMs) this.#extendForResubmission();
    this.#enter(status, at);
    this.#recordAssessment(status, assessorId, at);
  }

  #extendForResubmission(): void {
    this.extensions += Math.min(this.frame.extensionWeeksOnResubmit, this.#weeksLeft());
  }

  #recordAssessment(outcome: TaskStatus, assessorId: number, at: Instant): void {
    const latest = this.#latestSubmission();
    const verdict = { assessedAt: at, assessorId, outcome };
    if (latest !== undefined && latest.assessedAt === undefined) Object.assign(latest, verdict);
    else this.submissions.push({ submittedAt: latest?.submittedAt ?? at, ...verdict });
  }

  #recordSubmission(at: Instant): void {
    const latest = this.#latestSubmission();
    const again = latest !== undefined && latest.assessedAt === undefined && at < latest.submittedAt + resubmitWindowMs;
    if (again) latest.submittedAt = at;
    else this.submissions.push({ submittedAt: at });
  }

  /** Of several rows for one submission the one that still waits, if any. */
  #latestSubmission(): Submission | undefined {
    const newest = Math.max(...this.submissions.map((submission) => submission.submittedAt));
    const rows = this.submissions.filter((submission) => submission.submittedAt === newest);
    return rows.find((row) => row.assessedAt === undefined) ?? rows.at(-1);
  }

  #comment(at: Instant, authorId: number, body: CommentBody): void {
    const { studentId, tutorId } = this.frame;
    this.comments.push({ at, authorId, recipientId: authorId === studentId ? tutorId : studentId, ...body });
  }
}
