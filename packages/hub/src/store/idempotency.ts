import type { Db } from './db.ts'
import { storableJson } from './storable-text.ts'

/** A request that must have one effect, however often it is sent. */
export type KeyedRequest = {
  /** Whose key: "client demo-app", "operator operator-1". */
  readonly subject: string
  /** 1 to 255 visible ASCII characters. */
  readonly key: string
  /** Method and path: "POST /v1/refunds". */
  readonly route: string
  readonly bodySha256: string
  /** Of the object that the request makes or acts upon. A resumed request keeps the first one. */
  readonly objectId: string
}

export type Reserved =
  | { readonly kind: 'fresh'; readonly objectId: string }
  /** Somebody began this request and did not end it: go on with the same object, and look before doing anything again. */
  | { readonly kind: 'resume'; readonly objectId: string }
  | { readonly kind: 'replay'; readonly status: number; readonly body: string }
  | { readonly kind: 'running' }
  /** The key was used for another path or another body. */
  | { readonly kind: 'other_body' }

/** The answer to a keyed request: `body` is the JSON as it goes on the wire. */
export type KeyedAnswer = {
  readonly subject: string
  readonly key: string
  readonly status: number
  readonly body: string
}

/** A reservation whose process is silent for so long was abandoned, in seconds: longer than any flow takes. */
export const reservationLeaseS = 60
/** An answer is given again for so long, in days. */
export const keyKeptDays = 7

/** Reserves a key before anybody is asked, in one short transaction. Throws `Conflict` when the row comes and goes. */
export async function reserveKey(db: Db, request: KeyedRequest): Promise<Reserved> {
  const rows = await db.query<{ answer: Reserved }>('reserve_key', 'select reserve_key($1) as answer', [
    storableJson({ ...request, leaseS: reservationLeaseS }),
  ])
  const answer = rows[0]?.answer
  if (!answer) throw new Error('reserve_key answered nothing')
  return answer
}

/** Stores an answer that has no effect to be stored with. Throws `AlreadyAnswered`. */
export async function storeAnswer(db: Db, answer: KeyedAnswer): Promise<void> {
  await db.query('store_answer', 'select store_answer($1, $2, $3, $4)', [
    answer.subject,
    answer.key,
    answer.status,
    answer.body,
  ])
}

/**
 * Gives a reservation back that ended without an answer, so that the same request may be resumed at once. It stays bound
 * to its body and its object: what it may have begun is found again. An answered key stays as it is.
 */
export async function giveKeyBack(db: Db, of: { readonly subject: string; readonly key: string }): Promise<void> {
  await db.query(
    'give_key_back',
    `update idempotency_keys set claimed_until = '-infinity' where subject = $1 and key = $2 and state = 'running'`,
    [of.subject, of.key],
  )
}

/** Removes keys that were answered, or reserved and never ended, more than 7 days ago; at most `most`. How many. */
export async function forgetOldKeys(db: Db, most: number): Promise<number> {
  const rows = await db.query<{ n: number }>(
    'forget_keys',
    `with old as (
      select subject, key from idempotency_keys
        where coalesce(answered_at, reserved_at) < now() - make_interval(days => $1) and claimed_until < now()
        order by coalesce(answered_at, reserved_at) limit $2 for update skip locked
    ), gone as (
      delete from idempotency_keys k using old where k.subject = old.subject and k.key = old.key returning 1
    ) select count(*)::int as n from gone`,
    [keyKeptDays, most],
  )
  return rows[0]?.n ?? 0
}
