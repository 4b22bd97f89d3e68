import type { QueryResultRow } from 'pg'
import { openRunning } from '../packages/hub/src/cli/open-running.ts'
import { readConfig } from '../packages/hub/src/config.ts'
import type { Hub } from '../packages/hub/src/flows/hub.ts'
import { takeWebhook } from '../packages/hub/src/flows/take-webhook.ts'
import type { OpenHub } from '../packages/hub/src/open-hub.ts'
import { newCorrelationId } from '../packages/hub/src/kit/ids.ts'
import type { Db } from '../packages/hub/src/store/db.ts'
import { bankCode, type PaidPayment } from './sandbox.ts'
import type { World } from './world.ts'

/** One statement of the hub, as the driver is handed it. */
export type Statement = { readonly name: string; readonly sql: string; readonly values: readonly unknown[] }

/** What the hub asks of the database until a notice is answered. */
export type Taped = {
  readonly keep: Statement
  /** Every `inboxMark` in its values stands for the inbox id that `keep` answered. */
  readonly settle: Statement
}

/** Stands for an id that only the database can give. No inbox of a benchmark grows so large. */
export const inboxMark = '900719925474099'

/**
 * Writes down the statements by which the hub settles each notice, and writes nothing: its own flow runs here, asks the
 * simulated bank and policy system for real, and gets a database that only listens. So the yardstick writes exactly
 * what the hub writes, whatever the hub writes one day.
 */
export async function tapeNotices(world: World, payments: readonly PaidPayment[]): Promise<Map<number, Taped>> {
  const db = world.database(2)
  const opened: OpenHub = await openRunning(readConfig({}, world.environment), db)
  try {
    const tapes = new Map<number, Taped>()
    for (const payment of payments) tapes.set(payment.number, await tapeNotice(opened.hub, payment))
    return tapes
  } finally {
    await opened.close()
  }
}

async function tapeNotice(hub: Hub, payment: PaidPayment): Promise<Taped> {
  const at = hub.banks.get(bankCode)
  if (!at) throw new Error(`${bankCode} is not configured`)
  const heard: Statement[] = []
  const asker = { actor: `bank ${bankCode}`, correlationId: newCorrelationId() }
  const message = { contentType: 'application/json', body: Buffer.from(payment.notice) }
  const judgement = await takeWebhook({ ...hub, db: listener(hub.db, payment.number, heard) }, asker, at, message)
  const [keep, settle, ...more] = heard
  if (judgement.kind !== 'confirmed' || !keep || !settle || more.length > 0) {
    const names = heard.map((statement) => statement.name).join(', ')
    throw new Error(
      `The hub's flow ended "${judgement.kind}" after ${names}: keep_message and write_steps were expected`,
    )
  }
  return { keep, settle }
}

/** A database that reads for real and notes down what it is told to write. */
function listener(db: Db, paymentNumber: number, heard: Statement[]): Db {
  return {
    pool: db.pool,
    close: () => db.close(),
    async query<Row extends QueryResultRow>(name: string, sql: string, values: readonly unknown[]): Promise<Row[]> {
      heard.push({ name, sql, values })
      if (name !== 'keep_message') return []
      const rows = await db.query<{ payment: unknown }>('bench_snapshot', 'select payment_snapshot($1) as payment', [
        paymentNumber,
      ])
      const kept = { inboxId: Number(inboxMark), earlier: null, payment: rows[0]?.payment }
      return [{ kept }] as unknown as Row[]
    },
  }
}
