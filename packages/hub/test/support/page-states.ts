import type { Payment } from '../../src/domain/payment.ts'
import type { GoneMoney } from '../../src/http/checkout/gone-money.ts'
import { type PaymentPage, paymentPage, plainPage } from '../../src/http/checkout/page.ts'
import { pageFacts, type PageRules, type PageState, pageVersion } from '../../src/http/checkout/page-state.ts'
import type { Language } from '../../src/http/language.ts'
import type { PageLook } from '../../src/http/page-look.ts'
import { shownCode } from '../../src/http/shown-code.ts'
import { sampleCode } from './sample-code.ts'
import { khr, minutesLater, sampleAttempt, samplePayment, sampleReceipt, usd } from './sample-payment.ts'

// Every state that a payment's page can be in, with a payment that is in it; for tests of the page's words and looks.

export type StateSample = {
  /** A word of its own, for files and test titles. */
  readonly name: string
  readonly state: PageState
  readonly payment: Payment
  /** After the payment was opened. */
  readonly minutes: number
  readonly more?: Partial<PaymentPage>
  /** What became of money that neither waits nor counts. */
  readonly gone?: readonly GoneMoney[]
  /** Banks that were switched off. */
  readonly off?: readonly string[]
}

export const sampleLook: PageLook = {
  name: undefined,
  colour: '#b5121b',
  logo: undefined,
  contact: '023 000 000',
  apps: ['Sample Bank', 'Another Bank'],
  frameOrigins: [],
  sandboxPhone: undefined,
  stylesheet: '/pay/assets/page-sample.css',
  script: '/pay/assets/page-sample.js',
  logoPath: undefined,
}

const rules = { lateWatchMs: 24 * 3_600_000, graceMs: 120_000 }
const { qrString } = sampleCode(samplePayment())
const khmerName = 'ហាងនំប៉័ង ភ្នំពេញ'
const manyRiel = khr(60_000_000n)
const { qrString: khmerQr } = sampleCode(samplePayment({ amount: manyRiel }), {
  language: 'km',
  alternateName: khmerName,
})
const open = sampleAttempt({ qrString })
const closed = sampleAttempt({ qrString, state: 'closed' })
const offered = sampleAttempt({ qrString: undefined, method: 'cards' })
const closedAt = minutesLater(17)
const held = sampleReceipt({
  id: 2,
  appliedMinor: 0n,
  heldMinor: 14_000n,
  suspended: 'underpaid',
  amount: usd(14_000n),
})
const again = sampleReceipt({ id: 2, appliedMinor: 0n, heldMinor: 15_000n, suspended: 'duplicate_payment' })
const paid = { attempts: [closed], status: 'completed', receipts: [sampleReceipt()] } as const
const order = { payableKind: 'order', biller: 'SHOP', billNumber: 'A-1001', billKey: '' } as const
const topup = { payableKind: 'topup', biller: 'WALLET', billNumber: '150001', billKey: '' } as const
const heldIds = ['sus_12']
const shop = { returnUrl: 'https://shop.example/thanks', cancelUrl: 'https://shop.example/cart' }

