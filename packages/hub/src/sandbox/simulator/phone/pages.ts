import { openWays, type Sum, sumOf, type Way } from './pay-ways.ts'
import { largestPictureBytes } from './read-picture.ts'
import type { Outcome } from './till.ts'
import type { SeenCode } from './waiting-codes.ts'
import { type Language, sentBack, type WordName, wayWords, words } from './words.ts'

/** Whose language, and where the page itself is, for the other one. */
export type Looker = { readonly language: Language; readonly path: string }

const languageNames: Record<Language, string> = { km: 'ខ្មែរ', en: 'English' }

/** What is waiting, and the scanner. */
export function listPage(
  looker: Looker,
  { waiting, ended }: { readonly waiting: readonly SeenCode[]; readonly ended: readonly SeenCode[] },
  problem?: WordName,
): string {
  const say = speaker(looker)
  const items = (codes: readonly SeenCode[]) =>
    `<ul class="codes">${codes.map((one) => item(one, looker)).join('')}</ul>`
  return phone(looker, 'list', [
    problem === undefined ? '' : `<p class="note" role="alert">${say(problem)}</p>`,
    `<section id="waiting"><h1>${say('waitingTitle')} <span class="count">${waiting.length}</span></h1>`,
    waiting.length === 0 ? `<p class="quiet">${say('noneWaiting')}</p>` : items(waiting),
    ended.length === 0 ? '' : `<h2>${say('endedTitle')}</h2>${items(ended)}`,
    `<p class="again"><a href="/phone">${say('lookAgain')}</a></p></section>`,
    '<form class="scan" method="post" action="/phone/scan" enctype="multipart/form-data">',
    `<h2>${say('scanTitle')}</h2>`,
    `<label for="qr">${say('scanText')}</label>`,
    '<textarea id="qr" name="qr" rows="3" maxlength="1200" spellcheck="false" autocomplete="off"></textarea>',
    `<label for="picture">${say('scanPicture')}</label>`,
    `<input id="picture" type="file" name="picture" accept="image/png,image/jpeg" data-most="${largestPictureBytes}" data-too-large="${say('tooLarge')}">`,
    `<button class="main">${say('scanButton')}</button></form>`,
  ])
}

/** What a customer sees before he pays. `once` makes a second press of the button the same payment. */
export function payPage(looker: Looker, code: SeenCode, once: string, problem?: WordName): string {
  const say = speaker(looker)
  const open = openWays(code)
  const [first, ...others] = open.filter((way) => way !== 'decline')
  return phone(looker, 'pay', [
    `<p class="who">${escaped(code.merchantName)}</p>`,
    `<h1 class="sum">${code.amount === undefined ? say('anyAmount') : sumWords({ amount: code.amount, currency: code.currency })}</h1>`,
    stateNote(code, say),
    problem === undefined ? '' : `<p class="note" role="alert">${say(problem)}</p>`,
    '<form method="post" action="/phone/pay">',
    `<input type="hidden" name="qr" value="${escaped(code.qr)}"><input type="hidden" name="once" value="${escaped(once)}">`,
    code.amount === undefined && open.length > 0 ? amountField(code, say) : '',
    facts(
      [
        ['to', code.merchantName],
        ['account', code.account],
        ['bank', code.bank],
        ['reference', code.reference],
        [
          'end',
          code.endsAtMs === undefined
            ? words.endsNever[looker.language]
            : `${clock(code.endsAtMs)} (${words.phnomPenh[looker.language]})`,
        ],
      ],
      say,
    ),
    first === undefined ? '' : wayButton(first, code, looker, 'main'),
    open.includes('decline') ? wayButton('decline', code, looker, 'plain') : '',
    others.length === 0 ? '' : `<details><summary>${say('badDays')}</summary>`,
    ...others.map((way) => wayButton(way, code, looker, 'row')),
    others.length === 0 ? '' : '</details>',
    code.kind === 'bakong' ? `<p class="quiet">${say('bakongTells')}</p>` : '',
    `</form><p class="again"><a href="/phone">${say('back')}</a></p>`,
  ])
}

