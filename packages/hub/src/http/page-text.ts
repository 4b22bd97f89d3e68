import { type Money, printAmount } from '../money/money.ts'
import type { Language } from './language.ts'

// How pages and papers for customers write what they show.

const currencyWords: Record<Money['currency'], string> = { USD: 'ដុល្លារ', KHR: 'រៀល' }

/** "USD 1,000.00", or "1,000.00 ដុល្លារ". */
export function amountWords({ amountMinor, currency }: Money, language: Language): string {
  const digits = printAmount(amountMinor, currency).replace(/\B(?=(?:\d{3})+(?!\d))(?<!\.\d*)/g, ',')
  return language === 'km' ? `${digits} ${currencyWords[currency]}` : `${currency} ${digits}`
}

const clocks: Record<Language, Intl.DateTimeFormat> = { km: clockOf('km-KH'), en: clockOf('en-GB') }

/** Whoever pays is in Cambodia. */
function clockOf(locale: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, {
    year: 'numeric',
    timeZone: 'Asia/Phnom_Penh',
    numberingSystem: 'latn',
    day: 'numeric',
    month: 'long',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
}

/** "7 January at 12:01", a moment that is near, by the clocks of Phnom Penh. */
export function timeWords(at: Date, language: Language): string {
  const { day, month, hour, minute } = partsOf(at, language)
  if (language === 'en') return `${day} ${month} at ${hour}:${minute}`
  return `ថ្ងៃទី ${day} ខែ${month} ម៉ោង ${hour}:${minute}`
}

/** "7 January 2026, 12:01", by the clocks of Phnom Penh. */
export function dateWords(at: Date, language: Language): string {
  const { day, month, year, hour, minute } = partsOf(at, language)
  if (language === 'en') return `${day} ${month} ${year}, ${hour}:${minute}`
  return `ថ្ងៃទី ${day} ខែ${month} ឆ្នាំ${year} ម៉ោង ${hour}:${minute}`
}

function partsOf(at: Date, language: Language): Partial<Record<Intl.DateTimeFormatPartTypes, string>> {
  return Object.fromEntries(clocks[language].formatToParts(at).map(({ type, value }) => [type, value]))
}

const references: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => references[character] ?? '')
}
