import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { minutesLater, samplePayment } from '../../../test/support/sample-payment.ts'
import {
  renderPlain,
  renderState,
  rulesFor,
  sampleLook,
  type StateSample,
  stateSamples,
} from '../../../test/support/page-states.ts'
import { withWordBreaks } from '../khmer-text.ts'
import type { Language } from '../language.ts'
import { linkHasEnded, type PageState, pageFacts, pageVersion } from './page-state.ts'
import { headings } from './state-words.ts'

/** What each page says of the money, and what it must never say. */
const sayings: Readonly<Record<string, readonly [says: RegExp, never: RegExp]>> = {
  loading: [/appears here by itself/, /<svg|Make a new code/],
  'no-code-yet': [/Make a new code/, /<svg|appears here/],
  ready: [/samplebank:\/\/pay\/1.*<svg.*Pay before 7 January at 12:15/s, /Do not pay|Make another/],
  'ready-delayed': [/may be confirmed later.*asked next at 7 January at 22:00/s, /Do not pay/],
  'ready-order': [/Order number<\/dt><dd>A-1001/, /Do not pay/],
  'ready-khmer-name': [/60,000,000៛.*<svg.*60,000,000.*ហាងនំប៉័ង ភ្នំពេញ/s, /Do not pay/],
  'said-paid': [/Do not pay again.*Show the code again/s, /<svg|I have paid/],
  'not-cancelled': [/could not be cancelled.*<svg/s, /Do not pay/],
  bank_page: [/Pay before 7 January.*Go to the bank/s, /<svg|Scan/],
  'bank_page-over': [/Do not pay it/, /Pay before|bank\.example/],
  waiting: [/Do not pay it any more.*I have paid/s, /<svg/],
  'code-closed': [/Do not pay it any more/, /<svg/],
  disabled: [/do not pay the code.*is not lost/s, /<svg|samplebank/],
  part: [/USD 50\.00 of USD 150\.00 has arrived.*not lost/s, /<svg|Make another|I have paid/],
  held: [
    /USD 140\.00 arrived, and USD 150\.00 was asked.*not lost.*Sample Insurance decides.*sus_12/s,
    /<svg|I have paid/,
  ],
  'held-currency': [/KHR 600,000 arrived.*another currency/s, /<svg/],
  'held-late': [/USD 140\.00 was found after this payment had ended/, /<svg|counts when/],
  paid: [
    /USD 150\.00 has arrived at Sample Insurance.*Show the receipt.*thanks/s,
    /<svg|I have paid|refresh|after the code|More money|cart/,
  ],
  late: [/after the code had ended, and counts all the same/, /Do not pay/],
  paid_twice: [/USD 150\.00 arrived once more.*send it back.*sus_12/s, /fit this payment|under review/],
  'paid-too-much': [/USD 155\.00 arrived.*USD 5\.00 of it waits.*More money arrived.*not lost/s, /once more/],
  'sent-back': [/Paid, and gone back.*had arrived.*USD 150\.00 has been sent back/s, /More money|Thank you/],
  'ready-going-back': [/Of the money that arrived, USD 140\.00 is being sent back.*<svg/s, /Do not pay/],
  failed: [/bank refused.*Make a new code/s, /<svg/],
  cancelled: [/was cancelled/, /<svg|Yes, cancel it/],
  expired: [/looked for until 8 January at 12:17, and counts.*Make a new code/s, /<svg|refresh|I have paid/],
  'expired-premium': [/Do not pay this code.*Make a new code.*I have paid/s, /<svg/],
  'expired-topup': [/looked for until.*href="\/topup"/s, /Make a new code/],
  'expired-long-ago': [/show your bank’s receipt/, /looked for until|I have paid/],
  'held-elsewhere': [/arrived by an earlier code.*do not pay before/s, /<svg|I have paid|Make a new code/],
  'expired-bill-paid': [/paid by another payment.*Do not pay this code/s, /Make a new code|no payment is known/],
  'open-bill-paid': [/<h1[^>]*>Paid already.*paid by another payment.*Do not pay/s, /<svg|Make a new code|Pay before/],
  'expired-refunded': [/Money arrived, and does not count.*Do not pay this code/s, /no payment is known/],
  'waiting-told': [/counts when the bank tells us of it/, /is asked/],
  'expired-told': [/show your bank’s receipt/, /looked for/],
}

