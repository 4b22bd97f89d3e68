import { pageAttempt } from '../../domain/order.ts'
import type { Payment } from '../../domain/payment.ts'
import { isOpen } from '../../domain/transitions.ts'
import type { Hub } from '../../flows/hub.ts'
import { printAmount } from '../../money/money.ts'
import { timestamp } from '../envelope.ts'
import { shownCode } from '../shown-code.ts'
import type { GoneMoney } from './gone-money.ts'
import { pageFacts, type PageRules, pageRules, pageVersion } from './page-state.ts'

/** What a page, or whoever shows one of his own, is told of a payment. It holds nothing about whoever pays. */
export type PageNews = {
  /** The payment's own word. */
  readonly status: string
  readonly state: string
  /** Changes whenever the page would look different. */
  readonly version: string
  readonly amount: string
  readonly currency: string
  /** Of the code that was shown last; null where none was. */
  readonly expires_at: string | null
  /** Null until it is paid; in a stream until the receipt is issued, for which nobody waits who is told. */
  readonly receipt_url: string | null
}

export type LookedAt = {
  /** The payment's. */
  readonly number: number
  readonly news: PageNews
  /** After this moment, in milliseconds since 1970, the page may look different without anybody having written anything. */
  readonly changesAtMs: number
}

const never = Number.POSITIVE_INFINITY

/**
 * What the page of each of these payments shows now, and when it changes by itself next. `links`: of their receipts; `gone`:
 * what `readGoneMoney` read of them.
 */
export function pageNews(
  hub: Hub,
  payments: readonly Payment[],
  links: ReadonlyMap<number, string>,
  gone: ReadonlyMap<number, readonly GoneMoney[]>,
): readonly LookedAt[] {
  const now = hub.clock.now()
  const rules = pageRules(hub)
  return payments.map((payment) => {
    const facts = pageFacts(payment, now, rules, gone.get(payment.number))
    const { amountMinor, currency } = payment.amount
    const code = shownCode(payment)
    const news = {
      status: payment.status,
      state: facts.state,
      version: pageVersion(payment, facts),
      amount: printAmount(amountMinor, currency),
      currency,
      expires_at: code ? timestamp(code.expiresAt) : null,
      receipt_url: links.get(payment.number) ?? null,
    }
    return { number: payment.number, news, changesAtMs: changesAtMs(payment, now, rules) }
  })
}

/**
 * Until when, in milliseconds since 1970, the page looks as it does now unless somebody writes something: its code ends,
 * and then the code's grace.
 */
export function changesAtMs(payment: Payment, now: Date, rules: Pick<PageRules, 'graceMs'>): number {
  const code = pageAttempt(payment) ?? shownCode(payment)
  if (!code || !isOpen(payment.status)) return never
  const endMs = code.expiresAt.getTime()
  return [endMs, endMs + rules.graceMs].find((atMs) => atMs >= now.getTime()) ?? never
}
