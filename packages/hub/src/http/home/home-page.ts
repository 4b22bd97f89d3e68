import type { Refusal } from '../../domain/errors.ts'
import type { Money } from '../../money/money.ts'
import type { NewestPayment } from '../../store/newest-payments.ts'
import { withWordBreaks } from '../khmer-text.ts'
import type { Language } from '../language.ts'
import { amountWords, escaped } from '../page-text.ts'
import type { BillState } from './bill-states.ts'
import type { Document } from './docs.ts'
import type { Samples, Service, Words } from './samples.ts'
import { statusWords, type WordName, words } from './words.ts'

export type Frame = { readonly language: Language; readonly path: string; readonly stylesheet: string }

export type Home = Frame & {
  readonly samples: Samples
  readonly bills: ReadonlyMap<string, BillState>
  readonly payments: readonly NewestPayment[]
  readonly banks: readonly { readonly code: string; readonly active: boolean }[]
  /** By a service's name; whoever is not named serves this page. */
  readonly isUp: Readonly<Record<string, boolean>>
  readonly docs: readonly Document[]
}

const languageNames: Record<Language, string> = { km: 'ខ្មែរ', en: 'English' }

export function homePage(home: Home): string {
  const say = speaker(home.language)
  const isAway = home.isUp['simulator'] === false
  return documentOf(home, [
    isAway ? `<p class="note" role="alert">${say(words.simulatorAway)}</p>` : '',
    steps(home),
    '<div class="columns"><div>',
    section('premiums', say, premiums(home)),
    section('orders', say, orders(home)),
    section('topups', say, topups(home)),
    '</div><div>',
    section('last', say, payments(home)),
    section('runs', say, running(home)),
    '</div></div>',
    section('more', say, links(home)),
  ])
}

/** What a button led to, where it was no payment's page. `isAway`: because the simulator does not answer. */
export function refusedPage(frame: Frame, refusal: Refusal, isAway: boolean): string {
  const say = speaker(frame.language)
  const { code, message, details } = refusal
  const more = typeof details === 'string' ? [details] : Object.values(details ?? {}).map(String)
  const advice = isAway ? words.simulatorAway : adviceFor[code]
  return documentOf(frame, [
    `<section id="refused"><h2>${say(words.refused)}</h2>${advice ? `<p>${say(advice)}</p>` : ''}<div class="quiet" lang="en">`,
    ...new Set([message, ...more].map((one) => `<p>${escaped(one)}</p>`)),
    `</div><p><a class="act" href="/">${say(words.back)}</a></p></section>`,
  ])
}

/** What to do about a refusal, in the reader's language; the refusal itself speaks English. */
const adviceFor: Partial<Record<Refusal['code'], Words>> = {
  RESOURCE_NOT_FOUND: words.nothingDue,
  RATE_LIMIT_EXCEEDED: words.tooOften,
}

function steps({ samples, language }: Home): string {
  const say = speaker(language)
  const phone = `<a class="act" href="${escaped(samples.phoneUrl)}" target="phone">${say(words.phone)}</a>`
  const one = (said: Words, more = '') => `<li><p>${say(said)}</p>${more}</li>`
  return [
    `<section id="start"><h2>${say(words.start)}</h2><p class="quiet">${say(words.intro)}</p>`,
    `<ol class="steps">${one(words.stepPress)}${one(words.stepPhone, phone)}${one(words.stepPaid)}</ol></section>`,
  ].join('')
}

type Say = (words: Words) => string

function speaker(language: Language): Say {
  return (said) => escaped(language === 'km' ? withWordBreaks(said.km) : said.en)
}

function documentOf({ language, path, stylesheet }: Frame, body: readonly string[]): string {
  const say = speaker(language)
  const other: Language = language === 'km' ? 'en' : 'km'
  const here = path === '/' ? path : '/'
  return [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">',
    `<link rel="icon" href="data:,"><title>${say(words.title)}</title><link rel="stylesheet" href="${stylesheet}"></head>`,
    `<body><header><h1><a href="/">${say(words.title)}</a></h1>`,
    `<a class="other" href="${here}?lang=${other}" lang="${other}" hreflang="${other}">${languageNames[other]}</a></header>`,
    `<main>${body.join('')}</main></body></html>\n`,
  ].join('')
}

function section(name: WordName, say: Say, body: readonly string[]): string {
  return `<section id="${name}"><h2>${say(words[name])}</h2>${body.join('')}</section>`
}

type Row = {
  readonly title: string
  readonly more: string
  readonly what: string
  readonly which: string
  readonly press: Words
  readonly isOff?: boolean
}