for (const sample of stateSamples) {
  test(`the page "${sample.name}" is shown as ${sample.state}, with what happens to the money`, () => {
    const { payment, minutes, state, off } = sample
    assert.equal(pageFacts(payment, minutesLater(minutes), rulesFor(off)).state, state)
    const shown = sample.name === 'said-paid' ? 'waiting' : state
    const english = renderState(sample, { language: 'en' })
    const [says, never] = sayings[sample.name] ?? assert.fail('no saying')
    assert.match(english, says)
    assert.doesNotMatch(english, never)
    assert.match(english, new RegExp(`<html lang="en" data-status="${payment.status}" data-state="${shown}"`))
    const khmer = renderState(sample, { language: 'km' })
    assert.match(khmer, new RegExp(`<html lang="km" data-status="${payment.status}" data-state="${shown}"`))
    const hasOwnHeading = payment.bill.completedBy !== undefined || sample.name === 'sent-back'
    assert.equal(khmer.includes(withWordBreaks(headings[shown].km(nothing))), !hasOwnHeading)
    // Only the switch of languages, names and what the code itself says is not Khmer.
    const sentences = khmer.replace(/<(title|svg|style|nav|ul|textarea|head).*?<\/\1>/gs, '').replace(/<[^>]*>/g, ' ')
    assert.doesNotMatch(sentences, /Scan|[Pp]aid|money|bank|the /)
    assert.match(english, /Case code<\/dt><dd>150001.*023 000 000/s)
  })
}

const nothing = { amount: '', merchant: '', time: '', held: '', settled: '' }

test('every state that a payment can be in is among those that were tested', () => {
  const tested = new Set<PageState>(stateSamples.map(({ state }) => state))
  assert.deepEqual([...tested].sort(), Object.keys(headings).sort())
})

test('a title asks for money only while the code may be paid, and says what happened after', () => {
  for (const sample of stateSamples) {
    const title = /<title>(.*?)<\/title>/.exec(renderState(sample, { language: 'en' }))?.[1] ?? ''
    const asks = ['ready', 'loading', 'bank_page'].includes(sample.state) && sample.name !== 'said-paid'
    assert.equal(title.startsWith('Pay '), asks, `${sample.name}: ${title}`)
  }
})

test('the version changes with whatever the page would show, and not without', () => {
  const versions = stateSamples.map((one) => versionOf(one))
  // What a customer pressed, and what calls are left, is no news of the payment.
  const different = new Set(versions).size
  assert.ok(different >= 15, `${different} versions`)
  for (const [index, one] of stateSamples.entries()) assert.equal(versionOf(one), versions[index])
})

function versionOf({ payment, minutes, off }: StateSample): string {
  return pageVersion(payment, pageFacts(payment, minutesLater(minutes), rulesFor(off)))
}

test('late money that is held by policy is not promised to count', () => {
  const page = renderState(named('expired'), { language: 'en', lateCounts: false })
  assert.match(page, /kept until Sample Insurance decides/)
  assert.doesNotMatch(page, /counts when it is found/)
})

test('without a script a page looks again by itself, less often where nothing is to be seen soon', () => {
  const everyS = (name: string) =>
    /<noscript><meta http-equiv="refresh" content="(\d+);url=\/pay\/a-token"><\/noscript>/.exec(
      renderState(named(name), { language: 'km' }),
    )?.[1]
  const expected = { ready: '5', waiting: '10', 'said-paid': '15', 'ready-delayed': '30', paid: undefined }
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, everyS(name)])), expected)
})

test('a page hears of its payment as long as money may still come', () => {
  const hears = (name: string) => renderState(named(name), { language: 'en' }).includes(' data-live="/pay/a-token"')
  for (const name of ['loading', 'ready', 'waiting', 'held', 'expired']) assert.ok(hears(name), name)
  for (const name of ['paid', 'late', 'expired-long-ago']) assert.ok(!hears(name), name)
})

