import type { Payment } from '../../domain/payment.ts'
import { customerReceiptLink } from '../../flows/customer-receipt-link.ts'
import type { Hub } from '../../flows/hub.ts'
import { printAmount } from '../../money/money.ts'
import { timestamp } from '../envelope.ts'
import { shownCode } from '../shown-code.ts'
import { pageFacts, pageRules, pageVersion } from './page-state.ts'

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
  /** Null until it is paid. */
  readonly receipt_url: string | null
}

export async function pageNews(hub: Hub, payment: Payment): Promise<PageNews> {
  const facts = pageFacts(payment, hub.clock.now(), pageRules(hub))
  const { amountMinor, currency } = payment.amount
  const code = shownCode(payment)
  return {
    status: payment.status,
    state: facts.state,
    version: pageVersion(payment, facts),
    amount: printAmount(amountMinor, currency),
    currency,
    expires_at: code ? timestamp(code.expiresAt) : null,
    receipt_url: (await customerReceiptLink(hub, payment)) ?? null,
  }
}

/** Whether there is a code whose end is still to come, so that the page changes by itself. */
export function isNewerCode(news: PageNews): news is PageNews & { readonly expires_at: string } {
  return news.state === 'ready' && news.expires_at !== null
}
