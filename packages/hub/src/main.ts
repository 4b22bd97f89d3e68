import type { FastifyInstance } from 'fastify'
import type { Config } from './config.ts'
import type { Hub } from './flows/hub.ts'
import { createCache, createSingleFlight } from './kit/cache.ts'
import { readPageTheme } from './config/page-settings.ts'
import { WrongSetting } from './config/setting-table.ts'
import { type Authenticate, createAuthenticate, type TokenSettings } from './http/auth.ts'
import { mountCallbacks } from './http/callbacks/callbacks.ts'
import { mountCheckout } from './http/checkout/checkout.ts'
import { mountFacade } from './http/facade/facade.ts'
import { mountGateway } from './http/gateway/gateway.ts'
import { mountHealth } from './http/health/health.ts'
import { mountHome } from './http/home/home.ts'
import type { Samples } from './http/home/samples.ts'
import { mountIntegration } from './http/integration/integration.ts'
import { mountKhqr } from './http/khqr/khqr.ts'
import { mountOrders } from './http/orders/orders.ts'
import { mountPageLook } from './http/page-look.ts'
import { mountReceipts } from './http/receipts/receipts.ts'
import { createSurface, type SurfaceTools } from './http/server.ts'
import { mountTokens } from './http/tokens/tokens.ts'
import { mountTopupStart, topupPath } from './http/topup-start/topup-start.ts'
import { mountTopups } from './http/topups/topups.ts'
import { mountV1 } from './http/v1/v1.ts'
import { type RunningJobs, startJobs } from './jobs/jobs.ts'
import { freePort } from './kit/free-port.ts'
import { createLog, type Log } from './kit/log.ts'
import { openHub, type OpenHub } from './open-hub.ts'
import { lockDataDir } from './sandbox/postgres/data-dir-lock.ts'
import { keepPostgres, type PostgresNews } from './sandbox/postgres/keep-postgres.ts'
import { noteRunningPorts, type Ports } from './sandbox/running-ports.ts'
import { sampleHome } from './sandbox/sample-home.ts'
import { type SampleWorld, sampleWorld } from './sandbox/sample-world.ts'
import { spawnSimulator } from './sandbox/spawn-simulator.ts'
import { type DatabaseAddress, type Db, openDatabase } from './store/db.ts'
import { hear } from './store/hear.ts'
import { paymentsChanged } from './store/live-payments.ts'
import { refuseOtherMode } from './store/installation.ts'
import { durabilitySettings, ping } from './store/health.ts'
import { migrate } from './store/migrate.ts'
import { type BearerToken, findBearerToken } from './store/tokens.ts'

export type RunningHub = {
  readonly config: Config
  readonly ports: Ports
  readonly tokens: TokenSettings
  readonly simulatorPid: number | undefined
  /** Where the database is, for the operator. */
  readonly databaseIn: string
  readonly db: Db
  readonly hub: Hub
  /** Lets requests and jobs finish, then stops simulator and database, the database last. Twice is once. */
  stop(): Promise<void>
}

export const version = '0.1.0'

/** What was opened, to be closed in the opposite order, whatever failed in between. */
type Closer = () => Promise<void> | void

