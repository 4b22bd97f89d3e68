import { Refusal } from '../domain/errors.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { AlreadyAnswered } from '../store/db.ts'
import {
  forgetOldKeys,
  giveKeyBack,
  type KeyedAnswer,
  type KeyedRequest,
  reserveKey,
  storeAnswer,
} from '../store/idempotency.ts'
import type { Hub } from './hub.ts'

/** An answer as it goes on the wire. */
export type Reply = { readonly status: number; readonly body: string }

/** What an act needs to happen once, whoever sends it again, and to have its answer stored with its effect. */
export type Once<Result> = {
  /** Of the object to be made, or acted upon: the same one however often the request is resumed. */
  readonly objectId: string
  /** Somebody began this and did not end it: look whether the object is there before doing anything. */
  readonly resumed: boolean
  /** For `answers` of the write that makes `result` true. Nothing for a request without a key. */
  readonly answers: (result: Result) => readonly KeyedAnswer[]
}

/** How results and refusals are written. */
export type Rendering<Result> = {
  readonly result: (result: Result) => Reply
  readonly refusal: (refusal: Refusal) => Reply
}

/** For an act without a key: the command line's, and requests that need none. */
export function withoutKey(objectId: string): Once<unknown> {
  return { objectId, resumed: false, answers: () => [] }
}

/** A caller who meets his own request still running is told to come back after so many seconds. */
const comeBackAfterS = 2
/** How often another process may end our request under our hands before we give up. */
const mostRounds = 3

/**
 * Runs a keyed request once (4-money, clause 7): reserved before `act` asks anybody, answered with its effect, resumed
 * with the same object when it was abandoned, and given the stored answer ever after. A refusal that was decided (4xx) is
 * an answer too; one that only says "not now" (5xx, 429, anything with a time to come back) is thrown, and gives the key
 * back.
 */
export async function answerOnce<Result>(
  hub: Hub,
  request: KeyedRequest,
  rendering: Rendering<Result>,
  act: (once: Once<Result>) => Promise<Result>,
): Promise<Reply & { readonly replayed: boolean }> {
  for (let round = 1; round <= mostRounds; round += 1) {
    const reserved = await reserveKey(hub.db, request)
    if (reserved.kind === 'replay') return { status: reserved.status, body: reserved.body, replayed: true }
    if (reserved.kind === 'running') throw stillRunning()
    if (reserved.kind === 'other_body') throw otherBody(request)
    checkpoint('answer-once:reserved')
    try {
      const reply = await runReserved(hub, request, rendering, act, reserved)
      return { ...reply, replayed: false }
    } catch (error) {
      // Another process took over and was faster: what it answered is the answer.
      if (!(error instanceof AlreadyAnswered)) throw error
    }
  }
  throw stillRunning()
}

async function runReserved<Result>(
  hub: Hub,
  request: KeyedRequest,
  rendering: Rendering<Result>,
  act: (once: Once<Result>) => Promise<Result>,
  reserved: { readonly kind: 'fresh' | 'resume'; readonly objectId: string },
): Promise<Reply> {
  const { subject, key } = request
  const keyed = (reply: Reply): KeyedAnswer => ({ subject, key, ...reply })
  // The last one that was to be written: when it was, storing it again below changes nothing.
  let written: Reply | undefined
  try {
    const result = await act({
      objectId: reserved.objectId,
      resumed: reserved.kind === 'resume',
      answers: (made) => [keyed((written = rendering.result(made)))],
    })
    checkpoint('answer-once:acted')
    const reply = rendering.result(result)
    if (written?.body === reply.body && written.status === reply.status) return reply
    await storeAnswer(hub.db, keyed(reply))
    return reply
  } catch (error) {
    if (error instanceof Refusal && isDecided(error)) {
      const reply = rendering.refusal(error)
      await storeAnswer(hub.db, keyed(reply))
      return reply
    }
    if (!(error instanceof AlreadyAnswered)) await giveBack(hub, request)
    throw error
  }
}

function isDecided(refusal: Refusal): boolean {
  // An operator mends our login at the bank, and the same request succeeds.
  if (refusal.code === 'FAILED_TO_AUTHENTICATE_WITH_BANK_PARTNER') return false
  return refusal.status < 500 && refusal.status !== 429 && refusal.retryAfterS === undefined
}

/** Where even that fails, the reservation ends by itself. */
async function giveBack(hub: Hub, request: KeyedRequest): Promise<void> {
  await giveKeyBack(hub.db, request).catch(() => {})
}

function stillRunning(): Refusal {
  return new Refusal('CONFLICT', 'A request with this Idempotency-Key is still running', {
    details: 'Send the same request again to get its answer',
    retryAfterS: comeBackAfterS,
  })
}

function otherBody(request: KeyedRequest): Refusal {
  return new Refusal('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used for another request', {
    details: `The key "${request.key.slice(0, 60)}" belongs to another path or body: use a new key for a new request`,
  })
}

/** Keys removed at once. */
const batch = 1_000

/** Removes keys older than 7 days. How many. */
export function forgetIdempotencyKeys(hub: Hub): Promise<number> {
  return forgetOldKeys(hub.db, batch)
}