export function outcomePage(looker: Looker, outcome: Extract<Outcome, { kind: 'done' | 'refused' }>): string {
  const { language } = looker
  const say = speaker(looker)
  const { code } = outcome
  const back = `<a class="button main" href="/phone">${say('back')}</a>`
  if (outcome.kind === 'refused') {
    const said = outcome.said === undefined ? '' : `<p class="quiet" lang="en">${escaped(outcome.said)}</p>`
    return phone(looker, 'refused', [
      sign('no'),
      `<h1>${say('refused')}</h1><p>${say('nothingMoved')}</p>`,
      stateNote(code, say),
      said,
      back,
    ])
  }
  const { way, transfers } = outcome
  const isBack = transfers.some(({ isReversed }) => isReversed)
  const more = isBack ? sentBack : moreOf(way, code)
  return phone(looker, way === 'decline' ? 'declined' : 'paid', [
    sign(way === 'decline' || isBack ? 'no' : 'yes'),
    `<h1>${escaped(worded(wayWords[way].title, language))}</h1>`,
    transfers.length === 0 ? '' : `<p class="sum">${allSums(transfers)}</p>`,
    `<p>${escaped(worded(more, language))}</p>`,
    facts(
      [
        ['to', code.merchantName],
        ['bank', code.bank],
        ['reference', code.reference],
        ...transfers.map((one) => ['transaction', one.transactionId] as const),
      ],
      say,
    ),
    back,
  ])
}

/** One sentence, and the way back. */
export function sentencePage(looker: Looker, sentence: WordName): string {
  const say = speaker(looker)
  return phone(looker, 'sentence', [
    sign('no'),
    `<h1>${say('notHere')}</h1><p>${say(sentence)}</p><a class="button main" href="/phone">${say('back')}</a>`,
  ])
}

type Say = (name: WordName) => string

function speaker({ language }: Looker): Say {
  return (name) => escaped(worded(words[name], language))
}

const wordsOfKhmer = new Intl.Segmenter('km', { granularity: 'word' })

/** Khmer has no spaces between words: an invisible one says where a line may end. */
function worded(said: Readonly<Record<Language, string>>, language: Language): string {
  if (language === 'en') return said.en
  return said.km.replace(/[\u1780-\u17d3]{6,}/g, (run) =>
    [...wordsOfKhmer.segment(run)].map(({ segment }) => segment).join('\u200b'),
  )
}

function phone(looker: Looker, screen: string, body: readonly string[]): string {
  const { language, path } = looker
  const say = speaker(looker)
  const other: Language = language === 'km' ? 'en' : 'km'
  const otherPath = `${path}${path.includes('?') ? '&' : '?'}lang=${other}`
  return [
    `<!doctype html><html lang="${language}" data-screen="${screen}"><head><meta charset="utf-8">`,
    `<meta name="viewport" content="width=device-width,initial-scale=1"><title>${say('app')}</title>`,
    '<link rel="icon" href="data:,"><link rel="stylesheet" href="/phone/assets/phone.css">',
    '<script src="/phone/assets/phone.js" defer></script></head><body><div class="phone"><header>',
    `<a class="app" href="/phone">${say('app')}</a>`,
    `<a class="other" href="${escaped(otherPath)}" lang="${other}" hreflang="${other}">${languageNames[other]}</a></header>`,
    `<main>${body.join('')}</main><footer>${say('noMoney')}</footer></div></body></html>\n`,
  ].join('')
}

