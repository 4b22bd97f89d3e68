import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PostgresConnection } from '../../src/sandbox/postgres/connection.ts'
import { DataDirInUse, lockDataDir } from '../../src/sandbox/postgres/data-dir-lock.ts'
import { readPostmaster, stopPostmaster } from '../../src/sandbox/postgres/postmaster.ts'
import { startPostgres } from '../../src/sandbox/postgres/start-postgres.ts'

export type TestCluster = { readonly connection: PostgresConnection; remove(): Promise<void> }

/** A PostgreSQL of its own for a test run, in a temporary folder. First removes those that killed runs left behind. */
export async function startTestCluster(): Promise<TestCluster> {
  await removeLeftOvers()
  const folder = mkdtempSync(join(tmpdir(), prefix))
  const lock = lockDataDir(folder)
  const remove = () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    lock.release()
  }
  try {
    const postgres = await startPostgres({ dataDir: folder, log: () => {} })
    return { connection: postgres.connection, remove: () => postgres.stop().then(remove) }
  } catch (error) {
    remove()
    throw error
  }
}

/** A folder whose lock can be taken has no living owner, unless it was made a moment ago. */
async function removeLeftOvers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const folder = join(tmpdir(), name)
    if (!name.startsWith(prefix) || isYoung(folder)) continue
    try {
      const lock = lockDataDir(folder)
      const postmaster = readPostmaster(join(folder, 'postgres'))
      if (postmaster?.state === 'ours') await stopPostmaster(postmaster.pid)
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
      lock.release()
    } catch (error) {
      if (!(error instanceof DataDirInUse)) throw error
    }
  }
}

function isYoung(folder: string): boolean {
  const madeAt = statSync(folder, { throwIfNoEntry: false })?.birthtimeMs ?? Date.now()
  return Date.now() - madeAt < 60_000
}

const prefix = 'khqr-hub-test-cluster-'
