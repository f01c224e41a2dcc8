/** Says whether something came out as it must. @returns whether it did */
export function verdict(what: string, found: readonly unknown[], expected: readonly unknown[]): boolean {
  const ok = JSON.stringify(found) === JSON.stringify(expected);
  console.log(`${ok ? "ok  " : "FAIL"} ${what}: ${found.join(", ")}${ok ? "" : ` instead of ${expected.join(", ")}`}`);
  return ok;
}
