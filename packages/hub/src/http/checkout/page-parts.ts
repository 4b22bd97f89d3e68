import { cardSvg } from '@khqr-hub/khqr'
import type { HostedPage } from '../../banks/purchase.ts'
import { inDigits } from '../khmer-text.ts'
import type { PageLook } from '../page-look.ts'
import { escaped } from '../page-text.ts'
import type { PaymentPage, Say } from './page.ts'
import type { PageFacts } from './page-state.ts'
import type { SentenceName } from './words.ts'

const cardWidth = 320

/** Once it is closed, its bank is asked by the plan for late money only. */
export function maySayPaid({ isOpen, state }: PageFacts): boolean {
  return isOpen && state !== 'loading' && state !== 'held' && state !== 'part'
}

export function mayCancel({ isOpen, state }: PageFacts): boolean {
  return isOpen && state !== 'held' && state !== 'part'
}

/**
 * A top-up is begun anew, not paid with another code: whoever asked for it waits for that one. An order's code must have
 * ended before it gets another one.
 */
export function mayHaveNewCode(page: Pick<PaymentPage, 'facts' | 'kind' | 'isMaking'>): boolean {
  const { facts, kind, isMaking } = page
  if (kind === 'topup' || facts.isBillPaid) return false
  if (facts.state === 'loading') return !isMaking
  if (facts.state === 'disabled') return kind === 'premium'
  return ['waiting', 'expired', 'failed', 'cancelled'].includes(facts.state)
}

/** The card, what opens or saves it, and how long it may be paid. */
export function codeCard(look: PageLook, page: PaymentPage, say: Say): string {
  const { code, digits, language } = page
  if (!code) return ''
  const apps = look.apps.map((name) => `<li>${escaped(name)}</li>`).join('')
  const picture = `${page.path}/card.png`
  return [
    opensApp(code.deeplink) ? linkTo(code.deeplink, say('openApp'), { isPlain: false, classes: 'phone' }) : '',
    `<p class="phone quiet">${say('onPhone')}</p>`,
    `<div class="card">${inCardDigits(cardSvg(code.qrString, { width: cardWidth, language }), digits)}</div>`,
    `<p class="ends">${say('payBefore', { at: code.expiresAt })} <span data-script hidden>${say('timeLeft')} `,
    `<b role="timer" data-ends="${code.expiresAt.toISOString()}"></b></span></p>`,
    `<a class="act plain" id="picture" href="${escaped(picture)}" download="khqr-${page.paymentNumber}.png">${say('savePicture')}</a>`,
    phoneLink(look, code.qrString, say('sandboxPhone')),
    apps === '' ? '' : `<details><summary>${say('apps')}</summary><p>${say('appsMore')}</p><ul>${apps}</ul></details>`,
    `<details><summary>${say('text')}</summary><textarea id="khqr" rows="4" readonly aria-label="${say('text')}" spellcheck="false">`,
    `${escaped(code.qrString)}</textarea><button type="button" class="plain" data-script data-copy="khqr" `,
    `data-done="${say('copied')}" hidden>${say('copy')}</button></details>`,
  ].join('')
}

/** Beside the page, which is to be watched. */
function phoneLink({ sandboxPhone }: PageLook, qrString: string, words: string): string {
  if (sandboxPhone === undefined) return ''
  const url = `${sandboxPhone}?qr=${encodeURIComponent(qrString)}`
  return `<a class="act plain" href="${escaped(url)}" target="phone">${words}</a>`
}

/** The card's words alone: its drawing is made of digits, too. */
function inCardDigits(svg: string, digits: PaymentPage['digits']): string {
  return svg.replace(/(<tspan[^>]* font-weight="700"[^>]*>)([^<]*)/g, (_all, tag: string, words: string) => {
    return tag + inDigits(words, digits)
  })
}

