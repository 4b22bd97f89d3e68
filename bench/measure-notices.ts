import { setTimeout as wait } from 'node:timers/promises'
import type { Db } from '../packages/hub/src/store/db.ts'
import { type HttpConnection, jsonOf, overConnections, requestBytes } from './http-connection.ts'
import { sharedMs } from './processes.ts'
import { bankCode, type PaidPayment } from './sandbox.ts'
import type { Cpu, World } from './world.ts'

/** One run over some payments: through the hub, or by the driver alone. */
export type Leg = {
  readonly payments: number
  /** From the first notice sent to the last premium credited. */
  readonly seconds: number
  /** Milliseconds from each notice to its answer; of the driver, to the end of its writes before the credit. */
  readonly answerMs: readonly number[]
  readonly cpu: Cpu
}

/** When each notice was sent, by `sharedMs`. */
export type NoticesLeg = Leg & { readonly sentAtMs: readonly number[] }

const creditedWithinMs = 60_000
const lookAgainMs = 10

/** (a) Sends the notices of these payments, `concurrency` at a time, and waits until every premium is credited. */
export async function sendNotices(
  world: World,
  db: Db,
  payments: readonly PaidPayment[],
  concurrency: number,
): Promise<NoticesLeg> {
  const token = world.secrets.banks[bankCode]?.bankToken ?? ''
  const requests = payments.map(({ number, notice }) => ({ number, bytes: noticeRequest(token, notice) }))
  const { result, cpu } = await world.spend(async () => {
    const startedMs = performance.now()
    const sent = await overConnections(world.hub.ports.gateway, concurrency, requests, sendNotice)
    await untilCredited(db, payments)
    return {
      answerMs: sent.map((one) => one.tookMs),
      sentAtMs: sent.map((one) => one.sentAtMs),
      seconds: (performance.now() - startedMs) / 1_000,
    }
  })
  // Customers are told while there is nothing else to do; the other side is not measured meanwhile.
  await untilTold(db)
  return { payments: payments.length, cpu, ...result }
}

type NoticeRequest = { readonly number: number; readonly bytes: Buffer }

/** When it was sent, and milliseconds until the hub's answer, which must be 200. */
async function sendNotice(connection: HttpConnection, { number, bytes }: NoticeRequest) {
  const sentAtMs = sharedMs()
  const answer = await connection.send(bytes)
  const tookMs = sharedMs() - sentAtMs
  if (answer.status !== 200) jsonOf(answer, `the notice of payment ${number}`)
  return { sentAtMs, tookMs }
}

function noticeRequest(token: string, notice: string): Buffer {
  const headers = { authorization: `Bearer ${token}` }
  return requestBytes({ method: 'POST', path: `/${bankCode}/khqr`, headers, body: notice })
}

async function untilTold(db: Db): Promise<void> {
  const until = performance.now() + creditedWithinMs
  for (;;) {
    const rows = await db.query<{ due: number }>(
      'bench_told',
      `select count(*)::int as due from event_deliveries where sink = 'customer' and state = 'due'`,
      [],
    )
    if (rows[0]?.due === 0) return
    if (performance.now() > until)
      throw new Error(`${rows[0]?.due} customers were not told within ${creditedWithinMs / 1_000} s`)
    await wait(lookAgainMs)
  }
}

async function untilCredited(db: Db, payments: readonly PaidPayment[]): Promise<void> {
  const numbers = payments.map((payment) => payment.number)
  const until = performance.now() + creditedWithinMs
  for (;;) {
    const rows = await db.query<{ credited: number }>(
      'bench_credited',
      `select count(*)::int as credited from credits where state = 'credited' and payment_number = any($1::bigint[])`,
      [numbers],
    )
    const credited = rows[0]?.credited ?? 0
    if (credited === numbers.length) return
    if (performance.now() > until) {
      throw new Error(
        `Only ${credited} of ${numbers.length} premiums were credited within ${creditedWithinMs / 1_000} s`,
      )
    }
    await wait(lookAgainMs)
  }
}
