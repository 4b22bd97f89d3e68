import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { readConfig } from '../../../src/config.ts'
import { signAccessToken } from '../../../src/http/tokens/tokens.ts'
import { type SampleWorld, sampleWorld } from '../../../src/sandbox/sample-world.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { hubEntry, type HubPorts, type HubUnderFaults, startHubUnderFaults } from './hub-under-faults.ts'
import { databaseName, type PostgresUnderFaults, startPostgresUnderFaults } from './postgres-under-faults.ts'
import type { Random } from './random.ts'
import { simulatorEntry, type SimulatorUnderFaults, startSimulatorUnderFaults } from './simulator-under-faults.ts'
import { makeWorkFolder, type WorkFolder } from './work-folder.ts'

/** Two hubs on one PostgreSQL, one simulator of every bank and policy system, and a proxy on every way between them. */
export type Ground = {
  readonly work: WorkFolder
  readonly postgres: PostgresUnderFaults
  readonly simulator: SimulatorUnderFaults
  readonly hubs: readonly HubUnderFaults[]
  /** From each hub to PostgreSQL, in the order of `hubs`. */
  readonly toDatabase: readonly FaultProxy[]
  /** From each hub to the banks and policy systems. */
  readonly toSystems: readonly FaultProxy[]
  /** From the banks to the hubs: each connection is led to one of those that are up. */
  readonly fromBanks: FaultProxy
  /** From customers' shops to the hubs. */
  readonly fromCustomers: FaultProxy
  token(subject: string): string
  /** For a shop, which makes orders and gives them up. */
  shopToken(subject: string): string
  /** For the customer of orders made in this name. */
  customerToken(subject: string): string
  /** For an operator of the sandbox. */
  operatorToken(operator: string): string
  /** What a bank calls us with. */
  bankToken(bank: string): string
  close(): Promise<void>
}

export type GroundOrder = {
  readonly random: Random
  /** Whether PostgreSQL lies on a disk of its own, which can be filled. */
  readonly wantsDisk: boolean
  /** What a bank waits before it tells again what we did not take; then it gives up. */
  readonly redeliverAfterMs: readonly number[]
}

