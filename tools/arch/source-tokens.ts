/** A piece of source text that can matter to imports; comments, regular expressions and template texts are gone. */
export interface Token {
  readonly kind: "word" | "string" | "mark";
  /** A string's content without its quotes, otherwise the text as written. */
  readonly text: string;
  /** 1-based. */
  readonly line: number;
}

/**
 * Splits JavaScript or TypeScript into words, strings and marks. Never fails: what it cannot read is a mark.
 * A template without substitutions is a string.
 */
export function sourceTokens(source: string): Token[] {
  const reader = new TokenReader(source);
  const tokens: Token[] = [];
  for (let token = reader.next(); token !== undefined; token = reader.next()) tokens.push(token);
  return tokens;
}

const patterns = {
  space: /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/|^#![^\n]*)+/y,
  word: /[\p{ID_Start}$_#][\p{ID_Continue}$\u200c\u200d]*|\d[\w.]*/uy,
  string: /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y,
  regularExpression: /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y,
  templateText: /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y,
  mark: /=>|\+\+|--|\.\.\.|[\s\S]/y,
};

/** After one of these words a slash starts a regular expression; after any other it divides. */
const operators = new Set("await case delete do else in instanceof new of return throw typeof void yield".split(" "));
const ends = new Set([")", "]", "}", "++", "--", "/…/"]);

class TokenReader {
  readonly #source: string;
  /** Braces not closed yet; `${` is kept apart because the template goes on after its end. */
  readonly #open: string[] = [];
  #at = 0;
  #line = 1;
  #previous: Token | undefined;

  constructor(source: string) {
    this.#source = source;
  }

  next(): Token | undefined {
    this.#take("space");
    const line = this.#line;
    const token = this.#read();
    this.#previous = token && { ...token, line };
    return this.#previous;
  }

  #read(): Omit<Token, "line"> | undefined {
    const quoted = this.#take("string");
    if (quoted !== undefined) return { kind: "string", text: quoted.slice(1, -1) };
    const word = this.#take("word");
    if (word !== undefined) return { kind: "word", text: word };
    if (this.#startsExpression() && this.#take("regularExpression") !== undefined) return { kind: "mark", text: "/…/" };
    const mark = this.#take("mark");
    return mark === undefined ? undefined : this.#readMark(mark);
  }

  #readMark(text: string): Omit<Token, "line"> {
    if (text === "`") return this.#readTemplate();
    if (text === "{") this.#open.push(text);
    if (text === "}" && this.#open.pop() === "${") return { kind: "mark", text: this.#readTemplate().text };
    return { kind: "mark", text };
  }

  /** Reads to the template's end, or to its next substitution, whose tokens follow as those of any code. */
  #readTemplate(): Omit<Token, "line"> {
    const text = this.#take("templateText") ?? "";
    const stop = this.#source.startsWith("${", this.#at) ? "${" : "`";
    this.#at += stop.length;
    if (stop === "`") return { kind: "string", text };
    this.#open.push(stop);
    return { kind: "mark", text: stop };
  }

  #startsExpression(): boolean {
    if (this.#source[this.#at] !== "/") return false;
    const { kind, text } = this.#previous ?? { kind: "mark", text: "" };
    return kind === "word" ? operators.has(text) : kind === "mark" && !ends.has(text);
  }

  #take(name: keyof typeof patterns): string | undefined {
    const pattern = patterns[name];
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#source)?.[0];
    this.#at += text?.length ?? 0;
    this.#line += text?.split("\n").slice(1).length ?? 0;
    return text;
  }
}
