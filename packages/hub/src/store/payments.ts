import type { Attempt, Bill, InquiryChannel, Payment, Receipt, SuspenseReason } from '../domain/payment.ts'
import type { Status } from '../domain/transitions.ts'
import type { Currency, Money } from '../money/money.ts'
import type { Db } from './db.ts'
import { storableJson } from './storable-text.ts'

/** Reads one payment with everything a decision needs; undefined when the number is not ours. */
export async function readPayment(db: Db, number: number): Promise<Payment | undefined> {
  const rows = await db.query<{ snapshot: Snapshot | null }>(
    'read_payment',
    'select payment_snapshot($1) as snapshot',
    [number],
  )
  return readSnapshot(rows[0]?.snapshot)
}

/** Finds a payment's number by its `pay_…` id. */
export async function findPaymentNumber(db: Db, id: string): Promise<number | undefined> {
  const rows = await db.query<{ number: string }>('find_payment', 'select number from payments where id = $1', [id])
  return rows[0] && Number(rows[0].number)
}

export type OpeningOrder = Bill & {
  readonly id: string
  readonly amount: Money
  readonly payer: { readonly name: string; readonly email: string | undefined; readonly phone: string | undefined }
  /** The bank that asked, if a bank's path was asked. */
  readonly bankCode: string | undefined
  readonly channel: InquiryChannel
  readonly at: Date
  readonly sentence: string
  readonly actor: string
  readonly correlationId: string
  readonly eventId: string
  readonly eventBody: unknown
  /** Finds an open payment, and neither opens nor judges any. */
  readonly lookOnly: boolean
}

export type Opening =
  | { readonly kind: 'open'; readonly payment: Payment }
  /** The bill has a completed payment, or verified money waiting in suspense: nothing is due. */
  | { readonly kind: 'settled'; readonly by: number }
  /** Only when looking: there is no open payment that says just this. */
  | { readonly kind: 'none' }
  /** Another payment of this number is open but no longer says what is owed: close it, then ask again. */
  | { readonly kind: 'outdated'; readonly payment: Payment }

/** Finds or opens the bill's one open payment, and notes which bank asked. Throws `Conflict`. */
export async function openPayment(db: Db, order: OpeningOrder): Promise<Opening> {
  const { amount, ...rest } = order
  const rows = await db.query<{ answer: unknown }>('open_payment', 'select open_payment($1) as answer', [
    storableJson({ ...rest, amountMinor: amount.amountMinor.toString(), currency: amount.currency }),
  ])
  return readOpening(rows[0]?.answer)
}

/** Reads what `open_payment` and those that call it answer. */
export function readOpening(given: unknown): Opening {
  const answer = given as { kind: string; by?: number; payment?: Snapshot } | undefined
  if (answer?.kind === 'settled' && answer.by !== undefined) return { kind: 'settled', by: answer.by }
  if (answer?.kind === 'none') return { kind: 'none' }
  const payment = readSnapshot(answer?.payment)
  if (!payment || (answer?.kind !== 'open' && answer?.kind !== 'outdated'))
    throw new Error('open_payment answered nothing')
  return { kind: answer.kind, payment }
}

export type AttemptOrder = {
  readonly paymentNumber: number
  readonly bankCode: string
  readonly merchantAccountId: number
  readonly createdBy: string
  readonly at: Date
  readonly expiresAt: Date
  /** An attempt still being created since before this moment was left behind by a crash. */
  readonly busySince: Date
  /** The bank was asked just now about all attempts up to this one. */
  readonly checkedUpTo: number | undefined
  /** Our reference of this code; undefined: the payment number. */
  readonly reference: string | undefined
  /** How an order is paid; undefined for other payables. */
  readonly method: string | undefined
  /** When the schedule asks the bank about it first; undefined: this bank cannot be asked. */
  readonly firstCheckAt?: Date | undefined
}

export type Reservation =
  | { readonly kind: 'reserved'; readonly payment: Payment; readonly attemptId: number }
  | { readonly kind: 'live'; readonly payment: Payment; readonly attempt: Attempt }
  | { readonly kind: 'busy' }
  /** Another bank has the one live code of this order. */
  | { readonly kind: 'elsewhere' }
  /** The bank holds an older code of this payment: ask it before making another. */
  | { readonly kind: 'check_first'; readonly lastAttemptId: number }
  | { readonly kind: 'not_open' }

