/**
 * What starts a domain or a product by itself, as `domain.ts` declares it. Without one it runs when somebody says so:
 * `mesh run`.
 */
export interface Schedule {
  /** Five fields: minute, hour, day of month, month, day of week. `0 4 * * *` is every day at four. */
  readonly cron?: string;
  /** Where the clock hangs, an IANA name: `Australia/Melbourne`. UTC unless given. */
  readonly timeZone?: string;
  /** Products whose publishing starts it: `ontrack-learning/units`. */
  readonly onPublish?: readonly string[];
  /** Names that start it: `mesh schedule fire semester-started`. */
  readonly onEvent?: readonly string[];
  /** How long one run may take; 120 unless given. */
  readonly timeoutMinutes?: number;
  /** How often a run that failed through no fault of the data is begun in all; 4 unless given. */
  readonly attempts?: number;
}

export const scheduleDefaults = { timeZone: "UTC", timeoutMinutes: 120, attempts: 4 } as const;
