import { fromMinor, minorOf, phpNumber, plainAmount } from './amounts.ts'
import { json, refused, traceId } from './answers.ts'
import { type Entry, sum } from './book.ts'
import type { Charge } from './book-records.ts'
import type { Payway } from './gate.ts'
import { portalRoute, type Secrets, textOf } from './portal-call.ts'
import type { Answer, Fault, Route } from './ports.ts'
import { totalOf } from './state.ts'

const windowMs = 30 * 86_400_000
const usualMs = 200
/** A captured card may be charged so much more than was held, in percent. */
const mostOver = 110n

/** Refunds, and what becomes of held money. PayWay knows no idempotency: what is sent twice is done twice. */
export function playRefunds(payway: Payway): Route[] {
  const busyUntilMs = new Map<string, number>()
  return [
    ...portalRoute(payway, {
      operation: 'refund',
      path: 'online-transaction/refund',
      plays: ['done-but-silent'],
      answer: (secrets, fault) => refund(payway, secrets, fault, busyUntilMs),
    }),
    ...portalRoute(payway, {
      operation: 'pre-auth-completion',
      path: 'online-transaction/pre-auth-completion',
      answer: (secrets) => capture(payway, secrets, 'complete'),
    }),
    ...portalRoute(payway, {
      operation: 'pre-auth-cancellation',
      path: 'online-transaction/pre-auth-cancellation',
      answer: (secrets) => capture(payway, secrets, 'cancel'),
    }),
  ]
}

function refund(payway: Payway, secrets: Secrets, fault: Fault | undefined, busyUntilMs: Map<string, number>): Answer {
  const tranId = textOf(secrets, 'tran_id')
  const found = refundable(payway, tranId)
  if ('code' in found) return refused('portal', found.code)
  const { entry, charge } = found
  const now = payway.ports.nowMs()
  if ((busyUntilMs.get(tranId) ?? 0) > now) return refused('portal', 'PTL168')
  const text = textOf(secrets, 'refund_amount')
  if (!/^\d+(\.\d+)?$/.test(text)) return refused('portal', 'PTL186')
  if (Number(text) === 0) return refused('portal', 'PTL187')
  const amount = plainAmount(text, charge.currency)
  if (amount === undefined) return refused('portal', 'PTL186')
  const done = sum(entry.refunds) + minorOf(amount)
  if (done > minorOf(totalOf(charge))) return refused('portal', 'PTL37')
  const takesMs = payway.settings.refundTakesMs ?? usualMs
  busyUntilMs.set(tranId, now + takesMs)
  payway.book.write({ k: 'refund', tranId, amount, atMs: now })
  if (fault?.kind === 'done-but-silent') return 'hang-up'
  const answer = json(200, {
    grand_total: phpNumber(totalOf(charge)),
    total_refunded: phpNumber(fromMinor(done, charge.currency)),
    currency: charge.currency,
    transaction_status: 'REFUNDED',
    status: { code: '00', message: 'Success.', lang: 'en', trace_id: traceId() },
  })
  return typeof answer === 'object' ? { ...answer, afterMs: takesMs } : answer
}

function refundable(payway: Payway, tranId: string): { entry: Entry; charge: Charge } | { code: string } {
  const entry = payway.book.entry(tranId)
  const charge = entry?.charges.find((one) => one.fate === 'booked')
  if (!entry || !charge) return { code: 'PTL36' }
  const isHeld = entry.tran.type === 'pre-auth' && entry.capture?.act !== 'complete'
  if (isHeld || entry.tran.hasPayout) return { code: 'PTL57' }
  return entry.tran.createdAtMs < payway.ports.nowMs() - windowMs ? { code: 'PTL57' } : { entry, charge }
}

/** Once only; of a card up to a tenth more than was held. */
function capture(payway: Payway, secrets: Secrets, act: 'complete' | 'cancel'): Answer {
  const tranId = textOf(secrets, 'tran_id')
  const entry = payway.book.entry(tranId)
  if (!entry) return refused('portal', 'PTL36')
  const charge = entry.charges.find((one) => one.fate === 'booked')
  if (!charge || entry.tran.type !== 'pre-auth' || entry.capture) {
    return refused('portal', act === 'complete' ? 'PTL59' : 'PTL170')
  }
  const text = act === 'complete' ? textOf(secrets, 'complete_amount') : charge.amount
  const amount = plainAmount(text, charge.currency)
  if (amount === undefined) return refused('portal', 'PTL186')
  const most = charge.method === 'cards' ? (minorOf(charge.amount) * mostOver) / 100n : minorOf(charge.amount)
  if (minorOf(amount) > most) return refused('portal', 'PTL37')
  payway.book.write({ k: 'capture', tranId, act, amount, atMs: payway.ports.nowMs() })
  return json(200, {
    grand_total: phpNumber(amount),
    currency: charge.currency,
    transaction_status: act === 'complete' ? 'COMPLETED' : 'CANCELLED',
    status: { code: '00', message: 'Success.', lang: 'en', trace_id: traceId() },
  })
}