test('money that was paid in time and found after the end is paid, and not called late', () => {
  const late = named('late')
  const [receipt] = late.payment.receipts
  assert.ok(receipt)
  const inTime = { ...late, payment: { ...late.payment, receipts: [{ ...receipt, paidAt: minutesLater(14) }] } }
  assert.equal(pageFacts(inTime.payment, minutesLater(30), rulesFor()).state, 'paid')
  assert.doesNotMatch(renderState(inTime, { language: 'en' }), /late|after the code/)
  const afterClosing = { ...receipt, paidAt: minutesLater(18) }
  const reopened = {
    ...late.payment,
    receipts: [afterClosing],
    attempts: [{ ...late.payment.attempts[0]!, expiresAt: minutesLater(40) }],
  }
  assert.equal(pageFacts(reopened, minutesLater(30), rulesFor()).state, 'late')
})

test('only an order has a shop to go back to', () => {
  const back = (more: object) =>
    />(Back[^<]*)<\/a>/.exec(
      renderState({ ...named('paid'), payment: { ...named('paid').payment, ...more } }, { language: 'en' }),
    )?.[1]
  assert.equal(back({ payableKind: 'order' }), 'Back to the shop')
  assert.equal(back({ payableKind: 'premium' }), 'Back')
})

test('nothing is fetched from anybody else, nothing inline runs, and nothing names whoever pays', () => {
  for (const sample of stateSamples) {
    for (const language of ['km', 'en'] satisfies Language[]) {
      const page = renderState(sample, { language, returnUrl: undefined, cancelUrl: undefined, bankPage: undefined })
      assert.doesNotMatch(page, /<script>|<style|<img|<iframe|\son[a-z]+=|javascript:|\sstyle=|@import|Sok Sample/i)
      assert.doesNotMatch(page.replace('xmlns="http://www.w3.org/2000/svg"', ''), /https?:/)
      const fetched = [...page.matchAll(/(?:src|<link[^>]* href)="([^"]*)"/g)].map(([, url]) => url)
      assert.deepEqual(fetched, ['data:,', sampleLook.stylesheet, sampleLook.script])
    }
  }
})

test('page, stylesheet and script together weigh less than 30 KB, zipped, in every state and language', () => {
  const files = ['../page.css', '../page.js'].map((name) => zippedBytes(readFileSync(new URL(name, import.meta.url))))
  for (const sample of stateSamples) {
    for (const language of ['km', 'en'] satisfies Language[]) {
      const bytes = zippedBytes(renderState(sample, { language })) + files.reduce((sum, one) => sum + one, 0)
      assert.ok(bytes < 30_000, `${sample.name} ${language}: ${bytes}`)
    }
  }
})

function zippedBytes(content: string | Uint8Array): number {
  return gzipSync(content).length
}

