import { Client, type ClientConfig } from "pg";

/** Settings of every connection: to be made within ten seconds, and a machine that is gone is noticed within one minute. */
export const lineSettings = {
  connectionTimeoutMillis: 10_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 30_000,
} satisfies ClientConfig;

/** How long a server may take to say goodbye, milliseconds. */
const goodbyeMs = 2_000;

/** A connection that, once ended, hangs up where the other side does not: one that leads nowhere would stay for ever. */
export class PostgresLine extends Client {
  override end(): Promise<void>;
  override end(callback: (error: Error) => void): void;
  override end(callback?: (error: Error) => void): Promise<void> | void {
    const late = setTimeout(() => this.hangUp(), goodbyeMs).unref();
    this.connection.once("end", () => clearTimeout(late));
    return callback === undefined ? super.end() : super.end(callback);
  }

  hangUp(): void {
    this.connection.stream.destroy();
  }
}
