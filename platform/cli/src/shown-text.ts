/**
 * Text that somebody else has written, on one line of a terminal. What would steer the terminal, or stand in it unseen or
 * in another order, is shown as `\u001b`.
 */
export function shownText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escaped);
}

/** The same of text that may have several lines. @param indent stands before each but the first, so that none looks like ours */
export function shownLines(text: string, indent = ""): string {
  const lines = text.split(/\r?\n/);
  return lines.map((line) => line.split("\t").map(shownText).join("\t")).join(`\n${indent}`);
}

function escaped(character: string): string {
  const digits = (character.codePointAt(0) ?? 0).toString(16).padStart(4, "0");
  return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits}`;
}