test('what a merchant, a shop or a bank wrote is text, never markup, and no link of it runs anything', () => {
  const sample = named('ready')
  const evil = '<script>alert("1")</script>&\''
  for (const link of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', ' JavaScript:alert(1)']) {
    const { code } = {
      code: { qrString: sample.payment.attempts[0]?.qrString ?? '', deeplink: link, expiresAt: minutesLater(15) },
    }
    const page = renderState(sample, { language: 'en', merchant: evil, billNumber: evil, cancelUrl: link, code })
    assert.doesNotMatch(page, /<script>|javascript:|data:text|file:|Open banking app/i)
    assert.match(page, /&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;&amp;&#39;/)
  }
  const back = renderState(sample, { language: 'en', cancelUrl: 'https://shop.example/?a=1&b="2"' })
  assert.match(back, /href="https:\/\/shop.example\/\?a=1&amp;b=&quot;2&quot;"/)
})

test('the link of a payment works while it is open, or money of it waits for somebody, and for a while after that', () => {
  const later = (days: number) => minutesLater(days * 24 * 60)
  for (const { name, payment } of stateSamples) {
    const isWaiting = payment.receipts.some(({ heldMinor }) => heldMinor > 0n)
    const isOver = !['pending', 'processing'].includes(payment.status)
    assert.equal(linkHasEnded(payment, later(28), 30 * 86_400_000), false, name)
    assert.equal(linkHasEnded(payment, later(40), 30 * 86_400_000), isOver && !isWaiting, name)
  }
})

test('an app’s own link that the bank gave with its code is linked, and no scheme that a browser runs or reads is', () => {
  const sample = named('ready')
  const qrString = sample.payment.attempts[0]?.qrString ?? ''
  const linkTo = (deeplink: string) => {
    const code = { qrString, deeplink, expiresAt: minutesLater(15) }
    return /<a class="act phone" rel="noreferrer" href="([^"]*)"/.exec(
      renderState(sample, { language: 'en', code }),
    )?.[1]
  }
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
  const bankPage = {
    action: 'https://bank.example/pay?a=1&b=2',
    fields: { items: '"><b>', hash: 'a+b/c==' },
    expiresAt: minutesLater(15),
  }
  const page = renderState(named('bank_page'), { language: 'en', bankPage })
  const [form = ''] = /<form [^>]*bank\.example.*?<\/form>/.exec(page) ?? []
  assert.equal(
    form,
    '<form method="post" target="_top" enctype="multipart/form-data" action="https://bank.example/pay?a=1&amp;b=2">' +
      '<input type="hidden" name="items" value="&quot;&gt;&lt;b&gt;"><input type="hidden" name="hash" value="a+b/c==">' +
      '<button>Go to the bank’s page</button></form>',
  )
  const evil = { ...bankPage, action: 'javascript:alert(1)' }
  assert.doesNotMatch(renderState(named('bank_page'), { language: 'en', bankPage: evil }), /javascript:|Go to the bank/)
})

test('amounts are grouped, keep every digit, and are written as prices are in Cambodia, long ones smaller', () => {
  const cases: [bigint, 'USD' | 'KHR', string, string, string][] = [
    [123_456_789n, 'USD', '$1,234,567.89', '$១,២៣៤,៥៦៧.៨៩', 'amount long'],
    [1n, 'USD', '$0.01', '$០.០១', 'amount'],
    [4_000_000n, 'KHR', '4,000,000៛', '៤,០០០,០០០៛', 'amount long'],
    [100_000n, 'USD', '$1,000.00', '$១,០០០.០០', 'amount'],
  ]
  for (const [amountMinor, currency, latin, khmer, classes] of cases) {
    const sample = {
      ...named('no-code-yet'),
      payment: samplePayment({ amount: { amountMinor, currency }, attempts: [] }),
    }
    const has = (page: string, text: string) => assert.ok(page.includes(`<p class="${classes}">${text}</p>`), text)
    has(renderState(sample, { language: 'en' }), latin)
    has(renderState(sample, { language: 'km', digits: 'km' }), khmer)
  }
})

test('Khmer digits are for amounts and times: numbers by which somebody is asked stay as they are', () => {
  const page = renderState(named('expired'), { language: 'km', digits: 'km' })
  assert.match(page, /ថ្ងៃទី ៨ ខែ\u200b?មករា ម៉ោង ១២:១៧/)
  assert.match(page, /<dd>150001<\/dd>/)
  assert.match(page, /<dd>A-1001<\/dd>/)
})

test('a site that may frame the page is told how it stands, and the page says to whom it may say so', () => {
  const framed = { ...sampleLook, frameOrigins: ['https://shop.example', 'https://other.example'] }
  assert.match(
    renderState(named('ready'), { language: 'en', look: framed }),
    /data-frames="https:\/\/shop\.example https:\/\/other\.example"/,
  )
  assert.doesNotMatch(renderState(named('ready'), { language: 'en' }), /data-frames/)
})

test('an unknown link has a page in either language, and so has one that cannot be shown now', () => {
  assert.match(renderPlain('notFound', 'en'), /data-status="not_found".*no such page/s)
  assert.match(renderPlain('error', 'km', 30), /lang="km" data-status="error".*content="30;url=\/pay\/a-token"/s)
  assert.match(renderPlain('refused', 'en'), /another site/)
})

function named(name: string): StateSample {
  return stateSamples.find((one) => one.name === name) ?? assert.fail(name)
}
