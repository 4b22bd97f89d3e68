import type { Digits } from './khmer-text.ts'
import type { Language } from './language.ts'
import type { PageLook } from './page-look.ts'
import { escaped } from './page-text.ts'

const languageNames: Record<Language, string> = { km: 'ខ្មែរ', en: 'English' }
const digitNames: Record<Digits, string> = { km: '១២៣', latn: '123' }
const labels = {
  language: { en: 'Language and digits', km: 'ភាសា និងលេខ' },
  digits: { en: 'Khmer digits', km: 'លេខខ្មែរ' },
  otherDigits: { en: 'Digits', km: 'លេខ' },
  offline: {
    en: 'There is no connection now. This page looks again as soon as there is one; your payment is not touched by it.',
    km: 'គ្មានអ៊ីនធឺណិតទេឥឡូវនេះ។ ទំព័រនេះពិនិត្យម្ដងទៀតនៅពេលមានអ៊ីនធឺណិតវិញ។ ការបង់ប្រាក់របស់អ្នកនៅដដែល។',
  },
} as const satisfies Record<string, Record<Language, string>>

export type Shell = {
  readonly language: Language
  readonly digits: Digits
  /** Of this page, without what is asked of it. */
  readonly path: string
  /** The payment's own word. */
  readonly status: string
  readonly state: string
  /** Markup. */
  readonly title: string
  /** Text, not markup; beside the logo. */
  readonly name: string
  /** Markup. */
  readonly body: readonly string[]
  /** Where there is no script, the page is loaded again. */
  readonly refresh: { readonly everyS: number; readonly path: string } | undefined
  /** What the script must know, as `data-` attributes of `main`. */
  readonly told: Readonly<Record<string, string | undefined>>
}

/** A page on which customers pay: head, switches and what is told to those who cannot see it change. */
export function shellOf(look: PageLook, page: Shell): string {
  const { language, digits, refresh } = page
  const told = Object.entries(page.told).map(([name, text]) =>
    text === undefined ? '' : ` data-${name}="${escaped(text)}"`,
  )
  return [
    `<!doctype html><html lang="${language}" data-status="${escaped(page.status)}" data-state="${escaped(page.state)}" data-digits="${digits}">`,
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">',
    refresh
      ? `<noscript><meta http-equiv="refresh" content="${refresh.everyS};url=${escaped(refresh.path)}"></noscript>`
      : '',
    `<title>${page.title}</title><link rel="stylesheet" href="${look.stylesheet}">`,
    `<script type="module" src="${look.script}"></script></head><body>`,
    `<header><p class="name">${logoOf(look)}<span>${escaped(page.name)}</span></p>${switches(page)}</header>`,
    `<p id="news" class="unseen" role="status"></p>`,
    `<p id="offline" class="note" role="status" hidden>${labels.offline[language]}</p>`,
    `<main${told.join('')}>`,
    ...page.body,
    '</main></body></html>\n',
  ].join('')
}

function logoOf({ logoPath }: PageLook): string {
  return logoPath === undefined ? '' : `<img src="${logoPath}" alt="" height="36">`
}

function switches({ language, digits, path }: Shell): string {
  const other: Language = language === 'km' ? 'en' : 'km'
  const otherDigits: Digits = digits === 'km' ? 'latn' : 'km'
  const to = (lang: Language, numbers: Digits) => escaped(`${path}?lang=${lang}&digits=${numbers}`)
  const digitsLabel = otherDigits === 'km' ? labels.digits[language] : labels.otherDigits[language]
  return (
    `<nav aria-label="${labels.language[language]}">` +
    `<a href="${to(language, otherDigits)}" aria-label="${digitsLabel} ${digitNames[otherDigits]}">${digitNames[otherDigits]}</a>` +
    `<a href="${to(other, digits)}" lang="${other}" hreflang="${other}">${languageNames[other]}</a></nav>`
  )
}

/** Only our own files are fetched, nothing inline runs, and a form goes back to us, or to the bank whose page it shows. */
export function pagePolicy({ frameOrigins }: PageLook, bankPage: string | undefined): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    `form-action 'self'${bankPage === undefined ? '' : ` ${new URL(bankPage).origin}`}`,
    "base-uri 'none'",
    `frame-ancestors ${frameOrigins.length === 0 ? "'none'" : frameOrigins.join(' ')}`,
  ].join('; ')
}
