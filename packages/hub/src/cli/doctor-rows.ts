import type { Config } from '../config.ts'
import { checkInvariants, referenceWriters } from '../flows/check-invariants.ts'
import type { Hub } from '../flows/hub.ts'
import { systemClock } from '../kit/clock.ts'
import { startPatience } from '../kit/deadline.ts'
import { createHttpClient } from '../kit/http-client.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { Trouble } from '../kit/trouble.ts'
import { localUrl, runningPorts } from '../sandbox/running-ports.ts'
import type { Db } from '../store/db.ts'
import { databaseClockSkewMs, durabilitySettings, ping } from '../store/health.ts'
import { readChainHead } from '../store/audit.ts'
import { invariants, readOpenWork } from '../store/invariants.ts'
import { migrationState } from '../store/migrate.ts'
import { allowanceRow, tokenRow } from './doctor-kept.ts'
import { payOnce } from './doctor-payment.ts'
import type { Row } from './doctor-row.ts'
import type { OpenHub } from '../open-hub.ts'
import { openRunning } from './open-running.ts'
import { reachDatabase } from './reach-database.ts'

/** How far the database's clock may be from ours, in milliseconds. */
const skewToleratedMs = 2_000

/** Checks everything from the ground up. What stands on something red is not checked, and says so. */
export async function runDoctor(config: Config, progress: (name: string) => void): Promise<Row[]> {
  const rows: Row[] = [
    { name: 'configuration', state: 'green', sentence: `${config.mode} mode, data in ${config.dataDir}` },
  ]
  const check = async (name: string, look: () => Promise<Omit<Row, 'name'>>) => {
    progress(name)
    const row = { name, ...(await look().catch((error: unknown) => red(message(error)))) }
    rows.push(row)
    return row.state !== 'red'
  }
  let db: Db | undefined
  try {
    const isUp = await check('database', async () => {
      db = reachDatabase(config)
      await ping(db)
      return green('answers')
    })
    if (!isUp || !db) return [...rows, skipped('everything else', 'there is no database')]
    const reached = db
    await check('clock', () => clock(reached))
    await check('durability', () => durability(reached))
    if (!(await check('migrations', () => migrations(reached))))
      return [...rows, skipped('everything else', 'migrations are pending')]
    const opened = await openRunning(config, reached)
    try {
      await checkSystems(opened.hub, check)
      await checkKept(opened, check)
      const isRunning = await check('hub', () => hubAnswers(config))
      if (isRunning) await check('whole payment', () => payOnce(config, opened.tokens, opened.hub))
      else rows.push(skipped('whole payment', 'the hub is not running'))
      await checkBooks(opened.hub, isRunning, check, progress)
      await check('open work', () => openWork(reached))
    } finally {
      await opened.close()
    }
    return rows
  } finally {
    await db?.close()
  }
}

/** What the doctor looks up: a number in nobody's series. */
const nobodysNumber = 'D0CT0R0000'

type Check = (name: string, look: () => Promise<Omit<Row, 'name'>>) => Promise<boolean>

async function checkSystems(hub: Hub, check: Check): Promise<void> {
  const call = () => ({ correlationId: newCorrelationId() })
  for (const biller of hub.billers.values()) {
    await check(`policy system ${biller.name}`, async () => {
      const startedMs = performance.now()
      // A number that nobody has: any answer but trouble proves the path and our credentials.
      await biller.lookUp(nobodysNumber, call())
      return green(`looks up in ${Math.round(performance.now() - startedMs)} ms`)
    })
  }
  if (hub.banks.size === 0) await check('banks', async () => ({ state: 'note', sentence: 'none is configured' }))
  for (const at of hub.banks.values()) {
    if (!at.active) {
      await check(`bank ${at.code}`, async () => ({ state: 'note', sentence: 'not active' }))
      continue
    }
    const isReachable = await check(`bank ${at.code}`, async () => {
      const probe = await at.bank.probe(call())
      return probe.reachable
        ? green(`answers in ${Math.round(probe.responseTimeMs)} ms`)
        : red(`does not answer: ${probe.sentence}`)
    })
    if (!isReachable) continue
    await check(`bank ${at.code} credentials`, async () => {
      await at.bank.checkCredentials(call())
      return green('the bank accepts our login')
    })
  }
}