function item(
  { qr, merchantName, amount, currency, bank, reference, endsAtMs, state }: SeenCode,
  looker: Looker,
): string {
  const { language } = looker
  const when =
    endsAtMs === undefined
      ? words.endsNever[language]
      : `${words[state === 'ended' ? 'ended' : 'ends'][language]} ${clock(endsAtMs)}`
  const sum = amount === undefined ? escaped(words.anyAmount[language]) : sumWords({ amount, currency })
  return [
    `<li><a href="/phone?qr=${escaped(encodeURIComponent(qr))}"><span class="who">${escaped(merchantName)}</span>`,
    `<span class="sum">${sum}</span><span class="where">${escaped(bank)} · ${escaped(shortened(reference))}</span>`,
    `<span class="when">${escaped(when)}</span></a></li>`,
  ].join('')
}

function stateNote({ state, kind }: SeenCode, say: Say): string {
  if (state === 'waiting') return ''
  const name = state === 'ended' ? 'isEnded' : kind === 'payway' ? 'isOver' : 'isPaid'
  return `<p class="note">${say(name)}</p>`
}

function amountField({ currency }: SeenCode, say: Say): string {
  return [
    `<label for="amount">${say('amount')} (${currency})</label>`,
    `<input id="amount" name="amount" inputmode="decimal" maxlength="20" autocomplete="off" required placeholder="${currency === 'USD' ? '10.00' : '40000'}">`,
  ].join('')
}

/** What a way plays at this bank. */
function moreOf(way: Way, { kind }: SeenCode): Readonly<Record<Language, string>> {
  if (kind === 'bakong' && way === 'normal') return words.bakongTells
  if (kind === 'bakong' && way === 'twice') return words.bakongTwice
  return wayWords[way].more
}

function wayButton(way: Way, code: SeenCode, { language }: Looker, look: 'main' | 'plain' | 'row'): string {
  const { amount, currency } = code
  const { button } = wayWords[way]
  const sum = amount === undefined || way === 'decline' ? undefined : sumOf(way, { amount, currency })
  // No cent can be halved: then it cannot be paid so.
  const isOff = amount !== undefined && way !== 'decline' && sum === undefined
  const more = moreOf(way, code)
  const explained = look === 'row' ? `<span class="quiet">${escaped(worded(more, language))}</span>` : ''
  // Declining needs no amount.
  const free = way === 'decline' ? ' formnovalidate' : ''
  const times = way === 'twice' ? '2 × ' : ''
  const shown = sum === undefined ? '' : ` <span class="sum">${times}${sumWords(sum)}</span>`
  return `<button class="${look}" name="way" value="${way}"${free}${isOff ? ' disabled' : ''}><span class="what">${escaped(worded(button, language))}${shown}</span>${explained}</button>`
}

function facts(rows: readonly (readonly [WordName, string])[], say: Say): string {
  return `<dl>${rows.map(([name, text]) => `<dt>${say(name)}</dt><dd>${escaped(text)}</dd>`).join('')}</dl>`
}

function sign(kind: 'yes' | 'no'): string {
  return `<p class="sign ${kind}" aria-hidden="true">${kind === 'yes' ? '✓' : '✕'}</p>`
}

/** "2 × $150.00": however often it is paid, it is the same sum. */
function allSums(transfers: readonly Sum[]): string {
  const [first] = transfers
  const times = transfers.length > 1 ? `${transfers.length} × ` : ''
  return first === undefined ? '' : times + sumWords(first)
}

/** "$1,500.00" or "60,000 ៛". */
function sumWords({ amount, currency }: Sum): string {
  const [whole = '', cents] = amount.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return currency === 'USD' ? `$${grouped}.${cents ?? '00'}` : `${grouped}&nbsp;៛`
}

/** An MD5 in place of a number is too long for a list. */
function shortened(reference: string): string {
  return reference.length > 22 ? `${reference.slice(0, 10)}…${reference.slice(-6)}` : reference
}

const clockOfPhnomPenh = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Asia/Phnom_Penh',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

function clock(atMs: number): string {
  return clockOfPhnomPenh.format(atMs)
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
