import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PostgresConnection, postgresUrl } from '../packages/hub/src/sandbox/postgres/connection.ts'
import { readSandboxSecrets, type SandboxSecrets } from '../packages/hub/src/sandbox/secrets.ts'
import { type Db, openDatabase } from '../packages/hub/src/store/db.ts'
import { startTestCluster, type TestCluster } from '../packages/hub/test/support/test-cluster.ts'
import { cpuOf, cpuOfPostgres, parentOf } from './process-cpu.ts'
import { hubLogIn, type SpawnedHub, spawnHub } from './spawn-hub.ts'

/** CPU milliseconds by process. */
export type Cpu = {
  readonly hub: number
  readonly simulator: number
  readonly postgres: number
  /** The benchmark itself: it sends the notices, and it is the driver of the yardstick. */
  readonly bench: number
}

/** Settings that differ from the defaults: limits would refuse what a benchmark sends from one address. */
export const hubSettings = { HUB_REQUESTS_PER_MINUTE: '1000000', HUB_WEBHOOKS_PER_MINUTE: '10000000' }

/** As many connections as the hub opens, so that neither side has more (`database.poolSize`). */
export const poolSize = 20

const hubDatabase = 'hub'

/** A PostgreSQL and a hub as processes of their own, in temporary folders. */
export class World {
  readonly #cluster: TestCluster
  readonly #dataDir: string
  readonly #databases: Db[] = []
  readonly #profileDir: string | undefined
  #postmasterPid = 0
  #hub: SpawnedHub | undefined
  #starting: Promise<SpawnedHub> | undefined
  #closing: Promise<void> | undefined

  static async open(profileDir: string | undefined): Promise<World> {
    const world = new World(await startTestCluster(), profileDir)
    try {
      await world.#createDatabase(hubDatabase)
      await world.startHub()
      return world
    } catch (error) {
      await world.close()
      throw error
    }
  }

  constructor(cluster: TestCluster, profileDir: string | undefined) {
    this.#cluster = cluster
    this.#profileDir = profileDir
    this.#dataDir = mkdtempSync(join(tmpdir(), 'khqr-hub-bench-'))
  }

  /** The environment of the hub's process, also for `readConfig`. */
  get environment(): Record<string, string> {
    return {
      HUB_DATA_DIR: this.#dataDir,
      DATABASE_URL: postgresUrl({ ...this.#cluster.connection, database: hubDatabase }),
      HUB_GATEWAY_PORT: '0',
      HUB_KHQR_PORT: '0',
      HUB_INTEGRATION_PORT: '0',
      HUB_SIMULATOR_PORT: '0',
      ...hubSettings,
      // Where (d) looks at its memory; nothing listens before it is told to.
      NODE_OPTIONS: `--inspect-port=0${this.#profileDir === undefined ? '' : ` --cpu-prof --cpu-prof-dir=${this.#profileDir}`}`,
    }
  }

  get hub(): SpawnedHub {
    if (!this.#hub) throw new Error('The hub is not running')
    return this.#hub
  }

  get logFile(): string {
    return hubLogIn(this.#dataDir)
  }

  get secrets(): SandboxSecrets {
    const secrets = readSandboxSecrets(this.#dataDir)
    if (!secrets) throw new Error('The hub made no sandbox secrets')
    return secrets
  }

  async startHub(): Promise<void> {
    if (this.#closing) throw new Error('The run was stopped')
    this.#starting = spawnHub(this.#dataDir, this.environment)
    this.#hub = await this.#starting
  }

  async stopHub(): Promise<void> {
    await this.#hub?.stop()
    this.#hub = undefined
  }

  /** A pool of `size` connections to the hub's database, or to another one of the cluster. */
  database(size: number, name = hubDatabase): Db {
    const address: PostgresConnection = { ...this.#cluster.connection, database: name }
    const db = openDatabase(address, { poolSize: size, onError: () => {} })
    this.#databases.push(db)
    return db
  }

  /** Copies the hub's database as it is. The hub must be stopped; connections of ours are closed. */
  async copyDatabase(name: string): Promise<void> {
    await this.#closeDatabases()
    await this.#createDatabase(name, hubDatabase)
  }

  /** Runs something, and says what each process spent on it. */
  async spend<Result>(run: () => Promise<Result>): Promise<{ result: Result; cpu: Cpu }> {
    const before = this.#othersCpu()
    // Innermost: looking through /proc costs us more than a notice does.
    const ownBefore = process.cpuUsage()
    const result = await run()
    const own = process.cpuUsage(ownBefore)
    const after = this.#othersCpu()
    const cpu = {
      hub: after.hub - before.hub,
      simulator: after.simulator - before.simulator,
      postgres: after.postgres - before.postgres,
      bench: (own.user + own.system) / 1_000,
    }
    return { result, cpu }
  }

  /** Stops everything and removes what it left on disk. Twice is once. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    try {
      await this.#closeDatabases()
      // One that is being started when the run is interrupted must not be left behind.
      const hub = await this.#starting?.catch(() => undefined)
      await hub?.stop()
    } finally {
      await this.#cluster.remove()
      rmSync(this.#dataDir, { recursive: true, force: true })
    }
  }

  #othersCpu(): Omit<Cpu, 'bench'> {
    return {
      hub: cpuOf(this.hub.pid),
      simulator: cpuOf(Number(readFileSync(join(this.#dataDir, 'simulator.jsonl.pid'), 'utf8'))),
      postgres: cpuOfPostgres(this.#postmasterPid),
    }
  }

  async #createDatabase(name: string, template?: string): Promise<void> {
    const db = this.database(1, 'postgres')
    await db.pool.query(`create database ${name}${template === undefined ? '' : ` template ${template}`}`)
    const { rows } = await db.pool.query<{ pid: number }>('select pg_backend_pid() as pid')
    this.#postmasterPid = parentOf(String(rows[0]?.pid)) ?? 0
    await this.#closeDatabases()
  }

  async #closeDatabases(): Promise<void> {
    await Promise.all(this.#databases.splice(0).map((db) => db.close()))
  }
}
