import type { Channel, Payment } from '../domain/payment.ts'
import type { Db } from './db.ts'
import { readSnapshot, type Snapshot } from './payments.ts'

/** Which entrance a message came by. */
export type Route = Channel | 'callback'

export type Message = {
  readonly bankCode: string
  readonly route: Route
  readonly subject: string
  readonly correlationId: string
  readonly receivedAt: Date
  readonly contentType: string | undefined
  readonly body: Buffer
  /** The same text for the same delivery; undefined when it could not be read. */
  readonly fingerprint: string | undefined
  readonly reference: string | undefined
  /** The reference read as a payment number, where it can be one. */
  readonly paymentNumber: number | undefined
}

export type Kept = {
  readonly inboxId: number
  /** The first message with the same fingerprint that reached an outcome. */
  readonly earlier: { readonly outcome: string; readonly answerStatus: number; readonly sentence: string } | undefined
  readonly payment: Payment | undefined
}

/** Keeps a message as it came, durable before anything about it is judged, and reads what is known of its payment. */
export async function keepMessage(db: Db, message: Message): Promise<Kept> {
  const rows = await db.query<{ kept: { inboxId: number; earlier: Kept['earlier'] | null; payment: Snapshot | null } }>(
    'keep_message',
    'select keep_message($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as kept',
    [
      message.bankCode,
      message.route,
      message.subject,
      message.correlationId,
      message.receivedAt,
      message.contentType ?? null,
      message.body,
      message.fingerprint ?? null,
      message.reference ?? null,
      message.paymentNumber ?? null,
    ],
  )
  const kept = rows[0]?.kept
  if (!kept) throw new Error('keep_message answered nothing')
  return { inboxId: kept.inboxId, earlier: kept.earlier ?? undefined, payment: readSnapshot(kept.payment) }
}

export type WaitingMessage = Omit<Message, 'paymentNumber'> & {
  readonly inboxId: number
  readonly tries: number
  /** Of a callback: whose messages come on its path. */
  readonly accountNumber: string | undefined
}

/** A kept message as it came; undefined when there is no such one. */
export async function readMessage(db: Db, inboxId: number): Promise<WaitingMessage | undefined> {
  const rows = await db.query<WaitingRow>(
    'read_message',
    `select id, bank_code, route, subject, correlation_id, received_at, content_type, body, fingerprint, reference, tries, account_number
      from inbox where id = $1`,
    [inboxId],
  )
  return rows[0] && fromRow(rows[0])
}

/**
 * Takes messages whose answer is still open and due: those that a job must ask about again, and those a crash left
 * behind before they were judged. Each is pushed `leaseS` seconds on, so that no two processes hold the same one.
 */
export async function claimWaiting(db: Db, most: number, leaseS: number): Promise<WaitingMessage[]> {
  const rows = await db.query<WaitingRow>(
    'claim_waiting',
    // Chosen once, apart from the update: as a sub-select of it they would be chosen again for every row of a table that
    // was empty when the statement was planned, and the limit would be none.
    `with due as materialized (
      select id from inbox
        where decided_at is null
          and (next_try_at <= now() or (next_try_at is null and received_at < now() - interval '15 seconds'))
        order by coalesce(next_try_at, received_at) limit $1 for update skip locked)
    update inbox i set next_try_at = now() + make_interval(secs => $2) from due where i.id = due.id
      returning i.id, bank_code, route, subject, correlation_id, received_at, content_type, body, fingerprint, reference, tries, account_number`,
    [most, leaseS],
  )
  return rows.map(fromRow)
}

function fromRow(row: WaitingRow): WaitingMessage {
  return {
    inboxId: Number(row.id),
    bankCode: row.bank_code,
    route: row.route,
    subject: row.subject,
    correlationId: row.correlation_id,
    receivedAt: row.received_at,
    contentType: row.content_type ?? undefined,
    body: row.body,
    fingerprint: row.fingerprint ?? undefined,
    reference: row.reference ?? undefined,
    tries: row.tries,
    accountNumber: row.account_number ?? undefined,
  }
}

type WaitingRow = {
  id: string
  bank_code: string
  route: Route
  subject: string
  correlation_id: string
  received_at: Date
  content_type: string | null
  body: Buffer
  fingerprint: string | null
  reference: string | null
  tries: number
  account_number: string | null
}
