import { Refusal } from '../domain/errors.ts'
import { Trouble } from '../kit/trouble.ts'
import { Conflict } from '../store/db.ts'
import { claimRefunds, readRefund, type Refund } from '../store/refunds.ts'
import type { Asker, Hub } from './hub.ts'
import { lookAgain, readMoney } from './look-again.ts'
import { secondForAmount } from './operator.ts'
import { moveRefund } from './move-refund.ts'
import { putOffRefund } from './put-off-refund.ts'
import { resolveRefund, sendRefund } from './send-refund.ts'

/** How many refunds one claim takes, and how long a claim holds, in seconds: longer than every call of one step. */
const batch = 10
const leaseS = 60
/** First wait after trouble, doubled each time up to the longest. */
const firstWaitS = 5
const longestWaitS = 300
/** requested → pending → processing → its end: a refund makes no more steps than these at once. */
const mostSteps = 6
/** After so many steps in which others were faster, it waits, in seconds. */
const pauseS = 2

/** Moves on refunds whose time has come, after a crash or a bank's silence. Answers how many were taken. */
export async function advanceRefunds(hub: Hub): Promise<number> {
  const due = await claimRefunds(hub.db, batch, leaseS)
  // Those of one movement are sent one after another anyway.
  const lines = Object.values(Object.groupBy(due, (refund) => refund.receiptId))
  await Promise.all(
    lines.map(async (line) => {
      for (const { id, correlationId } of line ?? []) {
        await advanceRefund(hub, { actor: 'job advance-refunds', correlationId }, id)
      }
    }),
  )
  return due.length
}

/**
 * Moves a refund on as far as it goes now: asks the bank whether the money is still there, sends it, or finds out what
 * became of it. Trouble with the bank leaves it where it is, to be tried again. Answers how it stands.
 */
export async function advanceRefund(hub: Hub, asker: Asker, id: string): Promise<Refund> {
  for (let step = 1; step <= mostSteps; step += 1) {
    const refund = await mustRead(hub, id)
    try {
      const isMoved = await takeStep(hub, asker, refund)
      if (!isMoved) break
    } catch (error) {
      // Another process moved it on, or money of the same movement; it is read again.
      if (error instanceof Conflict && step < mostSteps) continue
      await putOffRefund(hub, refund, { ...waitUpon(error, refund), isUnclear: 'in time' })
      break
    }
  }
  return mustRead(hub, id)
}

/** How long what went wrong is waited out, and how it is said. Throws `error` where it is our own mistake. */
function waitUpon(error: unknown, refund: Refund): { waitS: number; sentence: string } {
  if (error instanceof Conflict) return { waitS: pauseS, sentence: 'Other money of the same movement was moved first.' }
  if (!(error instanceof Trouble) && !(error instanceof Refusal)) throw error
  const waitS = Math.min(longestWaitS, firstWaitS * 2 ** Math.min(refund.tries, 10))
  return { waitS, sentence: error instanceof Refusal ? sentenceOf(error) : error.message }
}

/** Answers whether it went on, so that the next step may be taken at once. */
async function takeStep(hub: Hub, asker: Asker, refund: Refund): Promise<boolean> {
  if (refund.status === 'requested') return clear(hub, asker, refund)
  if (refund.status === 'pending') return sendRefund(hub, asker, refund)
  if (refund.status === 'processing') return resolveRefund(hub, asker, refund)
  return false
}

/** The money is still there, or the reversal has called the refund off: then it is a second person's turn, or the bank's. */
async function clear(hub: Hub, asker: Asker, refund: Refund): Promise<boolean> {
  const position = await lookAgain(hub, asker, await readMoney(hub, refund.receiptId))
  const to = refund.needsSecond ? 'requires_approval' : readyStatus(refund)
  // What it gives away itself is counted in the position already.
  const because = secondForAmount(hub, position, 0n) ?? ''
  const sentence = refund.needsSecond ? `A second operator must agree. ${because}`.trim() : sayReady(refund)
  await moveRefund(hub, asker, refund, { to, sentence })
  return true
}

export function readyStatus(refund: Refund): 'pending' | 'requires_evidence' {
  return refund.mode === 'automatic' ? 'pending' : 'requires_evidence'
}

export function sayReady(refund: Refund): string {
  return refund.mode === 'automatic'
    ? `It may be sent by ${refund.bankCode}.`
    : `${refund.bankCode} cannot be asked to send it: a person sends it and shows how.`
}

async function mustRead(hub: Hub, id: string): Promise<Refund> {
  const refund = await readRefund(hub.db, id)
  if (!refund) throw new Refusal('RESOURCE_NOT_FOUND', 'No such refund', { details: `Refund: ${id}` })
  return refund
}

function sentenceOf(refusal: Refusal): string {
  return typeof refusal.details === 'string' ? refusal.details : refusal.message
}
