import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Binaries, majorVersion } from './binaries.ts'
import { makePrivate, type Place } from './place.ts'

/**
 * Makes the cluster where there is none. initdb works under another name and the result is renamed when complete, so a
 * cluster that has its name was complete once and is never made again, whatever it looks like now.
 */
export async function makeCluster(place: Place, binaries: Binaries): Promise<void> {
  removeHalfMade(place)
  if (existsSync(place.cluster)) return checkVersion(place, binaries)
  const making = `${place.cluster}${makingMark}${process.pid}`
  makePrivate(making, place.user)
  await runInitdb(place, binaries, making)
  renameSync(making, place.cluster)
}

/** PostgreSQL's programs see nothing of our environment: a PGDATA or LANG of the operator's would change what they do. */
export const postgresEnvironment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** An initdb whose hub was killed may still be writing: what cannot be removed now is removed at the next start. */
function removeHalfMade(place: Place): void {
  for (const name of readdirSync(place.home)) {
    if (!join(place.home, name).startsWith(place.cluster + makingMark)) continue
    try {
      rmSync(join(place.home, name), { recursive: true, force: true, maxRetries: 3 })
    } catch {}
  }
}

function checkVersion(place: Place, binaries: Binaries): void {
  const versionFile = join(place.cluster, 'PG_VERSION')
  const found = existsSync(versionFile) ? readFileSync(versionFile, 'utf8').trim() : 'none'
  if (found === majorVersion(binaries)) return
  throw new Error(
    found === 'none'
      ? `The PostgreSQL cluster in ${place.cluster} is damaged: it has no PG_VERSION. Bring it back from a backup; only if ` +
          'nothing in it is worth keeping, remove that folder.'
      : `The PostgreSQL cluster in ${place.cluster} is of version ${found}, and this hub brings version ` +
          `${majorVersion(binaries)}. Export it with the hub that made it, then import it here.`,
  )
}

async function runInitdb(place: Place, binaries: Binaries, folder: string): Promise<void> {
  const options = ['--username=postgres', '--auth-local=trust', '--auth-host=reject', '--locale=C', '--encoding=UTF8']
  const child = spawn(
    join(binaries.folder, 'bin', 'initdb'),
    [`--pgdata=${folder}`, ...options, '--data-checksums', '--no-instructions'],
    { ...place.user, cwd: folder, env: postgresEnvironment, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const said: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => said.push(piece))
  child.stderr.on('data', (piece: Buffer) => said.push(piece))
  const ending = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(code === 0 ? '' : `exit code ${code ?? signal}`))
  })
  if (ending === '') return
  rmSync(folder, { recursive: true, force: true })
  const lines = Buffer.concat(said).toString('utf8').trim().split('\n').slice(-lastLines)
  throw new Error(
    `initdb could not make a PostgreSQL cluster in ${place.home} (${ending}). It said:\n${lines.join('\n')}`,
  )
}

const makingMark = '.making-'
const lastLines = 15
