import type { Biller } from '../billers/biller.ts'
import { readMoney } from '../domain/events.ts'
import type { CaseKind } from '../domain/match.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { type Moment, momentIn } from '../kit/deadline.ts'
import { creditNoteMarks, type Noted, startCreditNotes } from '../store/credit-notes.ts'
import type { Delivery } from '../store/deliveries.ts'
import type { NewCase } from '../store/writes.ts'
import type { Hub } from './hub.ts'
import { type PutOff, postponed } from './put-off.ts'
import { sendWithinMs, tellOnce } from './tell-once.ts'

export type CreditNoteResult =
  | { readonly kind: 'done'; readonly noted: Noted; readonly cases: readonly NewCase[] }
  /** The policy system has nothing to hear. */
  | { readonly kind: 'nothing'; readonly position: number; readonly cases: readonly NewCase[] }
  | PutOff

/**
 * Tells the policy systems of credited premiums that were paid back, with the discipline of `credit-premium.ts`. A refund
 * of money that was never credited concerns nobody. A system that takes no credit notes leaves a case.
 */
export async function writeCreditNotes(hub: Hub, deliveries: readonly Delivery[]): Promise<CreditNoteResult[]> {
  const decided = deliveries.map((delivery) => ({ delivery, order: decide(hub, delivery) }))
  const orders = decided.flatMap(({ order }) => (order.kind === 'tell' ? [order] : []))
  const unsent = orders.filter(({ delivery }) => !delivery.creditNote || delivery.creditNote.state === 'not_sent')
  const sendBefore = momentIn(hub.clock, sendWithinMs)
  checkpoint('write-credit-note:before-start')
  const started = await startCreditNotes(
    hub.db,
    unsent.map(({ delivery, refund, biller }) => ({
      refundId: refund.id,
      paymentNumber: delivery.paymentNumber,
      biller: biller.name,
      policyNumber: delivery.body.payable.number,
      amount: readMoney(refund),
    })),
  )
  checkpoint('write-credit-note:after-start')
  return Promise.all(
    decided.map(({ order }) =>
      order.kind === 'tell' ? tell(hub, order, started.get(order.refund.id), sendBefore) : order,
    ),
  )
}

type Refund = NonNullable<Delivery['body']['refund']>
type ToTell = { readonly kind: 'tell'; readonly delivery: Delivery; readonly refund: Refund; readonly biller: Biller }

function decide(hub: Hub, delivery: Delivery): ToTell | Exclude<CreditNoteResult, { kind: 'done' }> {
  const { body, paymentNumber, credit, position } = delivery
  const { refund, payable } = body
  if (!refund) return postponed(delivery, `the event ${delivery.id} says nothing of a refund`)
  // Money held in suspense, or a part of a payment that was not complete, never was credited.
  if (refund.of === 'suspense' || body.payment.status !== 'completed') return { kind: 'nothing', position, cases: [] }
  const biller = hub.billers.get(payable.biller)
  if (!biller) return postponed(delivery, `policy system ${payable.biller} is not configured`)
  if (!biller.takesCreditNotes) {
    const sentence =
      `${biller.name} takes no credit notes: ${refund.currency} ${refund.amount} of payment ${paymentNumber} was paid ` +
      `back (${refund.id}), and somebody must book it for ${payable.number}.`
    return { kind: 'nothing', position, cases: [caseOf('credit_note_by_hand', delivery, refund, sentence, { refund })] }
  }
  // Events of a payment are told in order, so its credit was finished before. Held true here once more, as a credit note
  // for what was never credited could not be undone.
  if (credit?.state !== 'credited') return postponed(delivery, `payment ${paymentNumber} is not credited yet`)
  return { kind: 'tell', delivery, refund, biller }
}

async function tell(
  hub: Hub,
  { delivery, refund, biller }: ToTell,
  freshTry: number | undefined,
  sendBefore: Moment,
): Promise<CreditNoteResult> {
  const { paymentNumber, correlationId, position } = delivery
  const order = { ...orderOf(delivery, refund, biller), freshTry }
  const told = await tellOnce(hub, order, sendBefore)
  hub.metrics.creditNoteAttempts.inc({ biller: biller.name, outcome: told.kind === 'told' ? 'noted' : told.outcome })
  if (told.kind === 'again') {
    const { why, doubt } = told
    const unknown = doubt && caseOf('credit_note_unknown', delivery, refund, doubt.sentence, doubt.evidence)
    return postponed(delivery, why, unknown && [unknown])
  }
  const { reference } = told
  hub.log.info(
    { event: 'credit.noted', paymentNumber, refundId: refund.id, biller: biller.name, reference, correlationId },
    'The policy system has the credit note.',
  )
  const cases = told.others.map((other) => {
    const sentence = `${biller.name} took the credit note of refund ${refund.id} as ${reference} and again as ${other}.`
    const evidence = { biller: biller.name, refundId: refund.id, reference, furtherReference: other }
    return caseOf('credit_noted_twice', delivery, refund, sentence, evidence, other)
  })
  return { kind: 'done', noted: { position, refundId: refund.id, reference }, cases }
}

function orderOf(delivery: Delivery, refund: Refund, biller: Biller) {
  return {
    biller,
    about: `the credit note of refund ${refund.id}`,
    correlationId: delivery.correlationId,
    isIdempotent: biller.creditNoteIsIdempotent,
    known: delivery.creditNote,
    marks: creditNoteMarks,
    key: refund.id,
    async send(call: Parameters<Biller['creditNote']>[1]) {
      checkpoint('write-credit-note:before-send')
      const noted = await biller.creditNote(
        {
          refundId: refund.id,
          paymentNumber: String(delivery.paymentNumber),
          policyNumber: delivery.body.payable.number,
          amount: readMoney(refund),
          reason: refund.reason,
          refundedAt: new Date(refund.finishedAt),
        },
        call,
      )
      checkpoint('write-credit-note:after-send')
      return noted
    },
    async find(call: Parameters<Biller['findCreditNote']>[1]) {
      const found = await biller.findCreditNote(refund.id, call)
      return found.state === 'noted' ? found : undefined
    },
  }
}

function caseOf(
  kind: CaseKind,
  { paymentNumber }: Delivery,
  refund: Refund,
  sentence: string,
  evidence: unknown,
  which?: string,
): NewCase {
  const dedupeKey = [kind, refund.id, which].filter((part) => part !== undefined).join(' ')
  return { kind, dedupeKey, bankCode: undefined, paymentNumber, inboxId: undefined, sentence, evidence }
}
