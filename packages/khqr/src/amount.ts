import { type Currency, currencies } from './tags.ts'

/** An exact amount: an integer in the currency's smallest paid unit (USD cents, KHR whole riel). */
export type Money = { readonly amountMinor: bigint; readonly currency: Currency }

/**
 * Reads a plain decimal ("12.5", "5000.0") as minor units, without binary arithmetic. Trailing zeros are not decimals;
 * any other digit beyond the currency's decimals is refused, never rounded. Undefined for anything that is not such a text.
 */
export function readAmount(text: string, currency: Currency): bigint | undefined {
  // Bounded, so that a megabyte of digits costs nothing.
  if (!/^[0-9]{1,20}(?:\.[0-9]{1,18})?$/.test(text)) return undefined
  const { exponent } = currencies[currency]
  const point = text.indexOf('.')
  if (point < 0) return BigInt(text + zeros(exponent))
  let end = text.length
  while (text.charAt(end - 1) === '0') end--
  const decimals = end - point - 1
  if (decimals > exponent) return undefined
  return BigInt(text.slice(0, point) + text.slice(point + 1, end) + zeros(exponent - decimals))
}

/** Writes an amount as the official SDK writes the number: whole amounts bare ("3"), others with two decimals ("3.50"). */
export function writeAmount({ amountMinor, currency }: Money): string {
  const { exponent } = currencies[currency]
  const digits = amountMinor.toString().padStart(exponent + 1, '0')
  const decimals = exponent === 0 ? '' : digits.slice(-exponent)
  if (decimals === zeros(exponent)) return digits.slice(0, digits.length - exponent)
  return `${digits.slice(0, -exponent)}.${decimals}`
}

function zeros(count: number): string {
  return count === 2 ? '00' : count === 1 ? '0' : ''
}
