import { cardSvg } from '@khqr-hub/khqr'
import type { HostedPage } from '../../banks/purchase.ts'
import type { Money } from '../../money/money.ts'
import type { Language } from '../language.ts'
import { documentOf } from '../page-document.ts'
import { amountWords, escaped, timeWords } from '../page-text.ts'
import type { PageFacts } from './page-state.ts'
import { type SentenceName, sentences, type Subject } from './words.ts'

/** Everything a payment's page shows. It holds nothing about whoever pays. */
export type PaymentPage = {
  readonly language: Language
  /** Of this page, its language included where the customer cannot keep a cookie. */
  readonly path: string
  /** The payment's own word. */
  readonly status: string
  readonly facts: PageFacts
  readonly amount: Money
  readonly merchant: string | undefined
  readonly billNumber: string
  readonly numberLabel: 'billLabel' | 'orderLabel'
  readonly code:
    | { readonly qrString: string; readonly deeplink: string | undefined; readonly expiresAt: Date }
    | undefined
  /** The bank's own page: a form that is posted there. */
  readonly bankPage: (HostedPage & { readonly expiresAt: Date }) | undefined
  readonly isDelayed: boolean
  readonly nextCheckAt: Date | undefined
  /** Whether money that comes after the end counts, or is held until somebody decides. */
  readonly lateCounts: boolean
  readonly now: Date
  /** What became of "I have paid". */
  readonly reply: 'askedAndUnsure' | 'notAskedNow' | undefined
  /** Once it is paid. */
  readonly receiptUrl: string | undefined
  readonly returnUrl: string | undefined
  readonly cancelUrl: string | undefined
}

const cardWidth = 320
/** How soon the page looks again, in seconds. */
const refreshS = { soon: 5, checking: 10, replied: 15, delayed: 30 }

export function paymentPage(page: PaymentPage): string {
  const { language, facts, code } = page
  const say = speaker(page)
  const isReady = facts.state === 'ready' && code !== undefined
  const body = [
    `<h1>${say(facts.state)}</h1>`,
    page.reply === undefined ? '' : `<p class="note" role="status">${say(page.reply)}</p>`,
    ...moreAbout(page, say).map((sentence) => `<p>${sentence}</p>`),
    isReady ? cardSvg(code.qrString, { width: cardWidth, language }) : '',
    isReady ? linkToApp(code.deeplink, say('openApp')) : '',
    facts.state === 'atBank' ? bankForm(page, say) : '',
    factList(page, say),
    page.isDelayed && facts.isOpen ? `<p class="note">${say('delayed')}</p>` : '',
    facts.isOpen ? `<p>${[nextLook(page), say('looksAgain')].filter((text) => text !== '').join(' ')}</p>` : '',
    maySayPaid(facts) ? paidForm(page, say) : '',
    linkToReceipt(page, say),
    wayBack(page, say),
  ]
  const refresh = facts.isOpen ? { everyS: refreshOf(page), path: page.path } : undefined
  return documentOf({
    language,
    path: page.path,
    status: page.status,
    title: say(asksForMoney(facts) ? 'title' : facts.state),
    body,
    refresh,
  })
}

/** A page about no payment: an unknown link, or one that cannot be shown now. */
export function plainPage(page: {
  readonly language: Language
  readonly path: string
  readonly kind: 'notFound' | 'trouble'
  /** Seconds after which it may be shown again; undefined: it is not looked at again by itself. */
  readonly againS: number | undefined
}): string {
  const { language, path, kind, againS } = page
  const say = (name: SentenceName) => escaped(sentences[name][language]({ amount: '', merchant: '', time: '' }))
  const body = [`<h1>${say(kind)}</h1>`, `<p>${say(kind === 'notFound' ? 'notFoundMore' : 'troubleMore')}</p>`]
  const status = kind === 'notFound' ? 'not_found' : 'error'
  const refresh = againS === undefined ? undefined : { everyS: againS, path }
  return documentOf({ language, path, status, title: say(kind), body, refresh })
}

type Say = (name: SentenceName, at?: Date) => string

function speaker({ language, amount, merchant }: PaymentPage): Say {
  return (name, at) => {
    const subject: Subject = {
      amount: amountWords(amount, language),
      merchant: merchant ?? (language === 'km' ? 'ហាង' : 'the shop'),
      time: at ? timeWords(at, language) : '',
    }
    return escaped(sentences[name][language](subject))
  }
}

