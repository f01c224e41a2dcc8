/**
 * What two names share that one person may write as well, or people cannot tell apart: capitals, forms of one letter, blanks
 * around. For refusing alone: nobody is allowed something because their name is like another.
 */
export function likeness(name: string): string {
  return name.normalize("NFKC").toLowerCase().normalize("NFKC").trim();
}
