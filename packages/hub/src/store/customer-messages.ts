import type { Db } from './db.ts'

/** A message that is to be sent, claimed by whoever sends it. */
export type DueMessage = {
  readonly id: string
  readonly paymentNumber: number
  readonly channel: string
  /** This one included. */
  readonly tries: number
  /** Seconds since it was queued. */
  readonly queuedAgoS: number
}

/** Claims up to `most` due messages for `leaseS` seconds, those that wait longest first. */
export async function claimMessages(db: Db, most: number, leaseS: number): Promise<DueMessage[]> {
  const rows = await db.query<MessageRow>(
    'claim_messages',
    `with due as (
      select id from customer_messages where state = 'due' and next_try_at <= now()
        order by next_try_at limit $1 for update skip locked)
    update customer_messages m set next_try_at = now() + make_interval(secs => $2), tries = m.tries + 1
      from due where m.id = due.id
      returning m.id, m.payment_number, m.channel, m.tries, extract(epoch from now() - m.queued_at)::float8 as queued_ago_s`,
    [most, leaseS],
  )
  return rows.map((row) => ({
    id: row.id,
    paymentNumber: Number(row.payment_number),
    channel: row.channel,
    tries: row.tries,
    queuedAgoS: row.queued_ago_s,
  }))
}

/** Ends a message. One that ended since it was claimed stays as it is. */
export async function endMessage(
  db: Db,
  id: string,
  end: { readonly state: 'sent' | 'failed'; readonly why: string | undefined },
): Promise<void> {
  await db.query(
    'end_message',
    `update customer_messages set state = $2, ended_at = now(), last_error = $3 where id = $1 and state = 'due'`,
    [id, end.state, end.why ?? null],
  )
}

/** Puts a message off after a failure. One that was claimed again since is left to whoever has it now. */
export async function postponeMessage(
  db: Db,
  { id, tries }: Pick<DueMessage, 'id' | 'tries'>,
  waitS: number,
  why: string,
): Promise<void> {
  await db.query(
    'postpone_message',
    `update customer_messages set next_try_at = now() + make_interval(secs => $3), last_error = $4
      where id = $1 and state = 'due' and tries = $2`,
    [id, tries, waitS, why],
  )
}

type MessageRow = { id: string; payment_number: string; channel: string; tries: number; queued_ago_s: number }
