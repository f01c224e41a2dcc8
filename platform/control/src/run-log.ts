import type { Clock } from "@thoth/kernel/clock";
import type { ControlPlane } from "./control-plane.ts";

export type LogLevel = "info" | "warning" | "error";

/** One thing that a run said. */
export interface LogLine {
  /** Epoch ms. */
  readonly at: number;
  readonly level: LogLevel;
  readonly message: string;
}

/** What runs said while they ran, kept beside the ledger. */
export interface RunLog {
  /** Adds lines; past the limits nothing more is kept. */
  write(runId: string, lines: readonly Omit<LogLine, "at">[]): Promise<void>;
  /** In the order they were written. */
  read(runId: string): Promise<LogLine[]>;
}

/** Lines of one run, and characters of one line, at most. */
export const logLimits = { lines: 200, characters: 1000 } as const;

export function openRunLog(control: ControlPlane, clock: Clock): RunLog {
  return {
    write: async (runId, lines) => {
      if (lines.length === 0) return;
      // Counted and added in one statement: a run has one writer, and a line too many is left out.
      await control.query(
        `insert into mesh.run_log (run_id, line, at, level, message)
         select $1, before.lines + given.n, $2, given.level, given.message
         from unnest($3::text[], $4::text[]) with ordinality as given (level, message, n),
           (select count(*) as lines from mesh.run_log where run_id = $1) as before
         where before.lines + given.n <= ${logLimits.lines}`,
        [runId, new Date(clock()), lines.map(({ level }) => level), lines.map(({ message }) => tidy(message))],
      );
    },
    read: async (runId) => {
      const rows = await control.query<{ at: Date; level: LogLevel; message: string }>(
        "select at, level, message from mesh.run_log where run_id = $1 order by line",
        [runId],
      );
      return rows.map(({ at, level, message }) => ({ at: at.getTime(), level, message }));
    },
  };
}

/** Passwords in URLs, tokens in headers, and what is called a secret: a log is read by more people than an environment. */
const secrets: readonly (readonly [RegExp, string])[] = [
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi, "$1:***@"],
  [/\b(bearer|basic|operator)\s+[\w.~+/=-]{8,}/gi, "$1 ***"],
  [/\b((?:[\w-]*(?:password|passwd|secret|token|api[_-]?key))["']?\s*[:=]\s*)(?:"[^"]*"|'[^']*'|[^\s,;&]+)/gi, "$1***"],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+/g, "***"],
];

/** Without secrets and control characters, and no longer than a line may be. */
export function tidy(message: string): string {
  const clean = secrets.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), message);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out, but for tabs and line ends
  const printable = clean.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "");
  return printable.length <= logLimits.characters ? printable : `${printable.slice(0, logLimits.characters - 1)}…`;
}
