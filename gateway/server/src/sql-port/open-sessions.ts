import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Session } from "./session/session.ts";

/** What a client needs to cancel a statement from another connection. */
export interface SessionKey {
  readonly processId: number;
  readonly secret: number;
}

/** The sessions of one server, and the keys by which their statements can be cancelled. */
export class OpenSessions {
  readonly #byId = new Map<number, { readonly secret: number; readonly session: Session }>();

  /** A key for a session that is about to be opened. */
  newKey(): SessionKey {
    for (;;) {
      const processId = randomBytes(4).readUInt32BE() >>> 1;
      if (processId > 0 && !this.#byId.has(processId)) return { processId, secret: randomBytes(4).readUInt32BE() };
    }
  }

  /** @returns forgets it */
  add({ processId, secret }: SessionKey, session: Session): Disposable {
    this.#byId.set(processId, { secret, session });
    return { [Symbol.dispose]: () => void this.#byId.delete(processId) };
  }

  /** Nothing happens when the key is not right, and nobody is told. */
  cancel({ processId, secret }: SessionKey): void {
    const found = this.#byId.get(processId);
    if (found !== undefined && timingSafeEqual(bytesOf(found.secret), bytesOf(secret))) found.session.cancel();
  }

  get size(): number {
    return this.#byId.size;
  }

  all(): Session[] {
    return [...this.#byId.values()].map(({ session }) => session);
  }
}

function bytesOf(secret: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(secret);
  return bytes;
}
