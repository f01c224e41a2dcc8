/** A reason why the workspace cannot be set up, and what its owner can do about it. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {string} hint
   * @param {number} [exitCode]
   */
  constructor(message, hint, exitCode = 1) {
    super(message);
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

/**
 * Progress goes to standard error: standard output belongs to the program that is started.
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`· ${text}\n`);
}

/**
 * Says now and then that a long step is still going, where no progress bar can show it.
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function timed(what, work) {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  say(`${what} …`);
  const timer = setInterval(() => say(`${what} … ${seconds()}`), 15_000);
  try {
    const result = await work();
    say(`${what}: done in ${seconds()}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
