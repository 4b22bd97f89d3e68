import { type Currency, currencies } from './tags.ts'

/** An exact amount: an integer in the currency's smallest paid unit (USD cents, KHR whole riel). */
export type Money = { readonly amountMinor: bigint; readonly currency: Currency }

/**
 * Reads a plain decimal ("12.5", "5000.0") as minor units, without binary arithmetic. Trailing zeros are not decimals;
 * any other digit beyond the currency's decimals is refused, never rounded. Undefined for anything that is not such a text.
 */
export function readAmount(text: string, currency: Currency): bigint | undefined {
  // Bounded before the pattern runs: a megabyte of digits must cost nothing.
  if (text.length > 40) return undefined
  const parts = /^(\d{1,20})(?:\.(\d{1,18}))?$/.exec(text)
  if (parts === null) return undefined
  const { exponent } = currencies[currency]
  const decimals = (parts[2] ?? '').replace(/0+$/, '')
  return decimals.length > exponent ? undefined : BigInt(parts[1] + decimals.padEnd(exponent, '0'))
}

/** Writes an amount as the official SDK writes the number: whole amounts bare ("3"), others with two decimals ("3.50"). */
export function writeAmount({ amountMinor, currency }: Money): string {
  const { exponent } = currencies[currency]
  const digits = amountMinor.toString().padStart(exponent + 1, '0')
  if (exponent === 0) return digits
  const decimals = digits.slice(-exponent)
  return /^0+$/.test(decimals) ? digits.slice(0, -exponent) : `${digits.slice(0, -exponent)}.${decimals}`
}