/** One sample: what it is, and the button that opens its page. Texts are markup. Who hears the button hears of what, too. */
function row(say: Say, { title, more, what, which, press, isOff = false }: Row): string {
  return [
    `<form class="row" method="post" action="/sandbox/pay"><p><strong>${title}</strong><br><span class="quiet">${more}</span></p>`,
    `<input type="hidden" name="what" value="${what}"><input type="hidden" name="which" value="${escaped(which)}">`,
    `<button${isOff ? ' disabled' : ''}>${say(press)}<span class="unseen"> ${title}</span></button></form>`,
  ].join('')
}

function premiums({ samples, bills, language }: Home): string[] {
  const say = speaker(language)
  const rows = samples.premiums.map(({ number, bank }) => {
    const bill = bills.get(number) ?? { state: 'unknown' }
    const owes =
      bill.state === 'due'
        ? `${sum(bill.amount, language)}, ${say(words.through)} ${escaped(bank)}`
        : say(bill.state === 'settled' ? words.paid : words.notKnown)
    const isOff = bill.state === 'settled'
    return row(say, {
      title: escaped(number),
      more: owes,
      what: 'premium',
      which: number,
      press: words.pay,
      isOff,
    })
  })
  const fresh = { title: say(words.newBill), more: say(words.newBillMore), what: 'new-bill', which: '' }
  return [...rows, row(say, { ...fresh, press: words.pay })]
}

function orders({ samples, language }: Home): string[] {
  const say = speaker(language)
  return samples.orders.map(({ name, what, through, total }) => {
    const more = `${sum(total, language)}, ${say(words.through)} ${say(through)}`
    return row(say, { title: say(what), more, what: 'order', which: name, press: words.pay })
  })
}

function topups({ samples, language }: Home): string[] {
  const say = speaker(language)
  const rows = samples.topups.map(({ userId, amount, through }) =>
    row(say, {
      title: `${say(words.wallet)} ${escaped(userId)}`,
      more: `${sum(amount, language)}, ${say(words.through)} ${escaped(through)}`,
      what: 'topup',
      which: userId,
      press: words.topUp,
    }),
  )
  if (samples.topupPath === undefined) return rows
  return [...rows, `<p class="row"><a href="${escaped(samples.topupPath)}">${say(words.otherTopup)}</a></p>`]
}

function sum(amount: Money, language: Language): string {
  return `<span class="sum">${escaped(amountWords(amount, language))}</span>`
}

function payments({ payments: newest, language }: Home): string[] {
  const say = speaker(language)
  if (newest.length === 0) return [`<p class="quiet">${say(words.noneYet)}</p>`]
  const rows = newest.map(({ number, amount, status, isHeld, checkoutToken, ...payable }) => {
    const name =
      payable.userId === undefined ? escaped(payable.billNumber) : `${say(words.wallet)} ${escaped(payable.userId)}`
    const shown = checkoutToken === undefined ? name : `<a href="/pay/${escaped(checkoutToken)}">${name}</a>`
    return [
      `<li data-number="${number}" data-status="${status}"><span class="what">${shown}</span>${sum(amount, language)}`,
      // Money that waits for a person is what there is to know, paid or not.
      `<span class="status ${isHeld ? 'held' : status}">${say(isHeld ? words.held : statusWords[status])}</span></li>`,
    ].join('')
  })
  return [`<ul class="payments">${rows.join('')}</ul><p><a href="/">${say(words.lookAgain)}</a></p>`]
}

function running({ samples, banks, isUp, language }: Home): string[] {
  const say = speaker(language)
  const rows = samples.services.map((service) => serviceRow(service, isUp[service.name] ?? true, say))
  const codes = banks.map(({ code, active }) => (active ? escaped(code) : `${escaped(code)} (${say(words.off)})`))
  return [
    `<table><tbody>${rows.join('')}</tbody></table>`,
    `<p class="quiet">${say(words.banks)}: ${codes.join(', ')}</p>`,
  ]
}

function serviceRow({ name, port, does }: Service, isUp: boolean, say: Say): string {
  const at = port === undefined ? '' : ` <span class="quiet">${say(words.port)} ${port}</span>`
  return [
    `<tr><td>${escaped(name)}${at}<br><span class="quiet">${say(does)}</span></td>`,
    `<td><span class="status ${isUp ? 'completed' : 'failed'}">${say(isUp ? words.up : words.down)}</span></td></tr>`,
  ].join('')
}

function links({ samples, docs, language }: Home): string[] {
  const say = speaker(language)
  const link = (url: string, text: string) => `<li><a href="${escaped(url)}">${text}</a></li>`
  return [
    '<ul class="links">',
    link(samples.journalUrl, say(words.journal)),
    link('/actuator/health', say(words.health)),
    link('/actuator/prometheus', say(words.metrics)),
    '</ul>',
    docs.length === 0 ? '' : `<h3>${say(words.docs)}</h3><ul class="links" lang="en">`,
    ...docs.map(({ title, path }) => link(path, escaped(title))),
    docs.length === 0 ? '' : '</ul>',
  ]
}
