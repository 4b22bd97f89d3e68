import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flagsOf, type Payment } from '../../domain/payment.ts'
import { sampleCode } from '../../../test/support/sample-code.ts'
import { minutesLater, sampleAttempt, samplePayment, sampleReceipt, usd } from '../../../test/support/sample-payment.ts'
import { type PaymentPage, paymentPage, plainPage } from './page.ts'
import { type PageState, pageFacts } from './page-state.ts'
import { shownCode } from '../shown-code.ts'
import type { Language } from '../language.ts'
import { css } from '../page-style.ts'
import { sentences } from './words.ts'

const rules = { lateWatchMs: 24 * 3_600_000 }
const { qrString } = sampleCode(samplePayment())
const open = sampleAttempt({ qrString })
const closed = sampleAttempt({ qrString, state: 'closed' })
const held = sampleReceipt({ appliedMinor: 0n, heldMinor: 14_000n, suspended: 'underpaid', amount: usd(14_000n) })
const creating = sampleAttempt({ qrString: undefined, state: 'creating' })
const offered = sampleAttempt({ qrString: undefined, method: 'cards' })
const closedAt = minutesLater(17)

type Row = readonly [
  what: string,
  payment: Partial<Payment>,
  minutes: number,
  state: PageState,
  says: RegExp,
  never: RegExp,
]

const rows: readonly Row[] = [
  ['without a code yet', { status: 'pending', attempts: [creating] }, 0, 'preparing', /looks again/, /<svg/],
  ['with a code', { attempts: [open] }, 1, 'ready', /Pay before 7 January at 12:15.*<svg/s, /Do not pay/],
  ['that the bank’s own page takes over', { attempts: [offered] }, 1, 'atBank', /Pay before 7 January/, /<svg|Scan/],
  ['whose time on the bank’s page has ended', { attempts: [offered] }, 15, 'checking', /Do not pay it/, /Pay before/],
  ['whose code has ended', { attempts: [open] }, 15, 'checking', /Do not pay it any more/, /<svg/],
  ['whose code was closed', { attempts: [closed] }, 1, 'checking', /Do not pay it any more/, /<svg/],
  [
    'that was paid too little',
    { attempts: [open], receipts: [held] },
    2,
    'held',
    /kept until Sample Insurance/,
    /<svg/,
  ],
  [
    'of which a part settled',
    { attempts: [open], receipts: [sampleReceipt({ appliedMinor: 5_000n, amount: usd(5_000n) })] },
    2,
    'part',
    /Less than USD 150.00 has arrived/,
    /<svg|kept until/,
  ],
  [
    'that is paid',
    { attempts: [closed], status: 'completed', receipts: [sampleReceipt()] },
    2,
    'paid',
    /USD 150.00 has arrived at Sample Insurance/,
    /<svg|I have paid|http-equiv="refresh"|after the code had ended|More money/,
  ],
  [
    'that was paid late',
    { attempts: [closed], status: 'completed', closedAt, receipts: [sampleReceipt()] },
    30,
    'paid',
    /after the code had ended, and counts all the same/,
    /Do not pay/,
  ],
  [
    'that was paid twice',
    {
      attempts: [closed],
      status: 'completed',
      receipts: [sampleReceipt(), { ...held, id: 2, suspended: 'duplicate_payment' }],
    },
    3,
    'paid',
    /More money arrived/,
    /fit this payment/,
  ],
  [
    'that was refunded',
    { attempts: [closed], status: 'completed', refundedMinor: 15_000n, receipts: [sampleReceipt()] },
    3,
    'paid',
    /has gone back/,
    /More money/,
  ],
  [
    'that has expired',
    { attempts: [closed], status: 'expired', closedAt },
    20,
    'expired',
    /looked for until 8 January at 12:17, and counts/,
    /<svg|http-equiv="refresh"|I have paid/,
  ],
  [
    'that expired long ago',
    { attempts: [closed], status: 'expired', closedAt },
    17 + 24 * 60,
    'expired',
    /show your bank’s receipt/,
    /looked for until|I have paid/,
  ],
  ['that was refused', { attempts: [closed], status: 'failed', closedAt }, 20, 'failed', /bank refused/, /<svg/],
  ['that was given up', { attempts: [closed], status: 'cancelled', closedAt }, 20, 'cancelled', /given up/, /<svg/],
]

