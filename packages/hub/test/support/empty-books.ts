import assert from 'node:assert/strict'
import type { Pool } from 'pg'
import { describePayment, sinksFor } from '../../src/domain/events.ts'
import { type Placement, postReceipt } from '../../src/domain/ledger.ts'
import type { Payment } from '../../src/domain/payment.ts'
import { newId } from '../../src/kit/ids.ts'
import type { Exchange } from '../../src/kit/trouble.ts'
import type { PostgresConnection } from '../../src/sandbox/postgres/connection.ts'
import { readAccounts, seedBanks } from '../../src/store/banks.ts'
import { type Db, openDatabase } from '../../src/store/db.ts'
import { keepMessage, type Message } from '../../src/store/inbox.ts'
import { openAttempt, openPayment, type OpeningOrder, readPayment } from '../../src/store/payments.ts'
import { type NewEvent, type NewReceipt, type Step, write } from '../../src/store/writes.ts'
import { testDatabase, type Until } from './database.ts'
import { sampleCode } from './sample-code.ts'
import { minutesLater, openedAt, usd } from './sample-payment.ts'

/**
 * Empty books in a database of their own, for one test or for all tests of a file, each with bills of its own: BANK01
 * and BANK02, each with an account in USD and in KHR.
 */
export type EmptyBooks = {
  readonly db: Db
  readonly address: PostgresConnection
  /** For looking and for planting damage; may do what the hub may not. */
  readonly pool: Pool
  /** "BANK01 USD" → the merchant account's id. */
  readonly accounts: ReadonlyMap<string, number>
}

export async function openBooks(t: Until): Promise<EmptyBooks> {
  const { address, pool } = await testDatabase(t)
  const db = openDatabase(address, { poolSize: 20, onError: () => {} })
  t.after(() => db.close())
  await seedBanks(
    db,
    ['BANK01', 'BANK02'].map((code, index) => ({
      code,
      numericId: index + 1,
      kind: 'bank-qr',
      active: true,
      accounts: (['USD', 'KHR'] as const).map((currency) => ({
        accountNumber: `SAMPLE-${code}-${currency}`,
        currency,
        storeId: 'store-1',
        terminalId: 'terminal-1',
        payeeAccount: 'sample@bank',
        payeeMerchantId: undefined,
        active: true,
      })),
    })),
  )
  const accounts = await readAccounts(db)
  return { address, db, pool, accounts: new Map(accounts.map((one) => [`${one.bankCode} ${one.currency}`, one.id])) }
}

export function accountId(books: EmptyBooks, name: string): number {
  const id = books.accounts.get(name)
  assert.ok(id !== undefined, name)
  return id
}

export function openingOrder(more: Partial<OpeningOrder> = {}): OpeningOrder {
  return {
    payableKind: 'premium',
    biller: 'DLIS',
    billNumber: 'P123456789',
    billKey: '2026-02-15',
    id: newId('pay'),
    amount: usd(15_000n),
    payer: { name: 'Sok Sample', email: 'sok@sample.test', phone: undefined },
    bankCode: 'BANK01',
    channel: 'KHQR_PAYMENT',
    at: openedAt,
    sentence: 'USD 150.00 is due.',
    actor: 'a test',
    correlationId: 'test-1',
    eventId: newId('evt'),
    eventBody: { payment: { id: '', number: 0, status: 'pending' } },
    lookOnly: false,
    ...more,
  }
}

/** A bill that nobody asked for yet. */
export function nextBill(): { readonly billNumber: string; readonly billKey: string } {
  lastBill += 1
  return { billNumber: `P${lastBill}`, billKey: '2026-02-15' }
}
let lastBill = 100_000_000

/** A payment of a bill of its own, unless `more` names the bill. */
export async function openBill(books: EmptyBooks, more: Partial<OpeningOrder> = {}): Promise<Payment> {
  const opening = await openPayment(books.db, openingOrder({ ...nextBill(), ...more }))
  assert.ok(opening.kind === 'open', `the bill is ${opening.kind}`)
  return opening.payment
}

export async function readAgain(books: EmptyBooks, { number }: { readonly number: number }): Promise<Payment> {
  const payment = await readPayment(books.db, number)
  assert.ok(payment)
  return payment
}

/** A step of this payment, at the version it was read, in which nothing happens unless `more` says so. */
export function stepOf(payment: Payment, more: Partial<Step> = {}): Step {
  return {
    payment: { number: payment.number, expectedVersion: payment.version },
    reference: String(payment.number),
    receipts: [],
    move: undefined,
    attempt: undefined,
    closeAttempts: undefined,
    events: [],
    actor: 'a test',
    correlationId: 'test-1',
    at: minutesLater(2),
    ...more,
  }
}

/** A receipt of what is owed, applied; or of other money, or held, where `more` or `placement` says so. */
export function receiptOf(
  books: EmptyBooks,
  payment: Payment,
  more: Partial<NewReceipt> = {},
  placement: Placement = { kind: 'applied', creditAccount: 'payable:premium' },
): NewReceipt {
  const amount = more.amount ?? payment.amount
  return {
    bankCode: 'BANK01',
    merchantAccountId: accountId(books, `BANK01 ${amount.currency}`),
    channel: 'khqr',
    bankTransactionId: `TX-${payment.number}`,
    amount,
    paidAt: minutesLater(1),
    proof: 'verified',
    inboxId: undefined,
    payerDigest: undefined,
    memo: 'a sample receipt',
    entries: postReceipt('BANK01', amount, placement),
    applied: placement.kind === 'applied' ? amount.amountMinor : undefined,
    suspended:
      placement.kind === 'suspense' ? { reason: placement.reason, amountMinor: amount.amountMinor } : undefined,
    ...more,
  }
}

