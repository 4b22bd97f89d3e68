import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PostgresConnection } from '../../src/sandbox/postgres/connection.ts'
import { DataDirInUse, lockDataDir } from '../../src/sandbox/postgres/data-dir-lock.ts'
import { startPostgres } from '../../src/sandbox/postgres/start-postgres.ts'

export type TestCluster = { readonly connection: PostgresConnection; remove(): Promise<void> }

/**
 * A PostgreSQL of its own for a test run, in a temporary folder. First removes those that killed runs left behind: a
 * folder whose lock can be taken has no living owner.
 */
export async function startTestCluster(): Promise<TestCluster> {
  await removeLeftOvers()
  const folder = mkdtempSync(join(tmpdir(), prefix))
  const lock = lockDataDir(folder)
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    const postgres = await startPostgres({ dataDir: folder, log: () => {} })
    return {
      connection: postgres.connection,
      remove: async () => {
        await postgres.stop()
        lock.release()
        remove()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}

async function removeLeftOvers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const folder = join(tmpdir(), name)
    // Without a cluster it may be one that is being made at this moment.
    if (!name.startsWith(prefix) || !existsSync(join(folder, 'postgres'))) continue
    try {
      const lock = lockDataDir(folder)
      const postgres = await startPostgres({ dataDir: folder, log: () => {} })
      await postgres.stop()
      lock.release()
      rmSync(folder, { recursive: true, force: true })
    } catch (error) {
      if (!(error instanceof DataDirInUse)) throw error
    }
  }
}

const prefix = 'khqr-hub-test-cluster-'
