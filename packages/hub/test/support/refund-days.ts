import assert from 'node:assert/strict'
import { becomes, callSimulated, type Code, makeCode, merchants, patiently, pay } from './bad-day.ts'
import { type Act, look, operateOnce } from './operators.ts'
import type { Answer, TestHub } from './running-hub.ts'
import { logIn } from './stranger-code.ts'
import { unguarded } from './unguarded.ts'

/** A payment that was settled, and the bank's id of the movement. */
export type Settled = Code & { readonly transaction: string }

/** A bill that was paid by KHQR, in full. */
export async function settled(
  hub: TestHub,
  bank = 'BANK01',
  bill: { system?: string; amount?: string; currency?: string } = {},
): Promise<Settled> {
  const code = await makeCode(hub, bank, bill)
  const [transaction = ''] = await pay(hub, code)
  await becomes(hub, code.id, {})
  return { ...code, transaction }
}

export type RefundOrder = Act & { readonly amount?: string; readonly reason?: string }

export function askRefund(hub: TestHub, payment: Pick<Code, 'id'>, order: RefundOrder = {}): Promise<Answer> {
  const { amount, reason = 'The customer cancelled.', ...act } = order
  return operateOnce(hub, 'refunds', { payment: String(payment.id), reason, ...(amount && { amount }) }, act)
}

export function askRefundOfHeld(hub: TestHub, suspense: string, order: RefundOrder = {}): Promise<Answer> {
  const { amount, reason = 'It was paid twice.', ...act } = order
  return operateOnce(hub, `suspense/${suspense}/refund`, { reason, ...(amount && { amount }) }, act)
}

/** The id of a refund that was taken. */
export function refundIn(answer: Answer): string {
  assert.ok([201, 202].includes(answer.status), answer.text)
  return String(answer.json['id'])
}

export type ShownRefund = Readonly<Record<string, string | null>>

export async function readShown(hub: TestHub, refund: string): Promise<ShownRefund> {
  const answer = await look(hub, `refunds/${refund}`)
  assert.equal(answer.status, 200, answer.text)
  return answer.json as unknown as ShownRefund
}

/** Waits until a refund stands so; shows how it stands if it never does. */
export async function refundBecomes(hub: TestHub, refund: string, status: string): Promise<ShownRefund> {
  const isSo = async () => (await readShown(hub, refund))['status'] === status
  await patiently(`refund ${refund} to be ${status}`, isSo).catch(async (error: unknown) => {
    assert.equal(JSON.stringify(await readShown(hub, refund), null, 2), status, String(error))
  })
  return readShown(hub, refund)
}

/** Waits until a refund says so of itself, in whatever status. */
export function refundSays(hub: TestHub, refund: string, sentence: RegExp): Promise<ShownRefund> {
  return patiently(`refund ${refund} to say ${sentence}`, async () => {
    const shown = await readShown(hub, refund)
    return sentence.test(String(shown['sentence'])) && shown
  })
}

/** Time passes for a refund: it was sent so many seconds earlier, and is looked at again now. */
export async function laterBy(hub: TestHub, refund: string, seconds: number): Promise<void> {
  await sentEarlier(hub, refund, seconds)
  await hub.pool.query('update refunds set next_try_at = now() where id = $1', [refund])
}

/** A refund was sent so many seconds earlier: the table refuses that, and a test's clock cannot wait. */
export async function sentEarlier(hub: TestHub, refund: string, seconds: number): Promise<void> {
  if (seconds === 0) return
  await unguarded(hub, 'update refunds set sent_at = sent_at - make_interval(secs => $2) where id = $1', [
    refund,
    seconds,
  ])
}

/** The job's time comes once, and it has looked at the refund. */
export async function lookedAt(hub: TestHub, refund: string): Promise<void> {
  const tries = async () => (await hub.pool.query('select tries from refunds where id = $1', [refund])).rows[0].tries
  const before = await tries()
  await laterBy(hub, refund, 0)
  await patiently(`refund ${refund} to be looked at`, async () => (await tries()) > before)
}

/** Looked at every now and then, as the job does all day, until it stands so. */
export async function lookedAtUntil(hub: TestHub, refund: string, status: string): Promise<ShownRefund> {
  const again = setInterval(() => void laterBy(hub, refund, 0).catch(() => {}), 200)
  try {
    return await refundBecomes(hub, refund, status)
  } finally {
    clearInterval(again)
  }
}

/** A refund was first noted as sent so many minutes earlier: its history refuses that, and a test's clock cannot wait. */
export function firstSentBefore(hub: TestHub, refund: string, minutes: number): Promise<void> {
  return unguarded(hub, 'update refund_history set at = at - make_interval(mins => $2) where refund_id = $1', [
    refund,
    minutes,
  ])
}

/** Money came so many days earlier: receipts refuse that, and a test's clock cannot wait. */
export function receivedDaysAgo(hub: TestHub, transaction: string, days: number): Promise<void> {
  return unguarded(
    hub,
    'update receipts set paid_at = paid_at - make_interval(days => $2) where bank_transaction_id = $1',
    [transaction, days],
  )
}

export type BankRefund = {
  readonly refundId: string
  readonly bankRefundId: string
  readonly amount: string
  readonly status: string
}

type JournalLine = {
  readonly transactionId: string
  readonly refunded: string
  readonly refunds: readonly BankRefund[]
}

/** What the bank itself says that it sent back of a movement. */
export async function bankSays(hub: TestHub, transaction: string): Promise<JournalLine> {
  const { json } = await hub.simulator('GET', '/_simulator/journal')
  const banks = json['banks'] as unknown as Record<string, { readonly payments: readonly JournalLine[] }>
  const lines = Object.values(banks).flatMap(({ payments }) => payments)
  const line = lines.find((one) => one.transactionId === transaction)
  assert.ok(line, `no bank knows ${transaction}`)
  return line
}

/** How often the bank was asked to send money back for a payment, whatever it answered, as kept with it. */
export async function timesAsked(hub: TestHub, payment: number, operation = 'refund'): Promise<number> {
  const { rows } = await hub.pool.query(
    'select count(*)::int as count from exchanges where payment_number = $1 and operation = $2',
    [payment, operation],
  )
  return rows[0].count
}

/** The cases about a payment's refunds. */
export async function unclearCases(hub: TestHub, payment: number): Promise<string[]> {
  const { rows } = await hub.pool.query(
    `select sentence from cases where payment_number = $1 and kind = 'refund_unclear' order by id`,
    [payment],
  )
  return rows.map((row) => row.sentence)
}

/** Every status that a refund had, in order. */
export async function wayOf(hub: TestHub, refund: string): Promise<string[]> {
  const { rows } = await hub.pool.query('select to_status from refund_history where refund_id = $1 order by sequence', [
    refund,
  ])
  return rows.map((row) => row.to_status)
}

/** Somebody at the bank's counter, or with our credentials, sends money back without us. */
export async function elsewhere(hub: TestHub, paid: Settled, amount: string): Promise<void> {
  const answer = await callSimulated(hub, 'POST', '/bank01/refunds', {
    token: await logIn(hub, 'BANK01'),
    json: {
      merchantId: merchants['BANK01'],
      transactionId: paid.transaction,
      amount,
      currency: 'USD',
      refundId: `elsewhere-${paid.transaction}-${amount}`,
    },
  })
  assert.equal(answer.json['status'], 'REFUNDED', answer.text)
}