export function eventsOf(payment: Payment, types: readonly string[]): NewEvent[] {
  return types.map((type, index) => ({
    id: newId('evt'),
    type,
    sequence: payment.eventSequence + index + 1,
    body: describePayment(payment, payment.status),
    sinks: type === 'gateway.payment.success' ? sinksFor(type, payment.payableKind) : [],
  }))
}

/** What completes a payment: its receipt applied, both events, success to be told to all who hear of it. */
export function completion(books: EmptyBooks, payment: Payment, more: Partial<NewReceipt> = {}): Step {
  return stepOf(payment, {
    receipts: [receiptOf(books, payment, more)],
    move: { to: 'completed', evidence: 'receipt_applied', sentence: 'Paid.' },
    closeAttempts: 'the payment is completed',
    events: eventsOf(payment, ['gateway.payment.verified', 'gateway.payment.success']),
  })
}

/** What ends a payment without money. */
export function ending(payment: Payment, to: 'failed' | 'cancelled' | 'expired'): Step {
  const evidence = { failed: 'bank_refused', cancelled: 'given_up', expired: 'deadline_passed' } as const
  return stepOf(payment, {
    move: { to, evidence: evidence[to], sentence: 'Ended.' },
    closeAttempts: 'ended',
    events: eventsOf(payment, [`gateway.payment.${to}`]),
  })
}

export async function complete(books: EmptyBooks, payment: Payment, more: Partial<NewReceipt> = {}): Promise<Payment> {
  await write(books.db, { steps: [completion(books, payment, more)] })
  return readAgain(books, payment)
}

export async function end(
  books: EmptyBooks,
  payment: Payment,
  to: 'failed' | 'cancelled' | 'expired',
): Promise<Payment> {
  await write(books.db, { steps: [ending(payment, to)] })
  return readAgain(books, payment)
}

/** Money for this payment that does not fit: verified, in suspense. */
export async function hold(books: EmptyBooks, payment: Payment, more: Partial<NewReceipt> = {}): Promise<Payment> {
  const receipt = receiptOf(books, payment, more, { kind: 'suspense', reason: 'underpaid' })
  const events = eventsOf(payment, ['gateway.receipt.suspense'])
  await write(books.db, { steps: [stepOf(payment, { receipts: [receipt], events })] })
  return readAgain(books, payment)
}

/** A code of BANK01, shown until `minutesLater(15)`. */
export async function showCode(books: EmptyBooks, payment: Payment): Promise<Payment> {
  const reserved = await openAttempt(books.db, {
    paymentNumber: payment.number,
    bankCode: 'BANK01',
    merchantAccountId: accountId(books, `BANK01 ${payment.amount.currency}`),
    createdBy: 'client sample',
    at: openedAt,
    expiresAt: minutesLater(15),
    busySince: minutesLater(-1),
    checkedUpTo: undefined,
    reference: undefined,
    method: undefined,
  })
  assert.ok(reserved.kind === 'reserved', reserved.kind)
  await write(books.db, {
    steps: [
      stepOf(reserved.payment, {
        move: { to: 'processing', evidence: 'attempt_opened', sentence: 'A code is shown.' },
        attempt: { id: reserved.attemptId, state: 'open', ...sampleCode(payment) },
        events: eventsOf(reserved.payment, ['khqr.generated-event']),
      }),
    ],
  })
  return readAgain(books, payment)
}

export function sampleMessage(more: Partial<Message> = {}): Message {
  return {
    bankCode: 'BANK01',
    route: 'khqr',
    subject: 'bank BANK01',
    correlationId: 'test-1',
    receivedAt: new Date(),
    contentType: 'application/json',
    body: Buffer.from('{"invoice_number":"1"}'),
    fingerprint: 'a notice',
    reference: '1',
    paymentNumber: undefined,
    ...more,
  }
}

/** A kept message about this payment, or about none: its inbox id. */
export async function keepOne(books: EmptyBooks, payment?: Payment, more: Partial<Message> = {}): Promise<number> {
  const { inboxId } = await keepMessage(books.db, sampleMessage({ paymentNumber: payment?.number, ...more }))
  return inboxId
}

export function sampleExchange(more: Partial<Exchange> = {}): Exchange {
  return {
    target: 'BANK01',
    operation: 'verify',
    method: 'POST',
    url: 'http://bank.test/verify',
    requestBody: 'txId=150001',
    httpStatus: 200,
    answerBody: '{"status":"SUCCESS"}',
    startedAt: minutesLater(1),
    durationMs: 12,
    error: undefined,
    ...more,
  }
}

/** How many rows each of the hub's tables has. */
export async function countRows({ pool }: EmptyBooks): Promise<Record<string, number>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' order by tablename`,
  )
  const counts: Record<string, number> = {}
  for (const { name } of tables) {
    const { rows } = await pool.query<{ count: number }>(`select count(*)::int as count from ${name}`)
    counts[name] = rows[0]?.count ?? 0
  }
  return counts
}

/** What an act is refused with: its SQLSTATE and its sentence. Fails the test when it is not refused. */
export async function refusalOf(act: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await act
  } catch (error) {
    assert.ok(error instanceof Error)
    return { code: 'code' in error ? String(error.code) : '', message: error.message }
  }
  return assert.fail('The database let it happen')
}
