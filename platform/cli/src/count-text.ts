/** `1 row`, `1,204 rows` */
export function countOf(count: number, thing: string): string {
  return `${formatCount(count)} ${thing}${count === 1 ? "" : "s"}`;
}

/** `1,204` */
export function formatCount(count: number): string {
  return count.toLocaleString("en");
}
