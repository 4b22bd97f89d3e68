import type { HostedPage } from '../../banks/purchase.ts'
import type { PayableKind } from '../../domain/payment.ts'
import type { Money } from '../../money/money.ts'
import { type Digits, inDigits, withWordBreaks } from '../khmer-text.ts'
import type { Language } from '../language.ts'
import type { PageLook } from '../page-look.ts'
import { shellOf } from '../page-shell.ts'
import { amountWords, escaped, timeWords } from '../page-text.ts'
import {
  actForm,
  bankForm,
  cancelForm,
  codeCard,
  factList,
  linkTo,
  mayCancel,
  mayHaveNewCode,
  maySayPaid,
  wayBack,
} from './page-parts.ts'
import type { PageFacts, PageState } from './page-state.ts'
import { headings, heldWords } from './state-words.ts'
import { type ReplyName, type SentenceName, sentences, type Subject, type Words } from './words.ts'

/** Everything a payment's page shows. It holds nothing about whoever pays. */
export type PaymentPage = {
  readonly language: Language
  readonly digits: Digits
  /** Of this page, without what is asked of it. */
  readonly path: string
  /** The same with what was chosen in this request, where the customer cannot keep a cookie. */
  readonly chosenPath: string
  /** The payment's own word. */
  readonly status: string
  readonly version: string
  readonly facts: PageFacts
  readonly kind: PayableKind
  readonly amount: Money
  readonly merchant: string | undefined
  /** Of the order, policy or top-up. */
  readonly billNumber: string
  readonly paymentNumber: number
  /** Of money that waits for a person: `sus_12`. */
  readonly heldIds: readonly string[]
  readonly code:
    | { readonly qrString: string; readonly deeplink: string | undefined; readonly expiresAt: Date }
    | undefined
  /** A code is being made at this moment. */
  readonly isMaking: boolean
  /** The bank's own page: a form that is posted there. */
  readonly bankPage: (HostedPage & { readonly expiresAt: Date }) | undefined
  readonly isDelayed: boolean
  readonly nextCheckAt: Date | undefined
  /** Whether money that comes after the end counts, or is held until somebody decides. */
  readonly lateCounts: boolean
  /** Whether a bank of its codes can be asked: one that cannot tells by itself. */
  readonly isAsked: boolean
  readonly now: Date
  /** What became of what the customer pressed. */
  readonly reply: ReplyName | undefined
  readonly receiptUrl: string | undefined
  readonly returnUrl: string | undefined
  readonly cancelUrl: string | undefined
  /** Where anybody may begin a top-up; undefined where that is switched off. */
  readonly topupPage: string | undefined
}

/** How soon a page without a script looks again, in seconds. */
const refreshS = { soon: 5, checking: 10, replied: 15, delayed: 30 }

/** Says one sentence as markup. */
export type Say = (
  words: SentenceName | Words,
  more?: { readonly at?: Date | undefined; readonly held?: Money },
) => string

export function paymentPage(look: PageLook, page: PaymentPage): string {
  const { facts } = page
  const say = speaker(look, page)
  const isSaidPaid = page.reply !== undefined && repliesToPaid.has(page.reply) && facts.state === 'ready'
  const state = isSaidPaid ? 'waiting' : facts.state
  const name = look.name ?? page.merchant ?? ''
  const asks = facts.state === 'ready' || facts.state === 'loading' || facts.state === 'bank_page'
  const heading = headingOf(facts, state, say)
  const title = asks && !isSaidPaid ? say('title') : heading
  return shellOf(look, {
    language: page.language,
    digits: page.digits,
    path: page.path,
    status: page.status,
    state,
    title,
    name,
    refresh: facts.isOpen ? { everyS: refreshOf(page), path: page.chosenPath } : undefined,
    told: {
      version: page.version,
      live: listens(page) ? page.path : undefined,
      now: page.now.toISOString(),
      frames: look.frameOrigins.length > 0 ? look.frameOrigins.join(' ') : undefined,
    },
    body: [
      '<div class="told">',
      `<div class="${facts.isPaid && !facts.isAllBack ? 'good' : 'open'}"><h1 id="state" tabindex="-1">${heading}</h1></div>`,
      // Where another amount came than was asked for, both stand in a sentence.
      state === 'held' || state === 'part' ? '' : amountLine(page),
      page.reply === undefined ? '' : `<p class="note" role="status">${say(page.reply)}</p>`,
      ...(isSaidPaid ? [say('saidPaidMore')] : moreAbout(page, say)).map((sentence) => `<p>${sentence}</p>`),
      ...facts.gone.map(({ way, amount }) => `<p>${say(way, { held: amount })}</p>`),
      '</div>',
      facts.state === 'ready' && !isSaidPaid ? `<div class="code">${codeCard(look, page, say)}</div>` : '',
      '<div class="more">',
      facts.state === 'bank_page' ? bankForm(page.bankPage, say) : '',
      ...actions(page, say, isSaidPaid),
      factList(page, say),
      ...notes(look, page, say),
      '</div>',
    ],
  })
}

