import type { Payment } from '../domain/payment.ts'
import type { Db } from './db.ts'
import { readSnapshot, type Snapshot } from './payments.ts'

/** A code by the reference it has at its bank. */
export type KnownCode = { readonly paymentNumber: number; readonly merchantAccountId: number }

/** Which code of ours goes by this reference of its own at a bank; undefined: none. */
export async function findCode(db: Db, bankCode: string, reference: string): Promise<KnownCode | undefined> {
  const rows = await db.query<{ payment_number: string; merchant_account_id: number }>(
    'find_code',
    `select payment_number, merchant_account_id from attempts
      where bank_code = $1 and reference = $2 and reference <> payment_number::text limit 1`,
    [bankCode, reference],
  )
  return rows[0] && { paymentNumber: Number(rows[0].payment_number), merchantAccountId: rows[0].merchant_account_id }
}

/** The payment that a code with this reference of its own was made for, at whatever bank. */
export async function findPaymentOfReference(db: Db, reference: string): Promise<number | undefined> {
  const rows = await db.query<{ payment_number: string }>(
    'find_payment_of_reference',
    'select payment_number from attempts where reference = $1 and reference <> payment_number::text limit 1',
    [reference],
  )
  return rows[0] && Number(rows[0].payment_number)
}

export type CallbackMessage = {
  readonly bankCode: string
  /** Whose messages come on the path it came on. */
  readonly accountNumber: string
  readonly subject: string
  readonly correlationId: string
  readonly receivedAt: Date
  readonly contentType: string | undefined
  readonly body: Buffer
  readonly fingerprint: string
  readonly reference: string | undefined
  readonly paymentNumber: number | undefined
}

export type KeptCallback = {
  readonly inboxId: number
  /** The same delivery was kept before; nothing was kept now. */
  readonly repeated: boolean
  readonly payment: Payment | undefined
}

/** Keeps a validly signed callback as it came, once, before anything is done about it. */
export async function keepCallback(db: Db, message: CallbackMessage): Promise<KeptCallback> {
  const rows = await db.query<{ kept: { inboxId: number; repeated: boolean; payment: Snapshot | null } }>(
    'keep_callback',
    'select keep_callback($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as kept',
    [
      message.bankCode,
      message.accountNumber,
      message.subject,
      message.correlationId,
      message.receivedAt,
      message.contentType ?? null,
      message.body,
      message.fingerprint,
      message.reference ?? null,
      message.paymentNumber ?? null,
    ],
  )
  const kept = rows[0]?.kept
  if (!kept) throw new Error('keep_callback answered nothing')
  return { inboxId: kept.inboxId, repeated: kept.repeated, payment: readSnapshot(kept.payment) }
}

/** Whether a kept message has its outcome. */
export async function isDecided(db: Db, inboxId: number): Promise<boolean> {
  const rows = await db.query('message_is_decided', 'select from inbox where id = $1 and decided_at is not null', [
    inboxId,
  ])
  return rows.length > 0
}

/**
 * Has the schedule look at an open payment now, unless it looked within `againAfterS`: for messages that prove nothing.
 * Answers whether it will.
 */
export async function hastenCheck(
  db: Db,
  paymentNumber: number,
  bankCode: string,
  againAfterS: number,
): Promise<boolean> {
  const rows = await db.query(
    'hasten_check',
    `update checks k set next_at = now(), revision = revision + 1 from payments p
      where k.payment_number = $1 and k.bank_code = $2 and p.number = $1 and p.status in ('pending', 'processing')
        and k.next_at > now() and k.claimed_until is null
        and (k.last_asked_at is null or k.last_asked_at < now() - make_interval(secs => $3))
      returning k.payment_number`,
    [paymentNumber, bankCode, againAfterS],
  )
  return rows.length > 0
}