/** What is kept for a bank that counts our calls, or gave us a token that ends. No call is made for it. */
async function checkKept({ hub, keepings }: OpenHub, check: Check): Promise<void> {
  for (const at of [...hub.banks.values()].filter(({ active }) => active)) {
    const { bank, code } = at
    const tokens = keepings.get(code)?.tokens
    if (bank.allowance) await check(`bank ${code} allowance`, async () => allowanceRow(await bank.allowance?.()))
    if (bank.keepToken)
      await check(`bank ${code} token`, async () => tokenRow(code, await tokens?.read(), hub.clock.now()))
  }
}

/** Whether the hub of this installation is there: its database may well run without it. */
async function hubAnswers(config: Config): Promise<Omit<Row, 'name'>> {
  const url = localUrl(config, runningPorts(config).gateway)
  const http = createHttpClient(systemClock)
  try {
    const request = { target: 'this hub', operation: 'health', method: 'GET', url: `${url}/actuator/health` } as const
    const answer = await http.send(request, { correlationId: newCorrelationId() }, startPatience(systemClock, 5_000))
    const { status } = JSON.parse(answer.body.toString('utf8')) as { status?: string }
    return answer.status === 200
      ? green(`answers at ${url}: ${status ?? ''}`)
      : red(`answers at ${url}, but says ${status ?? ''}`)
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    return red(`no hub answers at ${url}. Start it with "npm start"`)
  } finally {
    await http.close()
  }
}

async function clock(db: Db): Promise<Omit<Row, 'name'>> {
  const skewMs = Math.round(await databaseClockSkewMs(db, () => new Date()))
  return Math.abs(skewMs) <= skewToleratedMs
    ? green(`the database's clock is ${skewMs} ms from ours`)
    : red(`the database's clock is ${skewMs} ms from ours, more than ${skewToleratedMs} ms: set both by NTP`)
}

async function durability(db: Db): Promise<Omit<Row, 'name'>> {
  const off = (await durabilitySettings(db)).filter((one) => one.setting === 'off')
  return off.length === 0
    ? green('fsync, synchronous_commit and full_page_writes are on')
    : red(`${off.map((one) => one.name).join(', ')} is off: an acknowledged payment could be lost. Switch it on`)
}

async function migrations(db: Db): Promise<Omit<Row, 'name'>> {
  const { applied, pending, unknown } = await migrationState(db.pool)
  if (unknown.length > 0)
    return red(`the database is newer than this hub: it has ${unknown.join(', ')}. Use the newer version`)
  return pending.length === 0
    ? green(`all ${applied.length} are applied`)
    : red(`${pending.join(', ')} not applied. Run "npx khqr-hub migrate", or restart the hub`)
}

/** Every invariant on all of the books; with the head of the audit chain, to be noted elsewhere. */
async function checkBooks(hub: Hub, isRunning: boolean, check: Check, progress: (name: string) => void): Promise<void> {
  const order = {
    writesReference: referenceWriters(hub.banks),
    hubRunsForMs: isRunning ? Number.POSITIVE_INFINITY : 0,
    progress: (name: string, read: number) => progress(read === 0 ? name : `${name}: ${read} read`),
  }
  for (const { name } of invariants) {
    await check(name, async () => {
      const [result] = await checkInvariants(hub.db, { ...order, names: [name] })
      if (!result) return red('was not checked')
      if (result.found > 0) return red(`${result.found} found: ${result.violations.join('; ')}`)
      const head = name === 'audit_chain' ? await readChainHead(hub.db) : undefined
      return green(head ? `${result.means} Its head is seal ${head.position}: ${head.sha256}` : result.means)
    })
  }
}

async function openWork(db: Db): Promise<Omit<Row, 'name'>> {
  const open = await readOpenWork(db)
  const isNothing = open.suspense + open.cases + open.waiting + open.due === 0
  return {
    state: isNothing ? 'green' : 'note',
    sentence: `${open.suspense} in suspense, ${open.cases} open cases, ${open.waiting} messages to be asked about again, ${open.due} events to be delivered`,
  }
}

function green(sentence: string): Omit<Row, 'name'> {
  return { state: 'green', sentence }
}

function red(sentence: string): Omit<Row, 'name'> {
  return { state: 'red', sentence }
}

function skipped(name: string, because: string): Row {
  return { name, state: 'note', sentence: `not checked: ${because}` }
}

function message(error: unknown): string {
  if (error instanceof Trouble && error.kind === 'auth_refused') {
    return `${error.target} refused our login: check its username and password (banks.${error.target}.auth)`
  }
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
  return (error.message === '' ? 'no answer' : error.message) + code
}
