import type { PostgresConnection } from './connection.ts'
import { findPlace } from './place.ts'
import { readPostmaster } from './postmaster.ts'

/**
 * The PostgreSQL that runs for this data folder, if one does: for commands that look at a hub's database beside it,
 * without its lock. Starts and changes nothing.
 */
export function findRunningPostgres(where: { dataDir: string }): PostgresConnection | undefined {
  const place = findPlace(where.dataDir)
  const found = place && readPostmaster(place.cluster)
  if (found?.state !== 'ours' || !found.ready) return undefined
  return { host: found.socketFolder, port: found.port, user: 'postgres', database: 'postgres' }
}
