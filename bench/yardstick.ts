import type { EventBody } from '../packages/hub/src/domain/events.ts'
import { isCurrency, parseAmount } from '../packages/hub/src/money/money.ts'
import { finishCredits, startCredits } from '../packages/hub/src/store/credits.ts'
import type { Db } from '../packages/hub/src/store/db.ts'
import { readCustomerReceipts, writeCustomerReceipts } from '../packages/hub/src/store/customer-receipts.ts'
import { claimDeliveries, type Delivery } from '../packages/hub/src/store/deliveries.ts'
import type { Leg } from './measure-notices.ts'
import type { PaidPayment } from './sandbox.ts'
import { inboxMark, type Statement, type Taped } from './tape.ts'
import type { World } from './world.ts'

/** As the hub's relay: so many deliveries at once, held for so long. */
const batch = 32
const leaseS = 60

/**
 * The yardstick of (a): the same statements for the same payments in a copy of the hub's database, by the driver alone,
 * from as many callers over as many connections. No HTTP, no bank, no decision. Credits, and receipts after them, go in
 * batches, as the hub's.
 */
export async function writeAlone(
  world: World,
  db: Db,
  payments: readonly PaidPayment[],
  tapes: ReadonlyMap<number, Taped>,
  concurrency: number,
): Promise<Leg> {
  const reel = payments.map(({ number }) => {
    const taped = tapes.get(number)
    if (!taped) throw new Error(`Payment ${number} was not taped`)
    return taped
  })
  const { result, cpu } = await world.spend(async () => {
    const startedMs = performance.now()
    const relay = startRelay(db, payments.length)
    const answerMs: number[] = []
    const queue = reel.values()
    const work = async () => {
      for (const taped of queue) {
        const sentMs = performance.now()
        await settleOne(db, taped)
        answerMs.push(performance.now() - sentMs)
        relay.wake()
      }
    }
    await Promise.all([relay.done, ...Array.from({ length: concurrency }, work)])
    return { answerMs, seconds: (performance.now() - startedMs) / 1_000 }
  })
  while ((await tellAll(db)) > 0);
  return { payments: payments.length, cpu, ...result }
}

async function settleOne(db: Db, { keep, settle }: Taped): Promise<void> {
  const rows = await run<{ kept: { inboxId: number } }>(db, keep, keep.values)
  const inboxId = String(rows[0]?.kept.inboxId)
  const values = settle.values.map((value) => String(value).replaceAll(inboxMark, inboxId))
  await run(db, settle, values)
}

/** Past the hub's own wrapper, straight to the driver. */
async function run<Row extends object>(db: Db, { name, sql }: Statement, values: readonly unknown[]): Promise<Row[]> {
  const { rows } = await db.pool.query<Row & Record<string, unknown>>({ name, text: sql, values: [...values] })
  return rows
}

/** Claims, starts and finishes credits until `count` are done; issues receipts while there are none, else sleeps. */
function startRelay(db: Db, count: number): { wake: () => void; done: Promise<void> } {
  let wake = () => {}
  const go = async () => {
    let credited = 0
    while (credited < count) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      const deliveries = await claimDeliveries(db, 'integration', batch, leaseS)
      if (deliveries.length > 0) await creditAll(db, deliveries)
      else if ((await tellAll(db)) === 0) await woken
      credited += deliveries.length
    }
  }
  return { wake: () => wake(), done: go() }
}

async function creditAll(db: Db, deliveries: readonly Delivery[]): Promise<void> {
  await startCredits(
    db,
    deliveries.map(({ paymentNumber, body }) => ({
      paymentNumber,
      biller: body.payable.biller,
      policyNumber: body.payable.number,
      amount: amountOf(body),
    })),
  )
  await finishCredits(
    db,
    'integration',
    deliveries.map(({ position, paymentNumber }) => ({ position, paymentNumber, reference: 'DLIS-CR-000001' })),
  )
}

/** Issues the receipts that are due and notes what customers are told; how many. */
async function tellAll(db: Db): Promise<number> {
  const deliveries = await claimDeliveries(db, 'customer', batch, leaseS)
  if (deliveries.length === 0) return 0
  const numbers = deliveries.map((one) => one.paymentNumber)
  const known = await readCustomerReceipts(db, numbers)
  await writeCustomerReceipts(db, {
    receipts: known.map(({ facts }) => ({
      number: facts.number,
      paymentNumber: facts.paymentNumber,
      secret: Buffer.alloc(32),
      mac: Buffer.alloc(32),
      receiptIds: facts.movements.map((one) => one.receiptId),
    })),
    notes: numbers.map((paymentNumber) => ({ paymentNumber, ...customerNote })),
    messages: [],
    positions: deliveries.map((one) => one.position),
  })
  return deliveries.length
}

/** About as long as what the hub writes. */
const customerNote = {
  channel: 'journal',
  recipient: 'm***@mail.example',
  textEn: 'We received USD 150.00 for P123456789. Payment 150001. Thank you.',
  textKm: 'យើងបានទទួលប្រាក់ 150.00 USD សម្រាប់លេខ P123456789។ លេខបង់ប្រាក់ 150001។ សូមអរគុណ។',
}

function amountOf({ amount, currency }: EventBody) {
  if (!isCurrency(currency)) throw new Error(`An event has currency ${currency}`)
  return { amountMinor: parseAmount(amount, currency), currency }
}