export const stateSamples: readonly StateSample[] = [
  sample('loading', 'loading', 0, {
    status: 'pending',
    attempts: [sampleAttempt({ qrString: undefined, state: 'creating' })],
  }),
  sample('no-code-yet', 'loading', 0, { status: 'pending', attempts: [] }),
  sample('ready', 'ready', 1, { attempts: [{ ...open, deeplink: 'samplebank://pay/1' }] }, { ...shop }),
  sample(
    'ready-delayed',
    'ready',
    1,
    { ...topup, attempts: [open] },
    { isDelayed: true, nextCheckAt: minutesLater(600) },
  ),
  sample('ready-order', 'ready', 1, { ...order, attempts: [open] }, { ...shop }),
  sample(
    'ready-khmer-name',
    'ready',
    1,
    { ...order, amount: manyRiel, attempts: [{ ...open, qrString: khmerQr }] },
    { merchant: khmerName },
  ),
  sample('said-paid', 'ready', 1, { attempts: [open] }, { reply: 'askedAndUnsure' }),
  sample('not-cancelled', 'ready', 1, { attempts: [open] }, { reply: 'notCancelled' }),
  sample('bank_page', 'bank_page', 1, { ...order, attempts: [offered] }, { ...shop }),
  sample('bank_page-over', 'waiting', 15, { ...order, attempts: [offered] }),
  sample('waiting', 'waiting', 16, { ...order, attempts: [open] }),
  sample('code-closed', 'waiting', 1, { attempts: [closed] }),
  { ...sample('disabled', 'disabled', 1, { attempts: [open] }), off: ['AMK'] },
  sample('part', 'part', 2, {
    attempts: [open],
    receipts: [sampleReceipt({ appliedMinor: 5_000n, amount: usd(5_000n) })],
  }),
  sample('held', 'held', 2, { attempts: [open], receipts: [held] }, { heldIds }),
  sample(
    'held-currency',
    'held',
    2,
    {
      attempts: [open],
      receipts: [{ ...held, suspended: 'currency_mismatch', heldMinor: 600_000n, amount: khr(600_000n) }],
    },
    { heldIds },
  ),
  sample(
    'held-late',
    'held',
    40,
    { attempts: [closed], status: 'expired', closedAt, receipts: [{ ...held, suspended: 'late' }] },
    { heldIds },
  ),
  sample('paid', 'paid', 2, paid, { receiptUrl: '/receipt/R-1/x', ...shop }),
  sample(
    'late',
    'late',
    30,
    { ...paid, closedAt, receipts: [sampleReceipt({ paidAt: minutesLater(20), recordedAt: minutesLater(21) })] },
    { receiptUrl: '/receipt/R-1/x' },
  ),
  sample(
    'paid_twice',
    'paid_twice',
    3,
    { ...paid, receipts: [sampleReceipt(), again] },
    { heldIds, receiptUrl: '/receipt/R-1/x' },
  ),
  sample(
    'paid-too-much',
    'paid',
    3,
    { ...paid, receipts: [sampleReceipt({ amount: usd(15_500n), suspended: 'overpaid', heldMinor: 500n })] },
    { heldIds },
  ),
  {
    ...sample('sent-back', 'paid', 3, {
      ...paid,
      refundedMinor: 15_000n,
      receipts: [sampleReceipt({ returnedMinor: 15_000n })],
    }),
    gone: [{ way: 'sent_back', amount: usd(15_000n) }],
  },
  {
    ...sample('ready-going-back', 'ready', 3, { attempts: [open] }),
    gone: [{ way: 'going_back', amount: usd(14_000n) }],
  },
  sample('failed', 'failed', 20, { ...order, attempts: [closed], status: 'failed', closedAt }, { ...shop }),
  sample('cancelled', 'cancelled', 20, { ...order, attempts: [closed], status: 'cancelled', closedAt }, { ...shop }),
  sample('expired', 'expired', 20, { ...order, attempts: [closed], status: 'expired', closedAt }, { ...shop }),
  sample('expired-premium', 'expired', 20, { attempts: [closed] }),
  sample(
    'expired-topup',
    'expired',
    20,
    { ...topup, attempts: [closed], status: 'expired', closedAt },
    { topupPage: '/topup' },
  ),
  sample('expired-long-ago', 'expired', 17 + 24 * 60, { ...order, attempts: [closed], status: 'expired', closedAt }),
  sample('expired-bill-paid', 'expired', 20, {
    attempts: [closed],
    status: 'expired',
    closedAt,
    bill: { completedBy: 150_002, openBy: undefined, heldBy: undefined },
  }),
  sample('held-elsewhere', 'held', 1, {
    ...order,
    attempts: [open],
    bill: { completedBy: undefined, openBy: undefined, heldBy: 150_002 },
  }),
  sample('open-bill-paid', 'expired', 1, {
    ...order,
    attempts: [open],
    bill: { completedBy: 150_002, openBy: undefined, heldBy: undefined },
  }),
  sample('expired-refunded', 'expired', 40, {
    ...topup,
    attempts: [closed],
    status: 'expired',
    closedAt,
    receipts: [{ ...held, heldMinor: 0n }],
  }),
  sample('waiting-told', 'waiting', 16, { attempts: [open] }, { isAsked: false }),
  sample(
    'expired-told',
    'expired',
    20,
    { ...order, attempts: [closed], status: 'expired', closedAt },
    { isAsked: false },
  ),
]

function sample(
  name: string,
  state: PageState,
  minutes: number,
  payment: Partial<Payment>,
  more?: Partial<PaymentPage>,
): StateSample {
  return { name, state, minutes, payment: samplePayment(payment), ...(more ? { more } : {}) }
}

export function rulesFor(off: readonly string[] = []): PageRules {
  return { ...rules, isActive: (bankCode) => !off.includes(bankCode) }
}

/** The page of one of them. */
export function renderState(
  { payment, minutes, more = {}, gone = [], off }: StateSample,
  how: { readonly language: Language; readonly look?: PageLook } & Partial<PaymentPage>,
): string {
  const { look = sampleLook, ...given } = how
  const now = minutesLater(minutes)
  const facts = pageFacts(payment, now, rulesFor(off), gone)
  return paymentPage(look, {
    digits: 'latn',
    path: '/pay/a-token',
    chosenPath: '/pay/a-token',
    status: payment.status,
    version: pageVersion(payment, facts),
    facts,
    kind: payment.payableKind,
    amount: payment.amount,
    merchant: 'Sample Insurance',
    billNumber: payment.billNumber,
    paymentNumber: payment.number,
    heldIds: [],
    code: shownCode(payment),
    isMaking: payment.attempts.at(-1)?.state === 'creating',
    bankPage: { action: 'https://bank.example/pay', fields: { hash: 'a+b/c==' }, expiresAt: offered.expiresAt },
    isDelayed: false,
    nextCheckAt: undefined,
    lateCounts: true,
    isAsked: true,
    now,
    reply: undefined,
    receiptUrl: undefined,
    returnUrl: undefined,
    cancelUrl: undefined,
    topupPage: undefined,
    ...more,
    ...given,
  })
}

/** The pages about no payment. */
export function renderPlain(
  kind: 'notFound' | 'error' | 'refused',
  language: Language,
  againS: number | undefined = undefined,
  look: PageLook = sampleLook,
): string {
  const at = { path: '/pay/a-token', chosenPath: '/pay/a-token' }
  return plainPage(look, { language, digits: 'latn', ...at, kind, againS })
}
