import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, fchmodSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Binaries, findBinaries } from './binaries.ts'
import { type PostgresConnection, postgresUrl } from './connection.ts'
import { makeDataDir } from './data-dir-lock.ts'
import { makeCluster, postgresEnvironment } from './make-cluster.ts'
import { makePlace, type Place } from './place.ts'
import { readPostmaster, stopPostmaster } from './postmaster.ts'
import { commandLine, processesStandingIn, processState, startedWith } from './processes.ts'

export type RunningPostgres = {
  readonly connection: PostgresConnection
  readonly url: string
  readonly pid: number
  /** Of the npm package with the programs, such as `18.4.0-beta.17`. */
  readonly version: string
  /** Whether it was found running, left by a hub that was killed. */
  readonly adopted: boolean
  readonly clusterIn: string
  readonly binariesIn: string
  /** Resolves when it ended by itself, with what is known of it for the operator; never after `stop`. */
  readonly endedByItself: Promise<string>
  /** Stops it and waits until it is gone. Call it last: whoever still drains needs the database. Twice is once. */
  stop(): Promise<void>
}

export type PostgresStart = {
  readonly dataDir: string
  /** Takes sentences for the operator: what was found, and what is waited for. */
  readonly log: (sentence: string) => void
  /** Gives up a start that is under way: what was begun is stopped, and the start throws. */
  readonly signal?: AbortSignal
  /**
   * Where a folder for the cluster is made when PostgreSQL's user cannot reach the data folder. `/var/lib` unless given:
   * not a temporary folder, as those are swept by age.
   */
  readonly shelter?: string
}

/**
 * Starts the embedded PostgreSQL of a data folder, making its cluster at the first start. The caller holds the folder's
 * lock (`lockDataDir`). It listens on a unix socket in a folder of mode 0700 and nowhere else.
 * Throws an `Error` with the last lines of PostgreSQL's log when it does not come up.
 */
export async function startPostgres(how: PostgresStart): Promise<RunningPostgres> {
  makeDataDir(how.dataDir)
  const place = makePlace(how.dataDir, how.shelter ?? '/var/lib')
  const binaries = findBinaries(place.user, place.home)
  await makeCluster(place, binaries)
  const adoptedPid = await takeOver(place, binaries, how.log)
  const child = adoptedPid === undefined ? await startWithRetries(place, binaries, how) : undefined
  const pid = adoptedPid ?? child?.pid ?? 0
  let stopping: Promise<void> | undefined
  const endedByItself = new Promise<string>((resolve) => {
    whenGone(pid, child, place, (ending) => {
      if (!stopping) resolve(`PostgreSQL ended by itself (${ending}). It said:\n${logTail(place, 0)}`)
    })
  })
  const connection: PostgresConnection = { host: place.sockets, port, user: 'postgres', database: 'postgres' }
  return {
    connection,
    url: postgresUrl(connection),
    pid,
    version: binaries.version,
    adopted: child === undefined,
    clusterIn: place.cluster,
    binariesIn: binaries.folder,
    endedByItself,
    stop: async () => {
      // Its number may be another program's by now if it ended by itself.
      if (!stopping && startedWith(pid, place.cluster)) stopping = stopPostmaster(pid)
      await stopping
    },
  }
}

/**
 * A hub that was killed leaves its PostgreSQL alive. It is adopted when it runs exactly as we would start it now, and
 * stopped otherwise. Returns the adopted process.
 */
async function takeOver(
  place: Place,
  binaries: Binaries,
  log: (sentence: string) => void,
): Promise<number | undefined> {
  const found = readPostmaster(place.cluster)
  if (!found || found.state === 'ending') return undefined
  if (found.state !== 'ours') {
    if (await answers(socketFile(place))) throw elsewhere(place, found.pid)
    if (found.state === 'stranger') forgetStranger(place, found.pid)
    return undefined
  }
  const wanted = [program(binaries), ...postgresArguments(place)]
  const same = commandLine(found.pid).join('\0') === wanted.join('\0')
  if (found.ready && same && existsSync(socketFile(place))) {
    log(`Found this folder's PostgreSQL still running (process ${found.pid}), and go on with it.`)
    return found.pid
  }
  log(`Found this folder's PostgreSQL still running (process ${found.pid}) with other settings: it is started again.`)
  await stopPostmaster(found.pid)
  return undefined
}

/**
 * After a power cut the number in `postmaster.pid` may be another program's by now, and PostgreSQL would refuse to start
 * for ever. The file also guards the cluster against a second server, so it goes only when nobody stands in it.
 */
function forgetStranger(place: Place, pid: number): void {
  const standing = processesStandingIn(place.cluster)
  if (standing.length > 0) {
    throw new Error(
      `Process ${standing.join(', ')} still works in ${place.cluster}, but its PostgreSQL (process ${pid}) is gone. ` +
        'End it, then start again.',
    )
  }
  rmSync(join(place.cluster, 'postmaster.pid'), { force: true })
  rmSync(`${socketFile(place)}.lock`, { force: true })
}

/** Whether somebody takes connections there: the socket of a dead server refuses. */
function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket)
    connection.once('connect', () => resolve(true)).once('error', () => resolve(false))
    connection.once('connect', () => connection.destroy())
  })
}

