import { setTimeout as wait } from 'node:timers/promises'
import { openRunning } from '../packages/hub/src/cli/open-running.ts'
import { readConfig } from '../packages/hub/src/config.ts'
import { refreshPages } from '../packages/hub/src/flows/refresh-pages.ts'
import type { Db } from '../packages/hub/src/store/db.ts'
import { HttpConnection, requestBytes } from './http-connection.ts'
import { sharedMs } from './processes.ts'
import { bankCode, restSchedule } from './sandbox.ts'
import type { World } from './world.ts'

/** What is claimed when the budget ends is asked to its end. */
const settleMs = 1_500

/** Milliseconds of the job `refresh-pages` with every page's payment watched: when it notes that they are, and when not. */
export type Refresh = { readonly notingMs: number; readonly comparingMs: number; readonly postgresMs: number }

/** The job's own flow, here: a second process that looks at the same payments. */
export async function measureRefresh(world: World, numbers: readonly number[]): Promise<Refresh> {
  const db = world.database(2)
  const opened = await openRunning(readConfig({}, world.environment), db)
  try {
    for (const number of numbers) opened.hub.live.watch(number, () => {})
    await db.query('bench_unnoted', 'update checks set watched_until = null', [])
    const once = async () => {
      const startedMs = sharedMs()
      const { cpu } = await world.spend(() => refreshPages(opened.hub))
      return { ms: sharedMs() - startedMs, postgresMs: cpu.postgres }
    }
    const noting = await once()
    const comparing = [await once(), await once(), await once()].toSorted((a, b) => a.ms - b.ms)[1] ?? noting
    return { notingMs: noting.ms, comparingMs: comparing.ms, postgresMs: comparing.postgresMs }
  } finally {
    await opened.close()
  }
}

/** The bank's budget is what it would be, from empty on, while all pages are open. */
export async function measureBudget(world: World, db: Db, seconds: number, watched: number) {
  const gateway = await HttpConnection.open(world.hub.ports.gateway)
  const opened = await openRunning(readConfig({}, world.environment), db)
  const perMinute = opened.hub.banks.get(bankCode)?.policy.checkBudget.perMinute ?? 0
  await opened.close()
  const before = await readChecks(gateway)
  const startedMs = sharedMs()
  await db.query('bench_budget', 'update check_budgets set tokens = 0, filled_at = now() where bank_code = $1', [
    bankCode,
  ])
  await wait(seconds * 1_000)
  await restSchedule(world)
  const allowed = Math.ceil((perMinute * (sharedMs() - startedMs)) / 60_000)
  await wait(settleMs)
  const calls = (await readChecks(gateway)) - before
  gateway.close()
  return { calls, allowed, watched }
}

/** How often the bank was asked about a payment. */
async function readChecks(connection: HttpConnection): Promise<number> {
  const answer = await connection.send(requestBytes({ method: 'GET', path: '/actuator/prometheus' }))
  const lines = answer.body.toString('utf8').matchAll(/^hub_outgoing_call_seconds_count\{(.*)\} (\S+)$/gm)
  return [...lines]
    .filter(
      ([, labels = '']) => labels.includes(`"${bankCode}"`) && !/operation="(?:create-qr|log-in|token)"/.test(labels),
    )
    .reduce((sum, [, , count]) => sum + Number(count), 0)
}
