/** `47 min`, `15 h`, `17 days`: one number a person can grasp. @param ms a duration, never negative */
export function spokenDuration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return "less than a minute";
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

/** `2026-03-18 12:00` in UTC. @param moment epoch ms */
export function spokenMoment(moment: number): string {
  return new Date(moment).toISOString().slice(0, 16).replace("T", " ");
}