/** PostgreSQL itself would not notice, and two servers on one cluster destroy it. */
function elsewhere(place: Place, pid: number): Error {
  return new Error(
    `Another PostgreSQL (process ${pid} there) works on ${place.cluster}, but is not among the processes seen here: ` +
      'perhaps in another container that shares this folder. Stop that one first.',
  )
}

/**
 * Tries again for a while where the cluster's lock is held by a process that has ended: its last backends are still
 * leaving, or its parent has not collected it.
 */
async function startWithRetries(
  place: Place,
  binaries: Binaries,
  { log, signal }: PostgresStart,
): Promise<ChildProcess> {
  const giveUpAt = Date.now() + lockPatienceMs
  for (;;) {
    signal?.throwIfAborted()
    const started = await startOnce(place, binaries, signal)
    if ('child' in started) return started.child
    signal?.throwIfAborted()
    const held = /lock file ".*" already exists|pre-existing shared memory block/.test(started.said)
    if (!held || Date.now() > giveUpAt) {
      const advice = held
        ? '\nIts lock names a process that has ended but was not collected. In a container, run with an init (docker run --init).'
        : ''
      throw new Error(
        `PostgreSQL did not start from ${place.cluster} (${started.ending}). It said:\n${started.said}${advice}`,
      )
    }
    log('The PostgreSQL that was killed still holds its lock: trying again.')
    await delay(250)
  }
}

type Attempt = { readonly child: ChildProcess } | { readonly ending: string; readonly said: string }

async function startOnce(place: Place, binaries: Binaries, signal: AbortSignal | undefined): Promise<Attempt> {
  const { file, size } = openLog(place)
  const child = spawn(program(binaries), postgresArguments(place), {
    ...place.user,
    cwd: place.cluster,
    env: postgresEnvironment,
    // A session of its own: Ctrl-C in the terminal must not end it before the hub has drained.
    detached: true,
    stdio: ['ignore', file, file],
  })
  closeSync(file)
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(`exit code ${code ?? signal}`))
  })
  const ending = (await isReady(place, child, signal)) ? undefined : await ended
  if (ending === undefined) {
    child.unref()
    return { child }
  }
  return { ending, said: logTail(place, size) }
}

/** Looks at the cluster's pid file, as pg_ctl does. False: it has ended, or was stopped: too slow, or not wanted any more. */
async function isReady(place: Place, child: ChildProcess, signal: AbortSignal | undefined): Promise<boolean> {
  const giveUpAt = Date.now() + readyPatienceMs
  while (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const found = readPostmaster(place.cluster)
    if (found?.pid === child.pid && found.ready) return true
    if (Date.now() > giveUpAt || signal?.aborted) {
      await stopPostmaster(child.pid)
      return false
    }
    await delay(5)
  }
  return false
}

/** Our own child is collected by us and tells; an adopted one is looked at every second. */
function whenGone(pid: number, child: ChildProcess | undefined, place: Place, tell: (ending: string) => void): void {
  if (child) return void child.once('exit', (code, signal) => tell(String(code ?? signal)))
  const looking = setInterval(() => {
    if (processState(pid) === 'running' && startedWith(pid, place.cluster)) return
    clearInterval(looking)
    tell('it was adopted, so its exit code is not known')
  }, lookAtAdoptedMs)
  looking.unref()
}

/** Given at every start rather than written into the cluster, so that a new release's settings reach old clusters. */
function postgresArguments(place: Place): readonly string[] {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: place.sockets,
    unix_socket_permissions: '0700',
    port: String(port),
    // Two hubs with a pool of 20 each, the command line, and a whole test run beside them.
    max_connections: '200',
    shared_buffers: '256MB',
    max_wal_size: '2GB',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    logging_collector: 'off',
    // Statements and failing rows hold customers' names; the hub itself says which call failed.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    timezone: 'UTC',
    log_timezone: 'UTC',
  }
  return ['-D', place.cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

function socketFile(place: Place): string {
  return join(place.sockets, `.s.PGSQL.${port}`)
}

function program(binaries: Binaries): string {
  return join(binaries.folder, 'bin', 'postgres')
}

/** Appends to the log in the data folder; a large one is put aside first, replacing the one before. */
function openLog(place: Place): { file: number; size: number } {
  const path = join(place.dataDir, logFile)
  if (existsSync(path) && statSync(path).size > largestLogBytes) renameSync(path, `${path}.1`)
  const file = openSync(path, 'a', 0o600)
  fchmodSync(file, 0o600)
  return { file, size: statSync(path).size }
}

function logTail(place: Place, fromByte: number): string {
  const text = readFileSync(join(place.dataDir, logFile)).subarray(fromByte).toString('utf8')
  return text.trim().split('\n').slice(-lastLines).join('\n')
}

const port = 5432
const logFile = 'postgres.log'
const largestLogBytes = 10 * 1024 * 1024
const lastLines = 15
const lookAtAdoptedMs = 1_000
const lockPatienceMs = 15_000
/** Replaying the log after a crash takes a while where much was written. */
const readyPatienceMs = 120_000
