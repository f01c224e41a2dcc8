/** What keeps the check from being made at all, as opposed to what it finds; with what to do about it. */
export class InteropError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = "InteropError";
    this.hint = hint;
  }
}