export async function openGround({ random, wantsDisk, redeliverAfterMs }: GroundOrder): Promise<Ground> {
  const work = await makeWorkFolder(wantsDisk)
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (let one = closers.pop(); one; one = closers.pop()) await one()
    work.remove()
  }
  try {
    const postgres = await startPostgresUnderFaults(work.databaseIn)
    closers.push(() => postgres.stop())
    const hubs: HubUnderFaults[] = []
    const ports = await choosePorts(random, ['hub-1', 'hub-2'])
    const lead = (service: keyof HubPorts) => () => {
      const up = hubs.filter((hub) => hub.isLedTo())
      const hub = random.pick(up.length > 0 ? up : hubs)
      return { host: '127.0.0.1', port: hub.ports[service] }
    }
    const socket = join(postgres.connection.host, `.s.PGSQL.${postgres.connection.port}`)
    const [simulatorPort = 0] = await freePorts(random, 1)
    const each = (what: string, target: () => Parameters<typeof startFaultProxy>[1]) =>
      Promise.all(ports.map(({ name }) => startFaultProxy(`${name} to ${what}`, target())))
    const toDatabase = await each('PostgreSQL', () => () => ({ path: socket }))
    const toSystems = await each('systems', () => () => ({ host: '127.0.0.1', port: simulatorPort }))
    const fromBanks = await startFaultProxy('banks to hubs', lead('gateway'))
    const fromCustomers = await startFaultProxy('customers to hubs', lead('khqr'))
    for (const proxy of [...toDatabase, ...toSystems, fromBanks, fromCustomers]) closers.push(() => proxy.close())
    const worlds = ports.map(({ name }, index) => prepare(work.path, name, toSystems[index]?.port ?? 0, fromBanks.port))
    const [world] = worlds
    if (!world) throw new Error('There is no hub')
    const quickStart = warmUp(work.path)
    const simulator = await startSimulatorUnderFaults(
      {
        ...world.simulator,
        bakong: generous(world.simulator.bakong),
        port: simulatorPort,
        dataFile: join(work.path, 'simulator.jsonl'),
        gatewayUrl: `http://127.0.0.1:${fromBanks.port}`,
        redeliverAfterMs,
      },
      quickStart,
    )
    closers.push(() => simulator.stop())
    for (const [index, { name, ...own }] of ports.entries()) {
      const url = `postgresql://postgres@127.0.0.1:${toDatabase[index]?.port}/${databaseName}`
      hubs.push(startHubUnderFaults(hubStart(work.path, name, own, { DATABASE_URL: url, ...quickStart })))
    }
    for (const hub of hubs) closers.push(() => hub.stop())
    await Promise.all(hubs.map((hub) => hub.untilReady()))
    const sign = signerOf(world)
    return {
      work,
      postgres,
      simulator,
      hubs,
      toDatabase,
      toSystems,
      fromBanks,
      fromCustomers,
      token: (subject) => sign(subject, 'bills:read khqr:create payments:read topups:write'),
      shopToken: (subject) => sign(subject, 'orders:manage'),
      customerToken: (subject) => sign(subject, 'orders:pay'),
      operatorToken: (operator) => sign(operator, 'money:operate payments:read'),
      bankToken: (bank) => world.secrets.banks[bank]?.bankToken ?? '',
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function signerOf({ secrets }: SampleWorld): (subject: string, scope: string) => string {
  const settings = { secret: secrets.tokenSecret, issuer: 'khqr-hub', audience: 'khqr-hub' }
  return (subject, scope) => signAccessToken(settings, { subject, scope, ttlS: 7_200 })
}

/** Status calls of the counted bank: short days are a fault of their own, not the rule. */
export const callsPerDay = 100_000

function generous(bakong: SampleWorld['simulator']['bakong'] = {}): SampleWorld['simulator']['bakong'] {
  return Object.fromEntries(Object.entries(bakong).map(([code, one]) => [code, { ...one, callsPerDay }]))
}

/**
 * Two hubs of one installation share secrets and systems; each reaches the systems through its own proxy. What differs
 * from the sandbox's own settings is where they are, and what `banksOf` says.
 */
function prepare(folder: string, name: string, systemsPort: number, gatewayPort: number): SampleWorld {
  const dataDir = join(folder, name)
  mkdirSync(dataDir)
  const secrets = 'sandbox-secrets.json'
  if (name !== 'hub-1') copyFileSync(join(folder, 'hub-1', secrets), join(dataDir, secrets))
  const config = readConfig({}, { HUB_DATA_DIR: dataDir })
  const world = sampleWorld(config, { gateway: gatewayPort, khqr: 0, integration: 0, simulator: systemsPort })
  // YAML reads JSON.
  writeFileSync(
    join(dataDir, 'hub.yaml'),
    JSON.stringify({ banks: banksOf(world), policySystems: world.policySystems }, null, 2),
  )
  return world
}

/** As in the sandbox; the network stands in for a bank that cannot make codes, and answers as often as it is asked. */
function banksOf({ banks }: SampleWorld): Readonly<Record<string, unknown>> {
  const more: Readonly<Record<string, object>> = {
    AMK: { fallback: ['BAKONG'] },
    BANK01: { fallback: ['BAKONG'] },
    BAKONG: { 'status-calls-per-day': callsPerDay },
  }
  return Object.fromEntries(Object.entries(banks).map(([code, one]) => [code, { ...(one as object), ...more[code] }]))
}

function hubStart(folder: string, name: string, ports: HubPorts, more: Readonly<Record<string, string>>) {
  return {
    name,
    ports,
    configFile: join(folder, name, 'hub.yaml'),
    logFile: join(folder, `${name}.log`),
    environment: {
      HUB_DATA_DIR: join(folder, name),
      HUB_GATEWAY_PORT: String(ports.gateway),
      HUB_KHQR_PORT: String(ports.khqr),
      HUB_INTEGRATION_PORT: String(ports.integration),
      // The simulator that each sandbox starts for itself: nobody calls it.
      HUB_SIMULATOR_PORT: '0',
      ...more,
    },
  }
}

/**
 * Processes that are killed every few seconds spend half of their start on compiling. Node keeps what it compiled, but
 * only when a process ends by itself: so each program runs once and ends. It changes nothing of what they do.
 */
function warmUp(folder: string): Record<string, string> {
  const environment = { NODE_COMPILE_CACHE: join(folder, 'compiled') }
  const env = { PATH: process.env['PATH'] ?? '', ...environment }
  const flag = '--disable-warning=ExperimentalWarning'
  spawnSync(process.execPath, [flag, hubEntry, '--help'], { env, stdio: 'ignore' })
  spawnSync(process.execPath, [flag, simulatorEntry], { env, stdio: 'ignore' })
  return environment
}

async function choosePorts(random: Random, names: readonly string[]) {
  const free = await freePorts(random, names.length * 3)
  return names.map((name, index) => {
    const [gateway = 0, khqr = 0, integration = 0] = free.slice(index * 3)
    return { name, gateway, khqr, integration }
  })
}

/** Below the range from which the system takes ports for outgoing calls: a dead hub's port must stay free. */
async function freePorts(random: Random, count: number): Promise<number[]> {
  const found: number[] = []
  while (found.length < count) {
    const port = random.whole(15_000, 30_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree) continue
    await new Promise((resolve) => server.close(resolve))
    if (!found.includes(port)) found.push(port)
  }
  return found
}

/** The last lines of a hub's log, for a report. */
export function logTail(ground: Ground, name: string, lines = 40): string {
  return readFileSync(join(ground.work.path, `${name}.log`), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(-lines)
    .join('\n')
}
