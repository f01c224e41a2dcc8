// Generated from the contract ontrack-learning/feedback-turnaround 1.0.0 by `npm run generate`; changes belong there.

/**
 * How long students wait for feedback, week by week: how many submissions were answered and how fast, how many were answered within the promised days, how many still wait, and how much time staff spent marking.
 */
export interface FeedbackTurnaroundRow {
  /**
   * Unit the work was submitted in.
   */
  unit_code: string;
  /**
   * Year and period of the offering, or its first day when it is outside the teaching periods.
   */
  teaching_period: string;
  /**
   * Monday of the week, UTC.
   */
  week: string;
  /**
   * Number of the teaching week, 1 for the week the offering starts in. Break weeks (four or more days of break) and weeks after the end have none, and the count goes on after a break where it stopped.
   */
  teaching_week: number | null;
  /**
   * Submissions that came in during the week. A resubmission within the hour replaces the one before it.
   */
  submitted: number;
  /**
   * Submissions that staff answered for the first time in the week.
   */
  assessed: number;
  /**
   * Of those, answered within the unit's warning threshold (`feedback_warning_days` times 24 hours).
   */
  within_warning: number;
  /**
   * Of those, answered within the unit's overflow threshold (`feedback_overflow_days` times 24 hours).
   */
  within_overflow: number;
  /**
   * within_warning / assessed, 0 to 1. Null when nothing was assessed.
   */
  share_within_warning: number | null;
  /**
   * within_overflow / assessed, 0 to 1. Null when nothing was assessed.
   */
  share_within_overflow: number | null;
  /**
   * Median hours from submission to first answer; for an even number the mean of the middle two. Null when nothing was assessed.
   */
  median_hours: number | null;
  /**
   * Hours within which 90 % were answered, interpolated between neighbours. Null when nothing was assessed.
   */
  p90_hours: number | null;
  /**
   * Submissions without an answer at the end of the week, or now in the running week. A submission stops waiting when it is assessed or closed, when the student sends a newer one, withdraws, or takes the task back.
   */
  awaiting: number;
  /**
   * Of those awaiting, the ones that have waited longer than the unit's overflow threshold.
   */
  overdue: number;
  /**
   * Minutes staff spent marking, from the API log by the 15-minute method: at one address, a session opens with a look at the unit's inbox or an assessment, and ends before a gap of more than 15 minutes, another person's assessment, or another unit; whole minutes, sessions shorter than one are dropped. Counted in the week the session starts in.
   */
  marking_minutes: number;
  /**
   * Later assessments of a submission that was answered before, such as sign-offs after a discussion.
   */
  repeat_assessments: number;
  /**
   * Submissions after the due date, which OnTrack closes at once as Time Exceeded in the student's name.
   */
  automatic_closures: number;
  /**
   * Assessments dated before their submission; a clock was wrong.
   */
  implausible_assessments: number;
  /**
   * The offering's warning threshold in days; 5 when the installation has none.
   */
  feedback_warning_days: number;
  /**
   * The offering's overflow threshold in days; 7 when the installation has none.
   */
  feedback_overflow_days: number;
}