/** Reserves the one live attempt of a payment at a bank, before the bank is asked. Throws `Conflict`. */
export async function openAttempt(db: Db, order: AttemptOrder): Promise<Reservation> {
  const rows = await db.query<{
    answer: { kind: Reservation['kind']; payment?: Snapshot; attemptId?: number; lastAttemptId?: number }
  }>('open_attempt', 'select open_attempt($1) as answer', [storableJson(order)])
  const answer = rows[0]?.answer
  if (!answer) throw new Error('open_attempt answered nothing')
  const payment = readSnapshot(answer.payment)
  if (answer.kind === 'busy' || answer.kind === 'not_open' || answer.kind === 'elsewhere') return { kind: answer.kind }
  if (answer.kind === 'check_first') return { kind: 'check_first', lastAttemptId: answer.lastAttemptId ?? 0 }
  const attempt = payment?.attempts.find((one) => one.id === answer.attemptId)
  if (!payment || !attempt) throw new Error('open_attempt answered no attempt')
  return answer.kind === 'live'
    ? { kind: 'live', payment, attempt }
    : { kind: 'reserved', payment, attemptId: attempt.id }
}

/** The JSON that `payment_snapshot` answers. */
export type Snapshot = Bill & {
  number: number
  id: string
  amountMinor: string
  currency: Currency
  creditAccount: string
  status: Status
  version: number
  eventSequence: number
  openedAt: string
  completedAt: string | null
  closedAt: string | null
  refundedMinor: string
  payer: { name: string; email: string | null; phone: string | null } | null
  attempts: (Nullable<Pick<Attempt, 'qrString' | 'deeplink' | 'method'>> &
    Omit<Attempt, 'qrString' | 'deeplink' | 'method' | 'createdAt' | 'expiresAt'> & {
      createdAt: string
      expiresAt: string
    })[]
  receipts: (Omit<
    Receipt,
    | 'amount'
    | 'paidAt'
    | 'recordedAt'
    | 'suspended'
    | 'noticeFingerprint'
    | 'appliedMinor'
    | 'returnedMinor'
    | 'heldMinor'
    | 'missingSince'
  > & {
    amountMinor: string
    appliedMinor: string
    returnedMinor: string
    heldMinor: string
    missingSince: string | null
    currency: Currency
    paidAt: string
    recordedAt: string
    suspended: SuspenseReason | null
    noticeFingerprint: string | null
  })[]
  inquiries: { bankCode: string; channel: InquiryChannel }[]
  bill: { completedBy: number | null; openBy: number | null; heldBy: number | null }
}

type Nullable<T> = { [Key in keyof T]: Exclude<T[Key], undefined> | null }

export function readSnapshot(row: Snapshot | null | undefined): Payment | undefined {
  if (!row) return undefined
  const { amountMinor, currency, ...rest } = row
  return {
    ...rest,
    amount: { amountMinor: BigInt(amountMinor), currency },
    openedAt: new Date(row.openedAt),
    completedAt: row.completedAt === null ? undefined : new Date(row.completedAt),
    closedAt: row.closedAt === null ? undefined : new Date(row.closedAt),
    refundedMinor: BigInt(row.refundedMinor),
    payer: {
      name: row.payer?.name ?? '',
      email: row.payer?.email ?? undefined,
      phone: row.payer?.phone ?? undefined,
    },
    attempts: row.attempts.map((attempt) => ({
      ...attempt,
      qrString: attempt.qrString ?? undefined,
      deeplink: attempt.deeplink ?? undefined,
      method: attempt.method ?? undefined,
      createdAt: new Date(attempt.createdAt),
      expiresAt: new Date(attempt.expiresAt),
    })),
    receipts: row.receipts.map(({ amountMinor: minor, currency: paidIn, ...receipt }) => ({
      ...receipt,
      amount: { amountMinor: BigInt(minor), currency: paidIn },
      appliedMinor: BigInt(receipt.appliedMinor),
      returnedMinor: BigInt(receipt.returnedMinor),
      heldMinor: BigInt(receipt.heldMinor),
      paidAt: new Date(receipt.paidAt),
      recordedAt: new Date(receipt.recordedAt),
      missingSince: receipt.missingSince === null ? undefined : new Date(receipt.missingSince),
      suspended: receipt.suspended ?? undefined,
      noticeFingerprint: receipt.noticeFingerprint ?? undefined,
    })),
    bill: {
      completedBy: row.bill.completedBy ?? undefined,
      openBy: row.bill.openBy ?? undefined,
      heldBy: row.bill.heldBy ?? undefined,
    },
  }
}
