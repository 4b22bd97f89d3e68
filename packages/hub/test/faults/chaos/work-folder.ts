import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DataDirInUse, lockDataDir } from '../../../src/sandbox/postgres/data-dir-lock.ts'
import { readPostmaster, stopPostmaster } from '../../../src/sandbox/postgres/postmaster.ts'

/** Everything of one run of the suite. PostgreSQL's data lies on a small disk of its own where this machine lets us have one. */
export type WorkFolder = {
  readonly path: string
  /** Where PostgreSQL's data folder is to be made. */
  readonly databaseIn: string
  /** Undefined: this machine does not let us mount a disk, and `whyNoDisk` says why. */
  readonly disk: SmallDisk | undefined
  readonly whyNoDisk: string | undefined
  remove(): void
}

export type SmallDisk = {
  /** Takes every free block; how many bytes. */
  fill(): number
  free(): void
}

const prefix = 'khqr-hub-faults-'
const imageBytes = 6 * 1024 ** 3

/** Makes the folder, with a disk if `wantsDisk`; first removes what killed runs left behind. */
export async function makeWorkFolder(wantsDisk: boolean): Promise<WorkFolder> {
  await removeLeftOvers()
  const path = mkdtempSync(join(tmpdir(), prefix))
  // PostgreSQL runs as another user where we are root, and must be able to pass.
  chmodSync(path, 0o755)
  const lock = lockDataDir(path)
  const mountedAt = join(path, 'disk')
  mkdirSync(mountedAt)
  const whyNoDisk = wantsDisk ? mountDisk(join(path, 'disk.img'), mountedAt) : 'a short run has none'
  return {
    path,
    databaseIn: join(mountedAt, 'postgres'),
    disk: whyNoDisk === undefined ? smallDisk(mountedAt) : undefined,
    whyNoDisk,
    remove: () => {
      removeFolder(path)
      lock.release()
    },
  }
}

/** A real file system on a file: what PostgreSQL syncs is synced. Answers why it could not be done. */
function mountDisk(image: string, at: string): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'mounting a disk needs root on Linux'
  writeFileSync(image, '')
  truncateSync(image, imageBytes)
  for (const [program, ...words] of [
    ['mkfs.ext4', '-q', '-m', '0', '-F', image],
    ['mount', '-o', 'loop', image, at],
  ]) {
    const ran = spawnSync(program ?? '', words, { encoding: 'utf8' })
    if (ran.status === 0) continue
    rmSync(image, { force: true })
    return `${program} failed: ${(ran.error?.message ?? ran.stderr).trim().slice(0, 200)}`
  }
  chmodSync(at, 0o755)
  return undefined
}

function smallDisk(at: string): SmallDisk {
  const ballast = join(at, 'ballast')
  return {
    fill() {
      const { bavail, bsize } = statfsSync(at)
      let bytes = bavail * bsize
      // Some blocks go to the file's own bookkeeping.
      while (bytes > 0 && spawnSync('fallocate', ['-l', String(bytes), ballast]).status !== 0) bytes -= 4 * 1024 ** 2
      return Math.max(0, bytes)
    },
    free: () => rmSync(ballast, { force: true }),
  }
}

/** A folder whose lock can be taken has no living owner. */
async function removeLeftOvers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(prefix)) continue
    const path = join(tmpdir(), name)
    try {
      const lock = lockDataDir(path)
      const postmaster = readPostmaster(join(path, 'disk', 'postgres', 'postgres'))
      if (postmaster?.state === 'ours') await stopPostmaster(postmaster.pid)
      removeFolder(path)
      lock.release()
    } catch (error) {
      if (!(error instanceof DataDirInUse)) throw error
    }
  }
}

function removeFolder(path: string): void {
  // Answers with an error where nothing is mounted, which is as good.
  if (process.platform === 'linux' && process.getuid?.() === 0) spawnSync('umount', ['-l', join(path, 'disk')])
  rmSync(path, { recursive: true, force: true, maxRetries: 5 })
}
