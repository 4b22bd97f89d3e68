import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Answer, call, eventually, type Json, startTestHub, type TestHub } from './running-hub.ts'
import { restSchedule } from './schedule.ts'
import { unguarded } from './unguarded.ts'

/** How long a test waits for what must come: longer than a breaker stays open, and only until it comes. */
const patienceMs = 60_000

export function patiently<Found>(what: string, look: () => Promise<Found | undefined | false>): Promise<Found> {
  return eventually(what, look, patienceMs)
}

/**
 * A hub for the bad days of one file: many requests a minute, a token for whoever asks, and a schedule that rests, so that
 * what a notice does is not done by a check before.
 */
export async function startBadDays(t: TestContext, settings: Readonly<Record<string, string>> = {}): Promise<TestHub> {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000', ...settings })
  await restSchedule(hub)
  return hub
}

/** Sets a fault of the simulator; `none` clears it. */
export async function setFault(
  hub: TestHub,
  target: string,
  operation: string,
  fault: string,
  value?: number | string | undefined,
): Promise<void> {
  const set = await hub.simulator('POST', '/_simulator/faults', { target, operation, fault, value })
  assert.equal(set.status, 200, set.text)
}

export async function clearFaults(hub: TestHub): Promise<void> {
  await hub.simulator('DELETE', '/_simulator/faults')
}

/** Runs `act` under a fault, which ends with it. */
export async function during<Result>(
  hub: TestHub,
  fault: readonly [target: string, operation: string, fault: string, value?: number | string | undefined],
  act: () => Promise<Result>,
): Promise<Result> {
  await setFault(hub, ...fault)
  try {
    return await act()
  } finally {
    await setFault(hub, fault[0], fault[1], 'none')
  }
}

export function askKhqr(hub: TestHub, bank: string, billNumber: string): Promise<Answer> {
  const token = hub.token('khqr:create payments:read')
  return hub.khqr('GET', `/khqr?bankCode=${bank}&billNumber=${billNumber}`, { token })
}

export function inquire(hub: TestHub, bank: string, query: string): Promise<Answer> {
  return hub.gateway('GET', `/${bank}/payments?query=${query}`, { token: hub.token('bills:read payments:read') })
}

export type Code = { readonly bank: string; readonly bill: string; readonly id: number; readonly qrString: string }

/** A bill, a fresh one unless given, with a code of this bank. */
export async function makeCode(
  hub: TestHub,
  bank: string,
  bill: string | { system?: string; amount?: string; currency?: string } = {},
): Promise<Code> {
  const number = typeof bill === 'string' ? bill : await hub.bill(bill)
  const answer = await askKhqr(hub, bank, number)
  assert.equal(answer.status, 200, answer.text)
  const data = answer.json['data'] as Json
  return { bank, bill: number, id: Number(data['paymentId']), qrString: String(data['qrString']) }
}

/** A customer pays a code; the ids of the bank's movements. */
export async function pay(
  hub: TestHub,
  code: Pick<Code, 'bank' | 'id'>,
  how: Readonly<Record<string, unknown>> = {},
): Promise<string[]> {
  const paid = await hub.simulator('POST', '/_simulator/pay', { bank: code.bank, paymentId: code.id, ...how })
  assert.equal(paid.status, 200, paid.text)
  return (paid.json['transactions'] as unknown as { transactionId: string }[]).map((one) => one.transactionId)
}

/** From now on verify speaks so of a payment. */
export async function setVerify(hub: TestHub, code: Pick<Code, 'bank' | 'id'>, verify: string): Promise<void> {
  const set = await hub.simulator('POST', '/_simulator/verify', { bank: code.bank, paymentId: code.id, verify })
  assert.equal(set.status, 200, set.text)
}

export const merchants: Readonly<Record<string, string>> = {
  AMK: '900000000000001',
  BANK01: '900000000000011',
  BANK02: '900000000000021',
}

