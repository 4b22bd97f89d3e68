import type { Biller } from '../billers/biller.ts'
import type { EventBody } from '../domain/events.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { maskEmail, maskPhone } from '../kit/mask.ts'
import { Trouble } from '../kit/trouble.ts'
import { isCurrency, type Money, parseAmount } from '../money/money.ts'
import { type Credited, markNotSent, markSentAgain, noteCreditDoubt, startCredits } from '../store/credits.ts'
import type { Delivery } from '../store/deliveries.ts'
import { readPayer } from '../store/payers.ts'
import type { Hub } from './hub.ts'

/** A policy system that answered nothing may still act for a while: its "not credited" is believed only after this. */
const believeNoAfterS = 30
/** A credit not sent within this time of being noted is asked about instead. Well under the claim's 60 s. */
const sendWithinMs = 10_000

/**
 * Credits paid premiums in their policy systems. Before anything is sent, `sending` is written down; whoever finds it
 * there later asks the policy system first, and sends again only if it says "not credited" or declares the call
 * idempotent (clause 6). Answers which deliveries are done; the others are tried again.
 */
export async function creditPremiums(hub: Hub, deliveries: readonly Delivery[]): Promise<CreditResult[]> {
  const unsent = deliveries.filter((delivery) => delivery.credit === null || delivery.credit.state === 'not_sent')
  const startedMs = hub.clock.monotonicMs()
  checkpoint('credit-premium:before-start')
  const started = await startCredits(
    hub.db,
    unsent.map((delivery) => ({
      paymentNumber: delivery.paymentNumber,
      biller: delivery.body.payable.biller,
      policyNumber: delivery.body.payable.number,
      amount: owedMoney(delivery.body),
    })),
  )
  checkpoint('credit-premium:after-start')
  return Promise.all(
    deliveries.map((delivery) => creditOne(hub, delivery, started.has(delivery.paymentNumber), startedMs)),
  )
}

export type CreditResult =
  | { readonly kind: 'done'; readonly credited: Credited }
  | { readonly kind: 'again'; readonly delivery: Delivery; readonly why: string }

async function creditOne(hub: Hub, delivery: Delivery, firstSend: boolean, startedMs: number): Promise<CreditResult> {
  const { payable } = delivery.body
  const biller = hub.billers.get(payable.biller)
  if (!biller) return { kind: 'again', delivery, why: `policy system ${payable.biller} is not configured` }
  try {
    const attempt = firstSend ? send : findOrSend
    const reference = await attempt(hub, biller, delivery, startedMs)
    hub.metrics.creditAttempts.inc({ biller: biller.name, outcome: 'credited' })
    hub.log.info(
      {
        event: 'premium.credited',
        paymentNumber: delivery.paymentNumber,
        biller: biller.name,
        reference,
        correlationId: delivery.correlationId,
      },
      'The premium is credited in the policy system.',
    )
    return { kind: 'done', credited: await creditedRow(hub, delivery, reference) }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    hub.metrics.creditAttempts.inc({ biller: biller.name, outcome: error.outcome })
    // A certain "not done" may be sent again; anything else must be asked about first.
    if (error.outcome === 'not_done' && error.operation === 'credit')
      await markNotSent(hub.db, delivery.paymentNumber, error.message)
    else await noteCreditDoubt(hub.db, delivery.paymentNumber, error.message)
    return { kind: 'again', delivery, why: error.message }
  }
}

async function send(hub: Hub, biller: Biller, delivery: Delivery, startedMs: number): Promise<string> {
  const { payable, receipt, bank } = delivery.body
  // Whoever was held up for long (a stopped process) no longer knows whether another has sent it meanwhile.
  if (hub.clock.monotonicMs() - startedMs > sendWithinMs)
    throw doubt(biller, 'it was held up too long to be sent safely')
  checkpoint('credit-premium:before-send')
  const { reference } = await biller.credit(
    {
      paymentNumber: String(delivery.paymentNumber),
      policyNumber: payable.number,
      amount: owedMoney(delivery.body),
      dueDate: payable.dueDate,
      paidAt: new Date(receipt?.paidAt ?? delivery.occurredAt),
      bankCode: bank ?? '',
      bankTransactionId: receipt?.bankTransactionId ?? '',
    },
    { correlationId: delivery.correlationId },
  )
  checkpoint('credit-premium:after-send')
  return reference
}

/** After an unknown outcome: asked first, and sent again only when the answer is no, and old enough to be believed. */
async function findOrSend(hub: Hub, biller: Biller, delivery: Delivery, startedMs: number): Promise<string> {
  if (biller.creditIsIdempotent) return send(hub, biller, delivery, startedMs)
  const found = await biller.findCredit(String(delivery.paymentNumber), { correlationId: delivery.correlationId })
  if (found.state === 'credited') return found.reference
  if ((delivery.credit?.sentAgoS ?? 0) < believeNoAfterS) {
    throw doubt(biller, `it says "not credited", which is believed ${believeNoAfterS} s after sending`)
  }
  await markSentAgain(hub.db, delivery.paymentNumber)
  return send(hub, biller, delivery, startedMs)
}

function doubt(biller: Biller, sentence: string): Trouble {
  return new Trouble('unreadable', `${biller.name} find-credit: ${sentence}`, {
    target: biller.name,
    operation: 'find-credit',
    outcome: 'unknown',
  })
}

function owedMoney(body: EventBody): Money {
  if (!isCurrency(body.currency))
    throw new Error(`Event of payment ${body.payment.number} has currency ${body.currency}`)
  return { amountMinor: parseAmount(body.amount, body.currency), currency: body.currency }
}

/** The customer's message, recorded once per payment in the same statement that ends the credit. */
async function creditedRow(hub: Hub, delivery: Delivery, reference: string): Promise<Credited> {
  const { payable, amount, currency } = delivery.body
  const payer = await readPayer(hub.db, delivery.paymentNumber)
  const recipient = payer?.email ? maskEmail(payer.email) : payer?.phone ? maskPhone(payer.phone) : 'nobody'
  return {
    position: delivery.position,
    paymentNumber: delivery.paymentNumber,
    reference,
    channel: 'journal',
    recipient,
    textEn: `We received ${currency} ${amount} for ${payable.number}. Payment ${delivery.paymentNumber}. Thank you.`,
    textKm: `យើងបានទទួលប្រាក់ ${amount} ${currency} សម្រាប់លេខ ${payable.number}។ លេខបង់ប្រាក់ ${delivery.paymentNumber}។ សូមអរគុណ។`,
  }
}