/** Starts everything this process serves. Throws with one sentence when it cannot; nothing is left running then. */
export async function startHub(
  config: Config,
  how: { readonly progress: (sentence: string) => void },
): Promise<RunningHub> {
  const closers: Closer[] = []
  let stopping: Promise<void> | undefined
  const stop = () => (stopping ??= closeAll(closers))
  try {
    return { ...(await startParts(config, how.progress, closers)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startParts(
  config: Config,
  progress: (sentence: string) => void,
  closers: Closer[],
): Promise<Omit<RunningHub, 'stop'>> {
  const lock = config.mode === 'sandbox' || config.databaseUrl === undefined ? lockDataDir(config.dataDir) : undefined
  closers.push(() => lock?.release())
  const { address, databaseIn } = await findOrStartDatabase(config, progress, closers)
  const db = openDatabase(address, { poolSize: config.databasePoolSize, onError: () => {} })
  closers.push(() => db.close())
  await reach(db)
  if (config.mode === 'live') await refuseForgetfulDatabase(db)
  // Before anything is changed: a newer sandbox must not migrate a live database.
  await refuseOtherMode(db, config.mode)
  const applied = await migrate(db.pool)
  if (applied.length > 0) progress(`Database: ${applied.length} migrations applied.`)
  const ports = await choosePorts(config)
  const world = config.mode === 'sandbox' ? sampleWorld(config, ports) : undefined
  const simulatorPid = world && (await startSimulator(world, ports, closers))
  const opened = await openHub(config, db, world)
  closers.push(() => opened.close())
  await opened.refuseLockedTokens()
  const hearing = hear(db, {
    banks_changed: () => refreshBanks(opened.hub),
    [paymentsChanged]: (message) => opened.hub.live.heard(message),
  })
  closers.push(() => hearing.stop())
  const jobs = startJobs(opened.hub)
  opened.onWakeRelay(() => jobs.wake('relay'))
  const home = world && sampleHome(config, ports, world)
  closers.push(() => home?.close())
  const merchantKey = config.merchantKey ?? world?.merchantKey
  const surfaces = await openSurfaces(config, opened, { ports, merchantKey, home })
  closers.push(() => drain(surfaces, jobs))
  await listen(config, ports, surfaces)
  opened.ready()
  noteRunningPorts(config.dataDir, ports)
  return { config, ports, tokens: opened.tokens, simulatorPid, databaseIn, db, hub: opened.hub }
}

/** Told by whoever switched a bank. Where the look fails, the job `refresh-banks` looks again. */
function refreshBanks(hub: Hub): void {
  hub.refreshBanks().catch((error: unknown) => {
    hub.log.warn({ event: 'banks.not_refreshed', err: error }, 'Which banks are active could not be read; tried again.')
  })
}

async function findOrStartDatabase(
  config: Config,
  progress: (sentence: string) => void,
  closers: Closer[],
): Promise<{ address: DatabaseAddress; databaseIn: string }> {
  if (config.databaseUrl !== undefined) {
    return { address: { connectionString: config.databaseUrl }, databaseIn: 'as DATABASE_URL says' }
  }
  progress('Database: starting the embedded PostgreSQL …')
  const log = createLog({ level: config.logLevel, pretty: config.isTerminal })
  const tell = (news: PostgresNews) => logPostgresNews(log, news)
  const postgres = await keepPostgres({ dataDir: config.dataDir, log: progress, tell })
  closers.push(() => postgres.stop())
  return { address: postgres.connection, databaseIn: postgres.clusterIn }
}

/** The embedded PostgreSQL ended while the hub lives. Until it runs again, callers are told 503 and come back. */
function logPostgresNews(log: Log, news: PostgresNews): void {
  if (news.kind === 'ended') log.error({ event: 'postgres.ended' }, news.sentence)
  else if (news.kind === 'restarting') log.warn({ event: 'postgres.restarting' }, news.sentence)
  else if (news.kind === 'restarted') log.warn({ event: 'postgres.restarted', tookMs: news.tookMs }, news.sentence)
  else log.error({ event: 'postgres.restart_failed', nextTryInMs: news.nextTryInMs }, news.sentence)
}

async function reach(db: Db): Promise<void> {
  try {
    await ping(db)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`The database cannot be used: ${why}. Check DATABASE_URL, and that PostgreSQL runs.`, {
      cause: error,
    })
  }
}

/** Live money is not written where an acknowledged write can be lost. */
async function refuseForgetfulDatabase(db: Db): Promise<void> {
  const off = (await durabilitySettings(db)).filter((one) => one.setting === 'off').map((one) => one.name)
  if (off.length === 0) return
  throw new WrongSetting(`The database has ${off.join(', ')} off: an acknowledged payment could be lost. Switch it on.`)
}

async function startSimulator(world: SampleWorld, ports: Ports, closers: Closer[]): Promise<number> {
  const simulator = await spawnSimulator({ ...world.simulator, port: ports.simulator })
  closers.push(() => simulator.stop())
  return simulator.pid
}

type Surfaces = {
  readonly gateway: FastifyInstance
  readonly khqr: FastifyInstance
  readonly integration: FastifyInstance
}

async function openSurfaces(
  config: Config,
  opened: OpenHub,
  more: { readonly ports: Ports; readonly merchantKey: string | undefined; readonly home: Samples | undefined },
): Promise<Surfaces> {
  const { hub, tokens } = opened
  const authenticate: Authenticate = createAuthenticate(tokens, rememberTokens(hub), hub.metrics)
  const tools: SurfaceTools = {
    hub,
    authenticate,
    settings: { ...config.limits, trustedProxies: config.trustedProxies },
  }
  const health = { ...tools, isReady: opened.isReady, version, mode: config.mode }
  const surfaces = {
    gateway: await createSurface('gateway', tools),
    khqr: await createSurface('khqr', tools),
    integration: await createSurface('integration', tools),
  }
  for (const surface of Object.values(surfaces)) mountHealth(surface, health)
  mountTokens(surfaces.gateway, tools, tokens)
  mountGateway(surfaces.gateway, tools)
  mountV1(surfaces.gateway, tools)
  mountFacade(surfaces.gateway, tools, more)
  mountTopups(surfaces.gateway, tools, { mode: config.mode, links: hub.pageOf })
  mountOrders(surfaces.gateway, tools, { ...config.orders, mode: config.mode, links: hub.pageOf })
  mountCallbacks(surfaces.gateway, tools)
  const look = mountPageLook(surfaces.gateway, readPageTheme(config.page), { sandboxPhone: more.home?.phoneUrl })
  const topupPage = config.hasTopupPage ? topupPath : undefined
  mountCheckout(surfaces.gateway, tools, { live: config.live, look, topupPage, linkKeptMs: config.pageLinkMs })
  if (config.hasTopupPage) mountTopupStart(surfaces.gateway, tools, { look })
  if (more.home) mountHome(surfaces.gateway, tools, more.home)
  mountReceipts(surfaces.gateway, tools)
  mountKhqr(surfaces.khqr, tools)
  mountIntegration(surfaces.integration, tools)
  return surfaces
}

/** A bank's token is looked up once a second, not once a message; a revoked one works for at most that second. */
const rememberTokenMs = 1_000
const mostTokens = 1_000

function rememberTokens(hub: Hub): (sha256: string) => Promise<BearerToken | undefined> {
  const cache = createCache<BearerToken>({ maxEntries: mostTokens, staleMs: 0, monotonicMs: hub.clock.monotonicMs })
  const single = createSingleFlight<BearerToken | undefined>()
  return (sha256) => {
    const known = cache.get(sha256)
    if (known?.fresh) return Promise.resolve(known.value)
    return single(sha256, async () => {
      const found = await findBearerToken(hub.db, sha256)
      if (found) cache.put(sha256, found, rememberTokenMs)
      return found
    })
  }
}

async function listen(config: Config, ports: Ports, surfaces: Surfaces): Promise<void> {
  for (const name of ['gateway', 'khqr', 'integration'] as const) {
    try {
      await surfaces[name].listen({ host: config.bind, port: ports[name] })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
      const env = `HUB_${name.toUpperCase()}_PORT`
      throw new Error(
        `Port ${ports[name]} for ${name} is taken by another program. Stop it, or set ${env} (0 = any free port).`,
        { cause: error },
      )
    }
  }
}

/** Ports set to 0 are chosen now: the simulator must know the gateway's before either is up. */
async function choosePorts({ bind, ports }: Config): Promise<Ports> {
  const chosen = { ...ports }
  for (const name of ['gateway', 'khqr', 'integration', 'simulator'] as const)
    if (ports[name] === 0) chosen[name] = await freePort(bind, Object.values(chosen))
  return chosen
}

/** No request of ours takes longer: whatever is still open then sends nothing, and is not waited for. */
const drainForMs = 15_000

/** New requests are refused, running ones end; then the jobs end what they took. */
async function drain(surfaces: Surfaces, jobs: RunningJobs): Promise<void> {
  const all = Object.values(surfaces)
  const outOfPatience = setTimeout(() => {
    for (const surface of all) surface.server.closeAllConnections()
  }, drainForMs)
  await Promise.all(all.map((surface) => surface.close()))
  clearTimeout(outOfPatience)
  await jobs.stop()
}

async function closeAll(closers: Closer[]): Promise<void> {
  const failures: unknown[] = []
  for (let close = closers.pop(); close; close = closers.pop()) {
    try {
      await close()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `Stopping failed: ${failures.map(String).join('; ')}`)
}
