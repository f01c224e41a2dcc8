import type { Finding } from "@thoth/contract/finding";

/** A finding below the line it belongs to: place, severity, rule, what is wrong, and what to do. */
export function describeFinding({ rule, severity, file, line, column, message, hint }: Finding): string {
  const place = file === "" ? "" : `${file}:${line}:${column} `;
  return `     ${place}${severity} ${rule}: ${message}\n       hint ${hint}`;
}
