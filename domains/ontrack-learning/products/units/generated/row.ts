// Generated from the contract ontrack-learning/units 1.0.0 by `npm run generate`; changes belong there.

/**
 * The units that are taught with OnTrack, one row each. Master data: every product that speaks of a unit, in any domain, refers to these codes.
 */
export interface UnitRow {
  /**
   * Code of the unit in upper case, the same in every teaching period.
   */
  code: string;
  /**
   * Name of the unit in its latest offering.
   */
  name: string;
  /**
   * Whether OnTrack lists the latest offering as active. Staff switch it off by hand, often weeks after the end.
   */
  active: boolean;
  /**
   * Teaching period of the offering that started last, as year and period. An offering outside the teaching periods is named by its first day.
   */
  latest_teaching_period: string;
  /**
   * First day of the latest offering.
   */
  start_date: string;
  /**
   * Last day of the latest offering.
   */
  end_date: string;
  /**
   * Number of times the unit has been offered in OnTrack, the latest offering included.
   */
  offerings: number;
  /**
   * Calendar year in which the unit's first offering in OnTrack started.
   */
  first_year: number;
  /**
   * Students enrolled in the latest offering at the last extraction; those who withdrew are not counted.
   */
  enrolled_students: number;
  /**
   * Days within which the unit means to answer a submission. The unit's own setting, or OnTrack's default of 5 when the installation has none.
   */
  feedback_warning_days: number;
  /**
   * Days after which an unanswered submission may be taken over by other staff. The unit's own setting, or OnTrack's default of 7 when the installation has none.
   */
  feedback_overflow_days: number;
}