/** A page about no payment that can be shown. */
export function plainPage(
  look: PageLook,
  page: Pick<PaymentPage, 'language' | 'digits' | 'path' | 'chosenPath'> & {
    readonly kind: 'notFound' | 'error' | 'refused'
    /** Seconds after which it may be shown again; undefined: it is not looked at again by itself. */
    readonly againS: number | undefined
  },
): string {
  const { language, kind, againS, chosenPath } = page
  const say = (name: SentenceName) => worded(sentences[name][language](noSubject), language)
  const status = kind === 'notFound' ? 'not_found' : kind
  return shellOf(look, {
    ...page,
    status,
    state: status,
    title: say(kind),
    name: look.name ?? '',
    refresh: againS === undefined ? undefined : { everyS: againS, path: chosenPath },
    told: { again: againS?.toString() },
    body: [
      `<h1 id="state" tabindex="-1">${say(kind)}</h1><p>${say(`${kind}More`)}</p>`,
      kind === 'notFound' ? '' : linkTo(chosenPath, say('tryAgain'), { isPlain: true }),
      look.contact === undefined ? '' : `<p>${escaped(look.contact)}</p>`,
    ],
  })
}

const noSubject: Subject = { amount: '', merchant: '', time: '', held: '', settled: '' }
const repliesToPaid: ReadonlySet<ReplyName> = new Set(['askedAndUnsure', 'notAskedNow', 'bankTells', 'underReview'])

function headingOf(facts: PageFacts, state: PageState, say: Say): string {
  if (facts.isBillPaid && state === 'expired') return say('billPaidHeading')
  if (facts.isAllBack) return say('allBackHeading')
  return say(headings[state === 'late' && facts.isAfterClosing ? 'paid' : state])
}

function speaker(look: PageLook, page: PaymentPage): Say {
  const { language, amount, facts, digits } = page
  const inWords = (money: Money) => inDigits(amountWords(money, language), digits)
  return (words, { at, held } = {}) => {
    const subject: Subject = {
      amount: inWords(amount),
      merchant: look.name ?? page.merchant ?? sentences.theShop[language](),
      time: at ? inDigits(timeWords(at, language), digits) : '',
      held: held ? inWords(held) : '',
      settled: inWords(facts.settled),
    }
    return worded((typeof words === 'string' ? sentences[words] : words)[language](subject), language)
  }
}

function worded(text: string, language: Language): string {
  return escaped(language === 'km' ? withWordBreaks(text) : text)
}

/** More letters than this are written smaller. */
const mostLarge = 9

function amountLine({ amount, digits }: PaymentPage): string {
  const text = amountSigns(amount)
  return `<p class="amount${text.length > mostLarge ? ' long' : ''}">${inDigits(escaped(text), digits)}</p>`
}

/** "$10.50", "4,000៛": as prices are written in Cambodia. */
function amountSigns(money: Money): string {
  const digits = amountWords(money, 'en').slice(4)
  return money.currency === 'USD' ? `$${digits}` : `${digits}៛`
}

