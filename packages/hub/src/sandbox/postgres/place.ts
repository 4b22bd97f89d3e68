import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canPass, postgresUser, type User } from './user.ts'

/** Where the parts of one embedded PostgreSQL lie. */
export type Place = {
  /** Real path of the hub's data folder: PostgreSQL's log lies here. */
  readonly dataDir: string
  /** Holds the cluster and, where needed, a copy of the programs: the data folder, or one that PostgreSQL's user can reach. */
  readonly home: string
  /** There only when complete: it gets this name by a rename after initdb. */
  readonly cluster: string
  /** 0700, holds the unix socket. */
  readonly sockets: string
  readonly user: User | undefined
}

/** Where things lie according to what is on disk; undefined when no home was chosen yet. Changes nothing. */
export function findPlace(dataDir: string): Place | undefined {
  if (!existsSync(dataDir)) return undefined
  const real = realpathSync(dataDir)
  const home = readPointer(real) ?? (existsSync(join(real, clusterFolder)) ? real : undefined)
  return home === undefined ? undefined : placeIn(real, home)
}

/** As `findPlace`, choosing and making what is missing. */
export function makePlace(dataDir: string, shelter: string): Place {
  const place = findPlace(dataDir) ?? choosePlace(realpathSync(dataDir), shelter)
  if (place.home !== place.dataDir) checkBelongs(place)
  if (place.user && !canPass(place.user, place.home)) throw unreachable(place.user, place.home)
  makePrivate(place.sockets, place.user)
  return place
}

/** A folder of mode 0700 that is PostgreSQL's alone. Refuses one that somebody else put there. */
export function makePrivate(folder: string, user: User | undefined): void {
  const ourUid = process.getuid?.() ?? 0
  mkdirIfMissing(folder)
  const found = lstatSync(folder)
  const owners = [ourUid, user?.uid ?? ourUid]
  if (!found.isDirectory() || !owners.includes(found.uid)) {
    throw new Error(
      `${folder} should be a folder of user ${owners.join(' or ')}, but is not. Remove it and start again.`,
    )
  }
  if (user) chownSync(folder, user.uid, user.gid)
  chmodSync(folder, 0o700)
}

function mkdirIfMissing(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function choosePlace(real: string, shelter: string): Place {
  const inside = placeIn(real, real)
  if (!inside.user || canPass(inside.user, real)) return inside
  const home = freshHome(real, shelter)
  mkdirSync(shelter, { recursive: true })
  makePrivate(home, inside.user)
  writeWhole(join(home, belongsFile), real)
  writeWhole(join(real, pointerFile), home)
  return placeIn(real, home)
}

function placeIn(dataDir: string, home: string): Place {
  const cluster = join(home, clusterFolder)
  return { dataDir, home, cluster, sockets: socketFolder(home), user: postgresUser([cluster, dataDir]) }
}

/** A name that was never used, so that a data folder which was deleted and made again does not meet its old books. */
function freshHome(real: string, shelter: string): string {
  const wanted = join(shelter, `khqr-hub-${fingerprint(real)}`)
  for (let number = 1; ; number++) {
    const home = number === 1 ? wanted : `${wanted}-${number}`
    if (!existsSync(home)) return home
  }
}

/** A socket's path may have 107 bytes, and its folder is a setting in which commas and quotes mean something. */
function socketFolder(home: string): string {
  const inside = join(home, 'sockets')
  if (fits(inside)) return inside
  const name = `khqr-hub-${process.getuid?.() ?? 0}-${fingerprint(home)}`
  const short = join(tmpdir(), name)
  return fits(short) ? short : join('/tmp', name)
}

function fits(folder: string): boolean {
  const longestPathBytes = 107
  return /^[\w/.-]+$/.test(folder) && Buffer.byteLength(`${folder}/.s.PGSQL.65535.lock`) <= longestPathBytes
}

/** A copied data folder would let two hubs open one cluster; a moved one is welcome. */
function checkBelongs(place: Place): void {
  if (!existsSync(place.home)) {
    throw new Error(
      `The data folder ${place.dataDir} keeps its PostgreSQL in ${place.home}, which is gone. Bring it back from a backup; ` +
        `or, to begin with an empty database, remove ${join(place.dataDir, pointerFile)}.`,
    )
  }
  const first = readText(join(place.home, belongsFile))
  if (first === place.dataDir) return
  if (first !== undefined && readPointer(first) === place.home) {
    throw new Error(
      `The data folder ${place.dataDir} looks like a copy of ${first}: both keep their PostgreSQL in ${place.home}. ` +
        `Use the first one, or remove ${join(place.dataDir, pointerFile)} to begin with an empty database.`,
    )
  }
  writeWhole(join(place.home, belongsFile), place.dataDir)
}

function unreachable(user: User, folder: string): Error {
  return new Error(
    `PostgreSQL runs as user ${user.uid} and cannot reach ${folder}. Let others pass through the folders above it ` +
      '(chmod o+x), or set HUB_DATA_DIR to another folder.',
  )
}

function readPointer(dataDir: string): string | undefined {
  return readText(join(dataDir, pointerFile))
}

function readText(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}

function writeWhole(file: string, text: string): void {
  const making = `${file}.making-${process.pid}`
  writeFileSync(making, `${text}\n`)
  renameSync(making, file)
}

function fingerprint(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 12)
}

const clusterFolder = 'postgres'
const pointerFile = 'postgres-is-in'
const belongsFile = 'belongs-to'
