// Generated from the contract ontrack-learning/task-completion 1.0.0 by `npm run generate`; changes belong there.

/**
 * How far the students of a unit are: how many tasks they have completed, what state their tasks are in, and what their progress bars look like; for the whole offering, each tutorial and each target grade, and the state of every task in every tutorial. The numbers behind OnTrack's box plot, status chart and progress bars.
 */
export interface TaskCompletionRow {
  /**
   * Unit the students are enrolled in.
   */
  unit_code: string;
  /**
   * Year and period of the offering, or its first day when it is outside the teaching periods.
   */
  teaching_period: string;
  /**
   * What kind of group the row describes. The other three key columns say `all` where they do not divide.
   */
  breakdown: "unit" | "tutorial" | "target_grade" | "task";
  /**
   * Abbreviation of the tutorial; `all` in rows that do not divide by it; `none` for work that no tutorial of the student serves. A tutorial serves the tasks of its own stream, or every task when it has no stream.
   */
  tutorial: string;
  /**
   * Grade the students aim for; `all` in rows that do not divide by it.
   */
  target_grade: "all" | "pass" | "credit" | "distinction" | "high_distinction";
  /**
   * Abbreviation of the task definition in `task` rows, otherwise `all`.
   */
  task: string;
  /**
   * Enrolled students in the group. In `task` rows those who owe the task, that is whose target grade asks for it.
   */
  students: number;
  /**
   * Students of the group with at least one complete task; the number of values behind the five below. Null in `task` rows.
   */
  students_with_complete: number | null;
  /**
   * Fewest complete tasks of a student (OnTrack's task completion statistics). Counts the tasks the student owes. Quirk kept from OnTrack: students without a complete task are left out, so this is 0 only when nobody has one. Null in `task` rows.
   */
  completed_min: number | null;
  /**
   * Complete tasks at position floor(3n/10) of the n sorted values, counted from 0. Quirk kept from OnTrack: this is the 30 % position, not the first quartile. 0 when nobody has a complete task; null in `task` rows.
   */
  completed_lower: number | null;
  /**
   * Median of complete tasks per student; for an even number of students the mean of the middle two, to one decimal. 0 when nobody has a complete task; null in `task` rows.
   */
  completed_median: number | null;
  /**
   * Complete tasks at position floor(8n/10) of the n sorted values, counted from 0. Quirk kept from OnTrack: this is the 80 % position, not the third quartile. 0 when nobody has a complete task; null in `task` rows.
   */
  completed_upper: number | null;
  /**
   * Most complete tasks of a student. 0 when nobody has one; null in `task` rows.
   */
  completed_max: number | null;
  /**
   * Mean over the students of the red share of their progress bar, 0 to 1: fail, feedback exceeded and time exceeded among the tasks they owe. Each student's share is first rounded to two significant digits. Null in `task` rows and in groups without students.
   */
  bar_red: number | null;
  /**
   * Like `bar_red`, for redo, need help, and fix and resubmit.
   */
  bar_orange: number | null;
  /**
   * Like `bar_red`, for discuss, demonstrate and complete.
   */
  bar_green: number | null;
  /**
   * Like `bar_red`, for ready for feedback.
   */
  bar_blue: number | null;
  /**
   * Like `bar_red`, for what is left: 1 minus the four rounded shares, rounded again. Quirk kept from OnTrack: it takes up the rounding errors of the others and may fall a hundredth below 0.
   */
  bar_grey: number | null;
  /**
   * Mean of the number by which OnTrack sorts students by progress: 100 times green, plus 100 times blue, plus 10 times orange, minus red. Null in `task` rows and in groups without students.
   */
  order_scale: number | null;
  /**
   * Tasks the students of the group owe together, each student's tasks counted: the sum of all status counts. In `tutorial` rows only tasks that the tutorial serves.
   */
  tasks: number;
  /**
   * Tasks owed that nobody has touched, or that stand at Not Started. OnTrack's rule: students who owe the task minus its tasks in any other status.
   */
  not_started: number;
  /**
   * Tasks at Working On It.
   */
  working_on_it: number;
  /**
   * Tasks at Need Help.
   */
  need_help: number;
  /**
   * Tasks that wait for an answer (once called Ready to Mark).
   */
  ready_for_feedback: number;
  /**
   * Tasks to be discussed with the tutor before sign-off.
   */
  discuss: number;
  /**
   * Tasks to be demonstrated to the tutor before sign-off.
   */
  demonstrate: number;
  /**
   * Tasks signed off.
   */
  complete: number;
  /**
   * Tasks sent back for corrections.
   */
  fix_and_resubmit: number;
  /**
   * Tasks to be done again.
   */
  redo: number;
  /**
   * Tasks that get no more feedback (once called Do Not Resubmit).
   */
  feedback_exceeded: number;
  /**
   * Tasks failed.
   */
  fail: number;
  /**
   * Tasks submitted after their due date.
   */
  time_exceeded: number;
}