/** What happens now, and to the money: by state. */
function moreAbout(page: PaymentPage, say: Say): string[] {
  const { facts } = page
  const { state } = facts
  const held = facts.held.flatMap(({ amount, arrived, reason }) => [
    say(heldWords[reason ?? 'unclear'], { held: arrived }),
    ...(amount.amountMinor < arrived.amountMinor ? [say('waitsOfIt', { held: amount })] : []),
  ])
  if (state === 'ready') return [say('readyMore')]
  if (state === 'bank_page') return [say('bank_pageMore', { at: page.bankPage?.expiresAt })]
  if (state === 'held') return held.length === 0 ? [say('heldElsewhere')] : [...held, say('heldMore')]
  if (facts.isPaid) {
    return [
      say(facts.isAllBack ? 'hadArrived' : 'paidMore'),
      ...(facts.isLate ? [say(facts.isAfterClosing ? 'paidAfterClosing' : 'paidLate')] : []),
      ...(facts.hasMore ? [...held, say('paidMoreThanOwed')] : []),
    ]
  }
  if (state === 'expired' || state === 'failed' || state === 'cancelled') {
    const why = facts.isBillPaid ? 'billPaid' : facts.hasGone ? 'doNotPay' : (`${state}More` as const)
    const hasUntold = facts.hasGone && facts.gone.length === 0
    return [...(hasUntold ? [say('goneMore')] : []), say(why), lateSentence(page, say)]
  }
  if (state === 'part') return [say('partMore')]
  if (state === 'loading') return page.isMaking ? [say('loadingMore')] : []
  if (state === 'disabled') return [say('disabledMore')]
  return [say(page.isAsked ? 'waitingMore' : 'waitingTold')]
}

function lateSentence({ facts, now, lateCounts, isAsked }: PaymentPage, say: Say): string {
  const until = facts.watchedUntil
  if (until === undefined || until <= now || !isAsked) return say('lateByReceipt')
  return say(lateCounts ? 'lateCounts' : 'lateIsHeld', { at: until })
}

/** What may be pressed, the likeliest first. */
function actions(page: PaymentPage, say: Say, isSaidPaid: boolean): string[] {
  const { facts, chosenPath } = page
  return [
    facts.isPaid ? linkTo(page.receiptUrl, say('receipt'), { isPlain: false }) : '',
    mayHaveNewCode(page) ? actForm(chosenPath, 'new_code', say('newCode'), { isPlain: false }) : '',
    isSaidPaid ? linkTo(chosenPath, say('showCode'), { isPlain: true }) : '',
    maySayPaid(facts) && !isSaidPaid ? actForm(chosenPath, 'paid', say('paidButton'), { isPlain: true }) : '',
    facts.isPaid ? wayBack(page, say) : '',
  ]
}

function notes(look: PageLook, page: PaymentPage, say: Say): string[] {
  const { facts } = page
  // Of what is held nobody knows yet whether it counts.
  const looks = facts.state === 'held' ? 'looksAgainOnly' : 'looksAgain'
  const canRing = facts.isOpen && facts.state !== 'held' && facts.state !== 'part'
  return [
    page.isDelayed && facts.isOpen ? `<p class="note">${say('delayed')}</p>` : '',
    facts.isOpen ? `<p class="quiet">${[nextLook(page, say), say(looks)].join(' ').trim()}</p>` : '',
    canRing
      ? `<button type="button" class="plain" id="chime" data-script data-chime="yes" hidden>${say('chime')}</button>`
      : '',
    `<p class="quiet">${say('askThem')}${look.contact === undefined ? '' : `<br>${escaped(look.contact)}`}</p>`,
    facts.isPaid ? '' : wayBack(page, say),
    mayCancel(facts) ? cancelForm(page.chosenPath, say) : '',
  ]
}

function nextLook({ isDelayed, nextCheckAt, now }: PaymentPage, say: Say): string {
  if (!isDelayed || nextCheckAt === undefined || nextCheckAt <= now) return ''
  return say('nextLook', { at: nextCheckAt })
}

/**
 * Whether its news are worth a line that stays open: late money may still come, and a person may decide about what waits for
 * him. Paid money may go back only by hand.
 */
function listens({ facts, now }: PaymentPage): boolean {
  if (facts.held.length > 0 || facts.state === 'part' || facts.gone.some(({ way }) => way === 'going_back')) return true
  return facts.isOpen || (facts.watchedUntil !== undefined && facts.watchedUntil > now)
}

function refreshOf({ isDelayed, facts, reply }: PaymentPage): number {
  if (isDelayed) return refreshS.delayed
  // The next look has no reply on it: there is time to read this one.
  if (reply !== undefined) return refreshS.replied
  return facts.state === 'waiting' ? refreshS.checking : refreshS.soon
}
