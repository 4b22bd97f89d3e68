import type { Khqr } from '../code/khqr.ts'
import { type Currency, currencies } from '../tags.ts'

type Language = 'en' | 'km'

const currencyWords: Record<Currency, Record<Language, string>> = {
  USD: { en: 'USD', km: 'ដុល្លារ' },
  KHR: { en: 'KHR', km: 'រៀល' },
}

/** Who is paid, in the payer's language where the code says it in that language. */
export function nameWords(khqr: Readonly<Khqr>, language: Language): string {
  const { alternateName, merchantName, payeeAccount } = khqr
  const isAlternate = alternateName && khqr.language?.toLowerCase() === language
  return (isAlternate ? alternateName : merchantName) || payeeAccount || ''
}

/** Digits in groups of three, and the currency; undefined where the payer chooses the amount. */
export function amountWords(
  { money }: Readonly<Khqr>,
  language: Language,
): { readonly digits: string; readonly currency: string } | undefined {
  if (money === undefined) return undefined
  const { exponent } = currencies[money.currency]
  const all = money.amountMinor.toString().padStart(exponent + 1, '0')
  const whole = all.slice(0, all.length - exponent).replace(/\B(?=(?:[0-9]{3})+$)/g, ',')
  const decimals = exponent === 0 ? '' : `.${all.slice(-exponent)}`
  return { digits: whole + decimals, currency: currencyWords[money.currency][language] }
}

/**
 * A careful guess at how wide a text is: no font is at hand to measure with. Marks and the subscripts of Khmer stand
 * above or below a letter and take no room of their own.
 */
export function widthInEms(words: string): number {
  let ems = 0
  for (const [character] of words.replace(/\u17d2./gu, '').matchAll(/\P{Mn}/gu)) {
    if (/[,.: ]/.test(character)) ems += 0.3
    else if (/[A-Z@%&0-9]/.test(character)) ems += 0.66
    else if (character < '\u1000') ems += 0.56
    else ems += character < '\u2000' ? 0.8 : 1
  }
  return Math.max(1, ems)
}
