import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Another living hub uses this data folder. */
export class DataDirInUse extends Error {
  override readonly name = 'DataDirInUse'
  readonly holder: LockHolder | undefined
  constructor(dataDir: string, holder: LockHolder | undefined) {
    const who = holder
      ? `process ${holder.pid} on ${holder.host}, since ${holder.since}`
      : 'it has not said its name yet'
    super(
      `Another KHQR Hub is using the data folder ${dataDir} (${who}). Stop that one first, ` +
        'or give this one a folder and ports of its own: HUB_DATA_DIR and the HUB_…_PORT settings.',
    )
    this.holder = holder
  }
}

export type LockHolder = { readonly pid: number; readonly host: string; readonly since: string }

/**
 * Makes the data folder where it is missing and takes it for this process alone, until `release` or until the process
 * ends in any way. Throws `DataDirInUse` when a living process has it.
 *
 * The lock is the kernel's own lock on a file: it ends with its process, so there is nothing stale to take over and no
 * race in doing so, process numbers used again do not matter, and two containers sharing a volume see each other.
 * Node offers no file lock of its own, but SQLite takes one for an exclusive transaction on an empty database.
 * The file must never be opened by other means in this process: closing it again would drop the lock.
 */
export function lockDataDir(dataDir: string): { release(): void } {
  makeDataDir(dataDir)
  const file = new DatabaseSync(join(dataDir, lockFile), { timeout: 0 })
  try {
    file.exec('pragma journal_mode = memory; begin exclusive')
  } catch (error) {
    file.close()
    if ((error as { errcode?: number }).errcode !== sqliteBusy) throw error
    throw new DataDirInUse(dataDir, lockHolder(dataDir))
  }
  const holder: LockHolder = { pid: process.pid, host: hostname(), since: new Date().toISOString() }
  writeFileSync(join(dataDir, holderFile), `${JSON.stringify(holder)}\n`)
  held.add(file)
  return {
    release: () => {
      if (held.delete(file)) file.close()
    },
  }
}

/** Keeps the open files from the garbage collector, which would close them and so give up the lock. */
const held = new Set<DatabaseSync>()

/** Who took the lock last: it may have ended since. For messages only. */
export function lockHolder(dataDir: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, holderFile), 'utf8')) as LockHolder
  } catch {
    return undefined
  }
}

/**
 * Private to us. Where we are root, others may pass through (not look around): PostgreSQL, which refuses to run as root,
 * must reach its cluster inside. That holds for an empty folder too; one that holds something keeps its mode.
 */
export function makeDataDir(dataDir: string): void {
  const root = process.getuid?.() === 0
  if (!existsSync(dataDir)) {
    mkdirSync(dataDir, { recursive: true })
    chmodSync(dataDir, root ? 0o711 : 0o700)
  } else if (root && readdirSync(dataDir).length === 0) {
    chmodSync(dataDir, statSync(dataDir).mode | 0o001)
  }
}

const lockFile = 'hub.lock'
const holderFile = 'hub.pid'
const sqliteBusy = 5
