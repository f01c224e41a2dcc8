// Generated from the contract ontrack-learning/student-progress 1.0.1 by `npm run generate`; changes belong there.

/**
 * How the work of single students goes down over an offering: the four lines of OnTrack's burndown chart and the weekly completion rate, for every week. For research into progress and for early help.
 */
export interface StudentProgressRow {
  /**
   * Pseudonym of one student's enrolment in one offering. The same student has another one in every offering.
   */
  enrolment: string;
  /**
   * Weeks since the offering began; 0 is its first day.
   */
  week: number;
  /**
   * Unit the student is enrolled in.
   */
  unit_code: string;
  /**
   * Year and period of the offering, or its first day when it is outside the teaching periods.
   */
  teaching_period: string;
  /**
   * The day of the weekly point. Everything in the row is as of the start of this day, UTC.
   */
  week_start: string;
  /**
   * Number of the teaching week the day lies in; none in break weeks and after the end.
   */
  teaching_week: number | null;
  /**
   * Abbreviation of the campus the student belongs to; null when OnTrack does not know it.
   */
  campus: string | null;
  /**
   * Grade the student aims for now. Students change it; earlier aims are not kept.
   */
  target_grade: "pass" | "credit" | "distinction" | "high_distinction";
  /**
   * False when the student has withdrawn from the offering.
   */
  enrolled: boolean;
  /**
   * Burndown line "Target": weight of the tasks the student owes whose target date is this day or later, divided by the weight of all tasks the student owes; 1 at the beginning, 0 when everything should be done. Null when the student owes nothing.
   */
  target: number | null;
  /**
   * Burndown line "To submit": 1 minus the weight of submitted tasks, by the day of their last submission, divided by the weight of all tasks the student owes. Submitted is every status but not started, working on it, need help, fix and resubmit, and redo. Quirk kept from OnTrack: tasks above the target grade count too, so the value can fall below 0. Null for points that lie beyond the first one after today.
   */
  submitted: number | null;
  /**
   * Burndown line "To complete": like `submitted`, for tasks that are complete, by their completion day (the first day on which they were complete, to be discussed or to be demonstrated).
   */
  complete: number | null;
  /**
   * Burndown line "Projected": 1 on the first day, falling every week by the weight done so far (ready for feedback, discuss, demonstrate, complete; also above the target grade) per week elapsed until today or the last day, divided by the weight of all tasks the student owes. Quirk kept from OnTrack: the line ends with its first value at or below 0, and is null afterwards.
   */
  projected: number | null;
  /**
   * Weight of the tasks owed that are ready for feedback, discuss, demonstrate or complete by this day, divided by the weeks begun since the first day (at least 1, none after the last day). In weight units a week. Null for points that lie beyond the first one after today, whose own value is today's.
   */
  weekly_completion_rate: number | null;
}