for (const [what, more, minutes, state, says, never] of rows) {
  test(`a payment ${what} is shown as ${state}, with what happens to the money`, () => {
    const payment = samplePayment(more)
    assert.equal(pageFacts(payment, minutesLater(minutes), rules).state, state)
    const english = render(payment, minutes, 'en')
    assert.match(english, says)
    assert.doesNotMatch(english, never)
    assert.match(english, new RegExp(`<html lang="en" data-status="${payment.status}">`))
    const khmer = render(payment, minutes, 'km')
    assert.match(khmer, new RegExp(`<html lang="km" data-status="${payment.status}">`))
    assert.ok(khmer.includes(sentences[state].km()))
    // Only the switch of languages and what the code itself says is not Khmer.
    assert.doesNotMatch(khmer.replace(/<(title|svg|style|nav).*?<\/\1>/gs, ''), /Scan|paid|money|bank|the /)
  })
}

test('a title asks for money only while the code may be paid, and says what happened after', () => {
  const titleOf = (page: string) => /<title>(.*?)<\/title>/.exec(page)?.[1] ?? ''
  for (const [what, more, minutes, state] of rows) {
    const title = titleOf(render(samplePayment(more), minutes, 'en'))
    const asks = state === 'ready' || state === 'preparing' || state === 'atBank'
    assert.equal(title.startsWith('Pay '), asks, `${what}: ${title}`)
    if (!asks) assert.equal(title, sentences[state].en())
  }
})

test('a moment is written in Khmer as people there write it, by the clock of Phnom Penh', () => {
  const khmer = render(samplePayment({ attempts: [closed], status: 'expired', closedAt }), 20, 'km')
  assert.match(khmer, /ថ្ងៃទី 8 ខែមករា ម៉ោង 12:17/)
})

test('every state that was tested is one that a payment can be in, and none is missing', () => {
  const states = new Set(rows.map(([, , , state]) => state))
  assert.equal(states.size, 10)
  assert.ok(flagsOf(samplePayment({ receipts: [held] })).includes('partial'))
})

test('late money that is held by policy is not promised to count', () => {
  const payment = samplePayment({ attempts: [closed], status: 'expired', closedAt })
  const page = render(payment, 20, 'en', { lateCounts: false })
  assert.match(page, /kept until Sample Insurance decides/)
  assert.doesNotMatch(page, /counts when it is found/)
})

test('a page that can be confirmed only later says so, when the bank is asked next, and looks again less often', () => {
  const payment = samplePayment({ attempts: [open] })
  const page = render(payment, 1, 'en', { isDelayed: true, nextCheckAt: minutesLater(600) })
  assert.match(page, /may be confirmed later, not at once/)
  assert.match(page, /The bank is asked next at 7 January at 22:00/)
  assert.match(page, /http-equiv="refresh" content="30;url=\/pay\/a-token"/)
  const usual = render(payment, 1, 'en')
  assert.doesNotMatch(usual, /confirmed later/)
  assert.match(usual, /http-equiv="refresh" content="5;url=\/pay\/a-token"/)
})

test('what became of "I have paid" stays long enough to be read', () => {
  const page = render(samplePayment({ attempts: [open] }), 1, 'km', { reply: 'askedAndUnsure' })
  assert.match(page, /http-equiv="refresh" content="15;url=\/pay\/a-token"/)
})

test('nothing on the page runs, nothing but our font is fetched, and nothing names whoever pays', () => {
  for (const [, more, minutes] of rows) {
    for (const language of ['km', 'en'] satisfies Language[]) {
      const page = render(samplePayment(more), minutes, language).replaceAll(/url\(\/fonts\/[\w.-]+\)/g, '')
      assert.doesNotMatch(page, /<script|<link|<img|<iframe|\son[a-z]+=|javascript:|\sstyle=|url\(|@import|Sok Sample/i)
      assert.doesNotMatch(page.replace('xmlns="http://www.w3.org/2000/svg"', ''), /https?:/)
    }
  }
  assert.doesNotMatch(css, /</)
})

test('what a merchant or a shop wrote is text, never markup, and leads nowhere but to the web', () => {
  const payment = samplePayment({ attempts: [{ ...open, deeplink: 'javascript:alert(1)' }] })
  const evil = '<script>alert("1")</script>&\''
  const page = render(payment, 1, 'en', { merchant: evil, billNumber: evil, cancelUrl: 'javascript:alert(2)' })
  assert.doesNotMatch(page, /<script|javascript:/)
  assert.match(page, /&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;&amp;&#39;/)
  const back = render(payment, 1, 'en', { cancelUrl: 'https://shop.example/?a=1&b="2"' })
  assert.match(back, /href="https:\/\/shop.example\/\?a=1&amp;b=&quot;2&quot;"/)
})

test('an app’s own link that the bank gave with its code is linked, and no scheme that a browser runs or reads is', () => {
  const linkTo = (deeplink: string) =>
    /<a class="act" rel="noreferrer" href="([^"]*)"/.exec(
      render(samplePayment({ attempts: [{ ...open, deeplink }] }), 1, 'en'),
    )?.[1]
  assert.equal(linkTo('https://bank.example/x'), 'https://bank.example/x')
  assert.equal(linkTo('abamobilebank://ababank.com?type=payway&a=1'), 'abamobilebank://ababank.com?type=payway&amp;a=1')
  for (const scheme of ['javascript', 'JavaScript', 'data', 'vbscript', 'file', 'blob', 'filesystem', 'view-source']) {
    for (const link of [
      `${scheme}://x`,
      `${scheme}:alert(1)//x`,
      ` ${scheme}://x`,
      `${scheme.slice(0, 4)}\t:${scheme}://x`,
    ])
      assert.equal(linkTo(link), undefined, link)
  }
  for (const link of ['bank', '//bank.example', 'bank://', 'bank://a b', 'bank:x'])
    assert.equal(linkTo(link), undefined, link)
})

