import type { Biller, CreditOrder } from '../billers/biller.ts'
import { readMoney } from '../domain/events.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { type Moment, momentIn } from '../kit/deadline.ts'
import { type Credited, creditMarks, startCredits } from '../store/credits.ts'
import type { Delivery } from '../store/deliveries.ts'
import type { NewCase } from '../store/writes.ts'
import type { Hub } from './hub.ts'
import { type PutOff, postponed } from './put-off.ts'
import { sendWithinMs, tellOnce, type Told } from './tell-once.ts'

export type CreditResult =
  | { readonly kind: 'done'; readonly credited: Credited; readonly cases: readonly NewCase[] }
  | PutOff

/**
 * Credits paid premiums in their policy systems. Before anything is sent, `sending` is written down; whoever finds it
 * there later asks the policy system first (`tell-once.ts`). Answers which deliveries are done; the others are tried
 * again.
 */
export async function creditPremiums(hub: Hub, deliveries: readonly Delivery[]): Promise<CreditResult[]> {
  const unsent = deliveries.filter((delivery) => delivery.credit === null || delivery.credit.state === 'not_sent')
  const sendBefore = momentIn(hub.clock, sendWithinMs)
  checkpoint('credit-premium:before-start')
  const started = await startCredits(
    hub.db,
    unsent.map((delivery) => ({
      paymentNumber: delivery.paymentNumber,
      biller: delivery.body.payable.biller,
      policyNumber: delivery.body.payable.number,
      amount: readMoney(delivery.body),
    })),
  )
  checkpoint('credit-premium:after-start')
  return Promise.all(
    deliveries.map((delivery) => creditOne(hub, delivery, started.get(delivery.paymentNumber), sendBefore)),
  )
}

async function creditOne(
  hub: Hub,
  delivery: Delivery,
  freshTry: number | undefined,
  sendBefore: Moment,
): Promise<CreditResult> {
  const { payable } = delivery.body
  const { paymentNumber, correlationId } = delivery
  const biller = hub.billers.get(payable.biller)
  if (!biller) return postponed(delivery, `policy system ${payable.biller} is not configured`)
  const told = await tellOnce(hub, orderOf(delivery, biller, freshTry), sendBefore)
  const outcome = told.kind === 'told' ? 'credited' : told.outcome
  hub.metrics.creditAttempts.inc({ biller: biller.name, outcome })
  if (told.kind === 'again') {
    return postponed(delivery, told.why, told.doubt && [unknownCase(delivery, told.doubt)])
  }
  const { reference } = told
  hub.log.info(
    { event: 'premium.credited', paymentNumber, biller: biller.name, reference, correlationId },
    'The premium is credited in the policy system.',
  )
  const { position } = delivery
  return { kind: 'done', credited: { position, paymentNumber, reference }, cases: twiceCases(delivery, told) }
}

function orderOf(delivery: Delivery, biller: Biller, freshTry: number | undefined) {
  const { paymentNumber, correlationId } = delivery
  const order = creditOrder(delivery)
  return {
    biller,
    about: `the credit of payment ${paymentNumber}`,
    correlationId,
    isIdempotent: biller.creditIsIdempotent,
    freshTry,
    known: delivery.credit,
    marks: creditMarks,
    key: paymentNumber,
    async send(call: Parameters<Biller['credit']>[1]) {
      checkpoint('credit-premium:before-send')
      const credited = await biller.credit(order, call)
      checkpoint('credit-premium:after-send')
      return credited
    },
    async find(call: Parameters<Biller['findCredit']>[1]) {
      const found = await biller.findCredit(order.paymentNumber, call)
      return found.state === 'credited' ? found : undefined
    },
  }
}

function creditOrder({ paymentNumber, body, occurredAt }: Delivery): CreditOrder {
  return {
    paymentNumber: String(paymentNumber),
    policyNumber: body.payable.number,
    amount: readMoney(body),
    dueDate: body.payable.dueDate,
    paidAt: new Date(body.receipt?.paidAt ?? occurredAt),
    bankCode: body.bank ?? '',
    bankTransactionId: body.receipt?.bankTransactionId ?? '',
  }
}

function unknownCase(
  { paymentNumber }: Delivery,
  doubt: { readonly sentence: string; readonly evidence: unknown },
): NewCase {
  return {
    kind: 'credit_unknown',
    dedupeKey: `credit_unknown ${paymentNumber}`,
    bankCode: undefined,
    paymentNumber,
    inboxId: undefined,
    ...doubt,
  }
}

/** The system lists several credits of one payment: nobody but a person can say which is to go. */
function twiceCases({ paymentNumber, body }: Delivery, told: Told & { kind: 'told' }): NewCase[] {
  const { biller } = body.payable
  return told.others.map((other) => ({
    kind: 'credited_twice',
    dedupeKey: `credited_twice ${paymentNumber} ${other}`,
    bankCode: undefined,
    paymentNumber,
    inboxId: undefined,
    sentence: `${biller} credited payment ${paymentNumber} as ${told.reference} and again as ${other}.`,
    evidence: { biller, reference: told.reference, furtherReference: other },
  }))
}
