import type { Config } from '../config.ts'
import { findRunningPostgres } from '../sandbox/postgres/find-running-postgres.ts'
import { type DatabaseAddress, type Db, openDatabase } from '../store/db.ts'

/** The database of the running hub: never a second cluster. Undefined when none is running. */
export function findDatabase(config: Config): DatabaseAddress | undefined {
  if (config.databaseUrl !== undefined) return { connectionString: config.databaseUrl }
  return findRunningPostgres({ dataDir: config.dataDir })
}

/** Throws with a sentence that says how to start the hub. */
export function reachDatabase(config: Config): Db {
  const address = findDatabase(config)
  if (!address) {
    throw new Error(
      `No hub is running with the data folder ${config.dataDir}. Start it with "npm start", or set HUB_DATA_DIR or DATABASE_URL.`,
    )
  }
  return openDatabase(address, { poolSize: 2, onError: () => {} })
}