test('the bank’s own page is reached by a form with just what the bank signed, as text', () => {
  const payment = samplePayment({ attempts: [offered] })
  const bankPage = { action: 'https://bank.example/pay?a=1&b=2', fields: { items: '"><b>', hash: 'a+b/c==' } }
  const page = render(payment, 1, 'en', { bankPage: { ...bankPage, expiresAt: offered.expiresAt } })
  const [form = ''] = /<form [^>]*bank\.example.*?<\/form>/.exec(page) ?? []
  assert.equal(
    form,
    '<form method="post" enctype="multipart/form-data" action="https://bank.example/pay?a=1&amp;b=2">' +
      '<input type="hidden" name="items" value="&quot;&gt;&lt;b&gt;"><input type="hidden" name="hash" value="a+b/c==">' +
      '<button>Go to the bank’s page</button></form>',
  )
  const evil = { action: 'javascript:alert(1)', fields: {}, expiresAt: offered.expiresAt }
  assert.doesNotMatch(render(payment, 1, 'en', { bankPage: evil }), /javascript:|Go to the bank/)
  // Once its time is over there is nothing to press.
  assert.doesNotMatch(
    render(payment, 15, 'en', { bankPage: { ...bankPage, expiresAt: offered.expiresAt } }),
    /bank\.example/,
  )
})

test('amounts are grouped and keep every digit', () => {
  const cases: [bigint, 'USD' | 'KHR', Language, string][] = [
    [123_456_789n, 'USD', 'en', 'USD 1,234,567.89'],
    [1n, 'USD', 'en', 'USD 0.01'],
    [4_000_000n, 'KHR', 'km', '4,000,000 រៀល'],
    [100n, 'KHR', 'en', 'KHR 100'],
  ]
  for (const [amountMinor, currency, language, words] of cases) {
    const page = render(samplePayment({ amount: { amountMinor, currency }, attempts: [closed] }), 1, language)
    assert.ok(page.includes(`<dd>${words}</dd>`), words)
  }
})

test('an unknown link has a page in either language, and one that cannot be shown another', () => {
  assert.match(
    plainPage({ language: 'en', path: '/pay/x', kind: 'notFound', againS: undefined }),
    /data-status="not_found".*no such page/s,
  )
  assert.match(
    plainPage({ language: 'km', path: '/pay/x', kind: 'trouble', againS: 30 }),
    /lang="km" data-status="error"/,
  )
})

function render(payment: Payment, minutes: number, language: Language, more: Partial<PaymentPage> = {}): string {
  const now = minutesLater(minutes)
  const bankPage = { action: '/at-the-bank', fields: {}, expiresAt: offered.expiresAt }
  return paymentPage({
    language,
    path: '/pay/a-token',
    status: payment.status,
    facts: pageFacts(payment, now, rules),
    amount: payment.amount,
    merchant: 'Sample Insurance',
    billNumber: '150001',
    numberLabel: 'billLabel',
    code: shownCode(payment),
    bankPage,
    isDelayed: false,
    nextCheckAt: undefined,
    lateCounts: true,
    now,
    reply: undefined,
    receiptUrl: undefined,
    returnUrl: undefined,
    cancelUrl: undefined,
    ...more,
  })
}
