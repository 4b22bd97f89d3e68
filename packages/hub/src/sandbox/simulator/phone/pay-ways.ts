import { amountText, minorUnits, plainAmount } from '../../../banks/bank-qr/simulator/amounts.ts'
import { converted, otherCurrency } from '../../../banks/payway/simulator/amounts.ts'
import type { SeenCode } from './waiting-codes.ts'

/** What a customer, or his bank, may do with a code. */
export const ways = ['normal', 'decline', 'twice', 'short', 'over', 'other-currency', 'late', 'webhook-lost'] as const
export type Way = (typeof ways)[number]

export type Sum = { readonly amount: string; readonly currency: 'USD' | 'KHR' }

/** One dollar, or a thousand riel: what is missing, or too much. */
const stepMinor = { USD: 100n, KHR: 1_000n }
/** By the bank's clock, a late payment comes so long after the code's end. */
const lateByMs = 60_000

/** What may be done with the code now, as a banking app and its bank would have it. */
export function openWays({ state, kind }: SeenCode): Way[] {
  // PayWay's apps refuse a code that was paid or closed; other banks cannot know what their payee wants.
  if (kind === 'payway' && (state === 'paid' || state === 'closed')) return []
  if (state === 'ended') return ['late', 'decline']
  return ways.filter((way) => way !== 'webhook-lost' || kind !== 'bakong')
}

/** What leaves the customer's account, so much `wanted`; undefined where that is no sum of money. */
export function sumOf(way: Way, wanted: Sum): Sum | undefined {
  const { amount, currency } = wanted
  const minor = minorUnits(amount)
  const step = minor > stepMinor[currency] ? stepMinor[currency] : minor / 2n
  if (way === 'short') return sum(amountText(minor - step, currency), currency, step > 0n)
  if (way === 'over') return sum(amountText(minor + stepMinor[currency], currency), currency)
  if (way !== 'other-currency') return wanted
  const other = otherCurrency(currency)
  return sum(converted(amount, currency, other), other)
}

function sum(text: string, currency: Sum['currency'], isAny = true): Sum | undefined {
  const amount = plainAmount(text, currency)
  return isAny && amount !== undefined ? { amount, currency } : undefined
}

/** The control call that plays it; undefined where nothing moves. */
export function controlCall(code: SeenCode, way: Way, paid: Sum, nowMs: number): Record<string, unknown> | undefined {
  const { bank, qr } = code
  if (way === 'decline') return undefined
  const call = { bank, qr, ...paid }
  if (way === 'twice') return { ...call, times: 2 }
  if (way === 'webhook-lost') return { ...call, webhook: 'drop' }
  if (way === 'late') return { ...call, ...lateFields(code, nowMs) }
  return call
}

/** A code that has not ended is paid after its end by the bank's clock: nobody waits a quarter of an hour here. */
function lateFields({ kind, endsAtMs }: SeenCode, nowMs: number): Record<string, unknown> {
  // PayWay sends late money back by itself.
  if (kind === 'payway') return { late: true }
  const isOver = endsAtMs === undefined || endsAtMs < nowMs
  const paidAt = isOver ? {} : { paidAt: new Date(endsAtMs + lateByMs).toISOString() }
  return kind === 'bakong' ? { late: true, ...paidAt } : paidAt
}
