// Generated from the contract ontrack-learning/outcome-attainment 1.0.0 by `npm run generate`; changes belong there.

/**
 * How far the students of an offering have come with each intended learning outcome, by the tasks that the teaching team aligned with it. The numbers behind OnTrack's achievement box plot.
 */
export interface OutcomeAttainmentRow {
  /**
   * Unit the outcome belongs to.
   */
  unit_code: string;
  /**
   * Year and period of the offering, or its first day when it is outside the teaching periods.
   */
  teaching_period: string;
  /**
   * Abbreviation of the learning outcome, unique in its offering.
   */
  outcome: string;
  /**
   * Place of the outcome in the unit's list; null where OnTrack no longer numbers them.
   */
  outcome_number: number | null;
  /**
   * What the outcome is called.
   */
  outcome_name: string | null;
  /**
   * Alignments of tasks with the outcome that the teaching team made. Alignments of single students are not counted.
   */
  aligned_tasks: number;
  /**
   * Score of a student who aims for High Distinction and completes every aligned task: the sum of rating times grade weight (Pass 1, Credit 2, Distinction 4, High Distinction 8).
   */
  attainable: number;
  /**
   * Enrolled students of the offering; the number of values behind the five below.
   */
  students: number;
  /**
   * Students with a score above 0.
   */
  students_with_evidence: number;
  /**
   * Lowest score of a student. Status weights: complete 1, discuss and demonstrate 0.8, ready for feedback 0.7, time exceeded 0.5, fix and resubmit 0.3, redo and feedback exceeded 0.1, the others 0. Only tasks up to the student's target grade count. 0 without students.
   */
  attainment_min: number;
  /**
   * Score at position floor(3n/10) of the n sorted scores, counted from 0. Quirk kept from OnTrack: this is the 30 % position, not the first quartile. 0 without students.
   */
  attainment_lower: number;
  /**
   * Median score; for an even number of students the mean of the middle two, to one decimal. 0 without students.
   */
  attainment_median: number;
  /**
   * Score at position floor(8n/10) of the n sorted scores, counted from 0. Quirk kept from OnTrack: this is the 80 % position, not the third quartile. 0 without students.
   */
  attainment_upper: number;
  /**
   * Highest score of a student. 0 without students.
   */
  attainment_max: number;
}
