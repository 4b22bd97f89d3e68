import type { Biller } from '../billers/biller.ts'
import type { CallContext } from '../kit/call.ts'
import type { Moment } from '../kit/deadline.ts'
import { Trouble } from '../kit/trouble.ts'
import type { Telling, TellingMarks } from '../store/telling-marks.ts'
import type { Hub } from './hub.ts'

/**
 * What is not written to its socket within this time of being noted is not sent: somebody else may have sent it
 * meanwhile. Well under the relay's claim of 60 s, and checked by both clocks: a process may be stopped, a machine asleep.
 */
export const sendWithinMs = 10_000
/** A look-up that cannot be had for so long after the sending is a case. */
export const askInVainS = 15 * 60

/** One thing that a policy system must be told once, in the terms of either table. */
export type Order = {
  readonly biller: Biller
  /** "payment 150001", "the refund rfd_…": for sentences. */
  readonly about: string
  readonly correlationId: string
  readonly isIdempotent: boolean
  /** The try that was noted for us right now: it may be sent. Undefined: an earlier one is under way. */
  readonly freshTry: number | undefined
  /** What was known of it when it was claimed. */
  readonly known: Telling | null
  readonly marks: TellingMarks
  readonly key: number | string
  readonly send: (call: CallContext) => Promise<{ readonly reference: string }>
  /** Undefined: the system says that it knows nothing of it. */
  readonly find: (
    call: CallContext,
  ) => Promise<{ readonly reference: string; readonly others?: readonly string[] } | undefined>
}

export type Told =
  | { readonly kind: 'told'; readonly reference: string; readonly others: readonly string[] }
  | {
      readonly kind: 'again'
      readonly why: string
      /** Whether the policy system may have acted. */
      readonly outcome: 'not_done' | 'unknown'
      /** Only a person can find out; present when it was asked for long enough, or contradicts itself. */
      readonly doubt: Doubt | undefined
    }

export type Doubt = { readonly sentence: string; readonly evidence: Readonly<Record<string, unknown>> }

/**
 * Tells a policy system something once. Whoever comes after an unknown outcome asks first, and sends again only when it
 * says no, long enough after the sending to be believed, or when its settings declare that harmless (clause 6). Nothing is
 * sent after `sendBefore`.
 */
export async function tellOnce(hub: Hub, order: Order, sendBefore: Moment): Promise<Told> {
  if (order.freshTry !== undefined) return send(hub, order, order.freshTry, sendBefore)
  if (order.isIdempotent && order.known) return send(hub, order, order.known.tries, sendBefore)
  const asked = await ask(hub, order)
  if (asked.kind !== 'no') return asked
  const { biller, known, about } = order
  if (!known) return again('another has just begun to send it', 'unknown')
  if (known.saidDone) {
    const why = `${biller.name} said that it has ${about}, and now says that it has not: nothing is sent on that`
    return again(why, 'unknown', doubtOf(order, `${why}.`))
  }
  if (known.sentAgoS < biller.believeNoAfterS) {
    return again(
      `${biller.name} knows nothing of it, which is believed ${biller.believeNoAfterS} s after sending`,
      'unknown',
    )
  }
  const tryNumber = await order.marks.sentAgain(hub.db, order.key, known.tries)
  if (tryNumber === undefined) return again('another has sent it meanwhile', 'unknown')
  return send(hub, order, tryNumber, sendBefore)
}

async function send(hub: Hub, order: Order, tryNumber: number, sendBefore: Moment): Promise<Told> {
  const { marks, key, known } = order
  try {
    const { reference } = await order.send({ correlationId: order.correlationId, sendBefore })
    return { kind: 'told', reference, others: [] }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    // A certain "not done" may be sent again; anything else must be asked about first.
    if (error.outcome === 'not_done') await marks.notSent(hub.db, key, tryNumber, error.message)
    else await marks.doubt(hub.db, key, tryNumber, error.message, error.saidDone)
    const isLong = order.isIdempotent && error.saidDone && known !== null && known.sentAgoS >= askInVainS
    const sentence = `${order.biller.name} says for ${askInVainS / 60} minutes that it has ${order.about}, and proves nothing.`
    return again(error.message, error.outcome, isLong ? doubtOf(order, sentence, error) : undefined)
  }
}

async function ask(hub: Hub, order: Order): Promise<Told | { readonly kind: 'no' }> {
  const { biller, about, known } = order
  try {
    const found = await order.find({ correlationId: order.correlationId })
    return found ? { kind: 'told', reference: found.reference, others: found.others ?? [] } : { kind: 'no' }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    if (known) await order.marks.doubt(hub.db, order.key, known.tries, error.message, false)
    const isLong = known !== null && known.sentAgoS >= askInVainS
    const sentence = `Whether ${biller.name} has ${about} could not be found out for ${askInVainS / 60} minutes: ${error.message}.`
    return again(error.message, 'unknown', isLong ? doubtOf(order, sentence, error) : undefined)
  }
}

function again(why: string, outcome: 'not_done' | 'unknown', doubt?: Doubt): Told {
  return { kind: 'again', why, outcome, doubt }
}

function doubtOf({ biller, known }: Order, sentence: string, error?: Trouble): Doubt {
  return { sentence, evidence: { biller: biller.name, known, lastAnswer: error?.exchange ?? error?.message ?? 'no' } }
}