/** What is posted was signed for this page: it goes to the bank as it is, and out of the frame of a shop: banks are in none. */
export function bankForm(bankPage: HostedPage | undefined, say: Say): string {
  if (!bankPage || !isWeb(bankPage.action)) return ''
  const fields = Object.entries(bankPage.fields).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  )
  const form = `<form method="post" target="_top" enctype="multipart/form-data" action="${escaped(bankPage.action)}">`
  return `${form}${fields.join('')}<button>${say('toBank')}</button></form>`
}

export function actForm(
  path: string,
  act: 'paid' | 'new_code' | 'cancel',
  words: string,
  { isPlain }: { readonly isPlain: boolean },
): string {
  return (
    `<form method="post" action="${escaped(path)}"><input type="hidden" name="act" value="${act}">` +
    `<button id="act-${act}"${isPlain ? ' class="plain"' : ''}>${words}</button></form>`
  )
}

/** Asks once more before anything happens. */
export function cancelForm(path: string, say: Say): string {
  const form = actForm(path, 'cancel', say('cancelYes'), { isPlain: true })
  return `<details><summary>${say('cancel')}</summary><p>${say('cancelMore')}</p>${form}</details>`
}

const numberLabels = { premium: 'policyLabel', order: 'orderLabel', topup: 'topupLabel' } as const

export function factList(page: PaymentPage, say: Say): string {
  const rows: [SentenceName, string][] = [
    ...(page.merchant === undefined ? [] : [['merchantLabel', page.merchant] satisfies [SentenceName, string]]),
    [numberLabels[page.kind], page.billNumber],
    ['caseLabel', caseCodes(page)],
  ]
  return `<dl>${rows.map(([label, text]) => `<dt>${say(label)}</dt><dd>${escaped(text)}</dd>`).join('')}</dl>`
}

/** By these whoever is asked finds the payment, and the money that waits for him. */
function caseCodes({ paymentNumber, heldIds }: PaymentPage): string {
  return [String(paymentNumber), ...heldIds].join(' · ')
}

export function wayBack({ facts, kind, returnUrl, cancelUrl, topupPage }: PaymentPage, say: Say): string {
  const isPayable = facts.state === 'ready' || facts.state === 'bank_page'
  const [url, words] = isPayable
    ? [cancelUrl, say('goWithoutPaying')]
    : [returnUrl ?? cancelUrl, say(kind === 'order' ? 'backToShop' : 'goBack')]
  const back = isWeb(url) ? linkTo(url, words, { isPlain: true }) : ''
  const isOver = kind === 'topup' && !facts.isOpen
  return isOver && topupPage !== undefined ? back + linkTo(topupPage, say('anotherTopup'), { isPlain: true }) : back
}

/** A link that looks like a button; nothing where it leads nowhere. It leaves the frame of a shop that shows the page. */
export function linkTo(
  url: string | undefined,
  words: string,
  { isPlain, classes = '' }: { readonly isPlain: boolean; readonly classes?: string },
): string {
  if (url === undefined || !(url.startsWith('/') || opensApp(url))) return ''
  const names = ['act', isPlain ? 'plain' : '', classes].filter((name) => name !== '').join(' ')
  const frame = url.startsWith('/') ? '' : ' target="_top"'
  return `<a class="${names}" rel="noreferrer" href="${escaped(url)}"${frame}>${words}</a>`
}

/** What a browser itself makes something of: none of them opens an app, whoever gave it to us. */
const browserSchemes =
  /^(?:javascript|data|vbscript|file|filesystem|blob|about|view-source|content|https?|wss?|ftp|mailto|tel|sms|intent|jar|chrome|edge|resource):/i

/** A page of the bank, or an app's own scheme, such as abamobilebank://, which the bank's connector gave with the code. */
function opensApp(url: string | undefined): boolean {
  if (isWeb(url)) return true
  return url !== undefined && /^[a-z][a-z\d+.-]{1,50}:\/\/[\x21-\x7e]+$/i.test(url) && !browserSchemes.test(url)
}

function isWeb(url: string | undefined): url is string {
  return url !== undefined && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}