/** A message as the bank itself would send it, with what a test wants changed in it. */
export function notice(
  hub: TestHub,
  code: Pick<Code, 'bank' | 'id'>,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Answer> {
  const body = {
    invoice_number: String(code.id),
    status: 'SUCCESS',
    merchant_number: merchants[code.bank],
    paid_amount: 25,
    currency: 'USD',
    paid_datetime: bankTime(new Date()),
    ...more,
  }
  return hub.gateway('POST', `/${code.bank}/khqr`, { token: bankToken(hub, code.bank), json: body })
}

/** A counter confirmation as the bank itself would send it. */
export function confirmation(hub: TestHub, bank: string, more: Readonly<Record<string, unknown>>): Promise<Answer> {
  const paidDate = bankTime(new Date()).replace(/\D/g, '').slice(0, 14)
  const body = { amount: 25, currency: 'USD', payer: 'SOK SAMPLE', paidDate, ...more }
  return hub.gateway('POST', `/${bank}/payments`, { token: bankToken(hub, bank), json: body })
}

/** A customer pays at the counter; what we answered to each confirmation. */
export async function counter(hub: TestHub, bank: string, how: Readonly<Record<string, unknown>>) {
  const paid = await hub.simulator('POST', '/_simulator/bill-payment', { bank, ...how })
  assert.equal(paid.status, 200, paid.text)
  const confirmations = paid.json['confirmations'] as unknown as { status?: number }[]
  return {
    id: Number(paid.json['inquiry']?.['body']?.['data']?.['id']),
    statuses: confirmations.map((one) => one.status),
    transactionId: String(paid.json['transactions']?.[0]?.['transactionId']),
    text: paid.text,
  }
}

export function bankToken(hub: TestHub, bank: string): string {
  return hub.secrets.banks[bank]?.bankToken ?? ''
}

/** `yyyy-MM-dd HH:mm:ss.SSSSSS` in UTC+7. */
export function bankTime(at: Date): string {
  return `${new Date(at.getTime() + 7 * 3_600_000).toISOString().replace('T', ' ').slice(0, 23)}000`
}

/** What the bank told us about a payment, and what we answered, in the order of the messages. */
export async function toldAbout(hub: TestHub, id: number | string): Promise<(number | undefined)[]> {
  const { json } = await hub.simulator('GET', '/_simulator/deliveries')
  const deliveries = json['deliveries'] as unknown as { reference: string; attempts: { status?: number }[] }[]
  return deliveries.filter((one) => one.reference === String(id)).flatMap((one) => one.attempts.map((a) => a.status))
}

/** Waits until the bank was answered at least `count` times about a payment. */
export function answers(hub: TestHub, id: number, count = 1): Promise<(number | undefined)[]> {
  return patiently(`${count} answer(s) to the bank about ${id}`, async () => {
    const told = await toldAbout(hub, id)
    return told.length >= count && told
  })
}

export type Standing = {
  readonly status: string
  readonly applied: number
  readonly held: readonly string[]
  readonly cases: readonly string[]
}

/** How a payment stands: status, receipts applied, reasons in suspense, kinds of cases. */
export async function standing(hub: TestHub, id: number): Promise<Standing> {
  const { rows } = await hub.pool.query(
    `select p.status, (select count(*)::int from applications a where a.payment_number = p.number) as applied,
      array(select s.reason from suspense s join receipts r on r.id = s.receipt_id where r.payment_number = p.number order by r.id) as held,
      array(select c.kind from cases c where c.payment_number = p.number order by c.id) as cases
      from payments p where p.number = $1`,
    [id],
  )
  return rows[0] as Standing
}

/** Waits until the payment stands so, and shows how it stands if it never does. */
export async function becomes(hub: TestHub, id: number, wanted: Partial<Standing>): Promise<void> {
  const whole: Standing = { status: 'completed', applied: 1, held: [], cases: [], ...wanted }
  const isSo = async () => JSON.stringify(await standing(hub, id)) === JSON.stringify(whole)
  const waited = await patiently('', isSo).catch((error: unknown) => error)
  // Says how it stands instead, rather than that it was waited for.
  assert.deepEqual(await standing(hub, id), whole)
  assert.equal(waited, true)
}

/** What became of the messages about an invoice, oldest first. */
export async function inboxOf(
  hub: TestHub,
  reference: number | string,
): Promise<{ outcome: string; answer: number | null; tries: number }[]> {
  const { rows } = await hub.pool.query(
    'select outcome, answer_status as answer, tries from inbox where reference = $1 order by id',
    [String(reference)],
  )
  return rows
}

/** The schedule's next time is now, for everything that waits. */
export async function askAgainNow(hub: TestHub): Promise<void> {
  await hub.pool.query('update inbox set next_try_at = now() where decided_at is null and next_try_at is not null')
}

/**
 * Minutes pass for the credits and credit notes that wait for their next try: it is now, and the last sending is three
 * minutes ago, long enough for a "not credited" to be believed. One that is being sent (claimed for a minute) is left alone.
 */
export async function creditAgainNow(hub: TestHub): Promise<void> {
  await hub.pool.query(
    `with waiting as (update event_deliveries set next_try_at = now()
        where state = 'due' and last_error is not null and next_try_at < now() + interval '40 seconds' returning payment_number),
      notes as (update credit_notes n set last_sent_at = least(n.last_sent_at, now() - interval '3 minutes')
        from waiting w where w.payment_number = n.payment_number and n.state = 'sending')
      update credits c set last_sent_at = least(c.last_sent_at, now() - interval '3 minutes')
        from waiting w where w.payment_number = c.payment_number and c.state = 'sending'`,
  )
}

/** Lets minutes pass until a payment's premium is known to be credited. */
export function creditedInTheEnd(hub: TestHub, id: number): Promise<boolean> {
  return patiently(`the credit of ${id}`, async () => {
    await creditAgainNow(hub)
    const { rows } = await hub.pool.query('select state from credits where payment_number = $1', [id])
    return rows[0]?.state === 'credited'
  })
}

/** How often a payment's credit was tried, and why it failed last. */
export async function creditTries(hub: TestHub, id: number): Promise<{ tries: number; error: string | null }> {
  const { rows } = await hub.pool.query(
    `select tries, last_error as error from event_deliveries where payment_number = $1 and sink = 'integration'`,
    [id],
  )
  return rows[0] ?? { tries: 0, error: null }
}

/** How often the bank was asked to do something about a payment, as kept with it. */
export async function asked(hub: TestHub, id: number, operation: string): Promise<number> {
  const { rows } = await hub.pool.query(
    'select count(*)::int as count from exchanges where payment_number = $1 and operation = $2',
    [id, operation],
  )
  return rows[0].count
}

/** One call to a simulated system past the hub. */
export function callSimulated(hub: TestHub, method: string, path: string, how: Parameters<typeof call>[2]) {
  return call(`http://127.0.0.1:${hub.running.ports.simulator}${path}`, method, how)
}

/** Somebody pays a bill at the insurer's own desk: DLIS is credited, and we hear nothing of it. */
export async function payElsewhere(hub: TestHub, bill: string, key: string): Promise<void> {
  const found = await inquire(hub, 'AMK', bill)
  const { amount, currency, dueDate } = found.json['data'] as unknown as Record<string, string | number>
  const body = {
    externalId: `elsewhere-${key}`,
    policyNumber: bill,
    amount: currency === 'USD' ? Number(amount).toFixed(2) : String(amount),
    currency,
    dueDate,
    paidAt: new Date().toISOString(),
    channel: 'DESK',
    transactionId: `desk-${key}`,
  }
  const credited = await callSimulated(hub, 'POST', '/dlis/api/v1/credits', {
    json: body,
    headers: { 'x-api-key': hub.secrets.policySystems['DLIS']?.key ?? '' },
  })
  assert.equal(credited.status, 201, credited.text)
}

/** Lets the messages about an invoice be older: the tables refuse it, and a test's clock cannot wait. */
export function minutesPass(hub: TestHub, reference: number | string, minutes: number): Promise<void> {
  const sql = 'update inbox set received_at = received_at - make_interval(mins => $2) where reference = $1'
  return unguarded(hub, sql, [String(reference), minutes])
}

/** Lets a payment have been opened later than it was. */
export function openedLater(hub: TestHub, id: number, minutes: number): Promise<void> {
  return unguarded(hub, 'update payments set opened_at = opened_at + make_interval(mins => $2) where number = $1', [
    id,
    minutes,
  ])
}

/** Lets a payment have quoted another amount than it did: the bill has changed since. */
export function quotedInstead(hub: TestHub, id: number, amountMinor: number): Promise<void> {
  return unguarded(hub, 'update payments set amount_minor = $2 where number = $1', [id, amountMinor])
}