/** What happens now, and to the money: by state. */
function moreAbout(page: PaymentPage, say: Say): string[] {
  const { facts, code } = page
  const { state } = facts
  if (state === 'ready') return [say('readyMore', code?.expiresAt)]
  if (state === 'atBank') return [say('atBankMore', page.bankPage?.expiresAt)]
  if (state === 'preparing') return [say('preparingMore')]
  if (state === 'checking') return [say('checkingMore')]
  if (state === 'part') return [say('partMore')]
  if (state === 'held') return [say('heldMore')]
  if (state !== 'paid') return [say(`${state}More`), lateSentence(page, say)]
  return [
    say('paidMore'),
    ...(facts.isLate ? [say('paidLate')] : []),
    ...(facts.hasMore ? [say('paidMoreThanOwed')] : []),
    ...(facts.isSentBack ? [say('sentBack')] : []),
  ]
}

function lateSentence({ facts, now, lateCounts }: PaymentPage, say: Say): string {
  const until = facts.watchedUntil
  if (until === undefined || until <= now) return say('lateByReceipt')
  return say(lateCounts ? 'lateCounts' : 'lateIsHeld', until)
}

function asksForMoney({ state }: PageFacts): boolean {
  return state === 'ready' || state === 'preparing' || state === 'atBank'
}

/** Once it is closed, its bank is asked by the plan for late money only. */
export function maySayPaid({ state }: PageFacts): boolean {
  return state === 'ready' || state === 'checking' || state === 'atBank'
}

/** What is posted was signed for this page: it goes to the bank as it is. */
function bankForm({ bankPage }: PaymentPage, say: Say): string {
  if (!bankPage || !isWeb(bankPage.action)) return ''
  const fields = Object.entries(bankPage.fields).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  )
  const form = `<form method="post" enctype="multipart/form-data" action="${escaped(bankPage.action)}">`
  return `${form}${fields.join('')}<button>${say('toBank')}</button></form>`
}

function paidForm({ path }: PaymentPage, say: Say): string {
  return `<form method="post" action="${escaped(path)}"><button>${say('paidButton')}</button></form>`
}

function nextLook(page: PaymentPage): string {
  const { isDelayed, nextCheckAt, now } = page
  if (!isDelayed || nextCheckAt === undefined || nextCheckAt <= now) return ''
  return speaker(page)('nextLook', nextCheckAt)
}

function refreshOf({ isDelayed, facts, reply }: PaymentPage): number {
  if (isDelayed) return refreshS.delayed
  // The next look has no reply on it: there is time to read this one.
  if (reply !== undefined) return refreshS.replied
  return facts.state === 'checking' ? refreshS.checking : refreshS.soon
}

function factList(page: PaymentPage, say: Say): string {
  const rows: [SentenceName, string][] = [
    ['amountLabel', amountWords(page.amount, page.language)],
    ...(page.merchant === undefined ? [] : [['merchantLabel', page.merchant] satisfies [SentenceName, string]]),
    [page.numberLabel, page.billNumber],
  ]
  return `<dl>${rows.map(([label, text]) => `<dt>${say(label)}</dt><dd>${escaped(text)}</dd>`).join('')}</dl>`
}

function linkToApp(deeplink: string | undefined, words: string): string {
  return isWeb(deeplink) || isOfApp(deeplink)
    ? `<a class="act" rel="noreferrer" href="${escaped(deeplink)}">${words}</a>`
    : ''
}

function linkToReceipt({ facts, receiptUrl }: PaymentPage, say: Say): string {
  if (facts.state !== 'paid' || !isWeb(receiptUrl)) return ''
  return `<a class="act plain" href="${escaped(receiptUrl)}">${say('receipt')}</a>`
}

function wayBack({ facts, returnUrl, cancelUrl }: PaymentPage, say: Say): string {
  const [url, words] =
    facts.state === 'ready' || facts.state === 'atBank'
      ? [cancelUrl, say('goWithoutPaying')]
      : [returnUrl ?? cancelUrl, say('backToShop')]
  return isWeb(url) ? `<a class="act plain" rel="noreferrer" href="${escaped(url)}">${words}</a>` : ''
}

function isWeb(url: string | undefined): url is string {
  return url !== undefined && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}

/** What a browser itself makes something of: none of them opens an app. */
const browserSchemes =
  /^(?:javascript|data|vbscript|file|filesystem|blob|about|view-source|https?|wss?|ftp|mailto|tel|sms|intent|jar|chrome|edge|resource):/i

/** An app's own scheme, such as abamobilebank://, which the bank's connector gave with the code. */
function isOfApp(url: string | undefined): url is string {
  return url !== undefined && /^[a-z][a-z\d+.-]{1,50}:\/\/[\x21-\x7e]+$/i.test(url) && !browserSchemes.test(url)
}
