import type { ConnectionPool, TaskOptions } from "@thoth/warehouse/connection-pool";

/** A connection for as long as it is not given back. */
export interface Lease<Connection> {
  readonly connection: Connection;
  readonly release: () => void;
}

/** Waits in the pool's queue. Throws what `pool.use` throws. */
export function leaseConnection<Connection>(
  pool: ConnectionPool<Connection>,
  options: TaskOptions,
): Promise<Lease<Connection>> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  return new Promise((resolve, reject) => {
    const hold = (connection: Connection) => {
      resolve({ connection, release });
      return released;
    };
    pool.use(hold, options).catch(reject);
  });
}
