import { randomInt } from "node:crypto";

/**
 * First keys of the advisory locks this package takes, one per purpose; the second key says which one.
 * Arbitrary, but fixed for ever: they keep the mesh apart from whoever else locks in the same database.
 */
export const advisoryLock = {
  migration: 1_414_021_185,
  presence: 1_414_021_186,
  usage: 1_414_021_187,
  projection: 1_414_021_188,
  access: 1_414_021_189,
} as const;

/**
 * Takes the session's presence lock. It goes with the connection, so a dead process never seems alive. Shared, so that a
 * new connection need not wait until the server has noticed that the old one is gone.
 */
export const holdPresenceSql = `select pg_advisory_lock_shared(${advisoryLock.presence}, $1::int)`;

/** Workers whose presence lock is held in this database: one column, `worker_id`. */
export const presentWorkersSql = `select l.objid::bigint as worker_id from pg_locks l
  where l.locktype = 'advisory' and l.classid = ${advisoryLock.presence} and l.granted
    and l.database = (select d.oid from pg_database d where d.datname = current_database())`;

/** Random, so that no process can be taken for a dead one's successor. */
export function newWorkerId(): number {
  return randomInt(1, 2 ** 31);
}
