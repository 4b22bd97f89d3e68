/** The currencies the hub keeps books in. Exponent = decimals of the smallest paid unit: USD cents, KHR whole riel. */
export const currencies = {
  USD: { exponent: 2, numericCode: '840', symbol: '$' },
  KHR: { exponent: 0, numericCode: '116', symbol: '៛' },
} as const

export type Currency = keyof typeof currencies

/** An exact amount: an integer in the currency's smallest paid unit. Never a float. */
export type Money = { readonly amountMinor: bigint; readonly currency: Currency }

/** The largest amount a KHQR can carry (13 characters): USD 9,999,999,999.99 and KHR 9,999,999,999,999. */
export const largestAmountMinor: Record<Currency, bigint> = { USD: 999_999_999_999n, KHR: 9_999_999_999_999n }

/** Thrown by `parseAmount`: says which text was refused and why. */
export class AmountError extends Error {
  override readonly name = 'AmountError'
  readonly text: string
  constructor(text: string, why: string) {
    super(`"${text.slice(0, 40)}" ${why}`)
    this.text = text
  }
}

export function isCurrency(text: unknown): text is Currency {
  return typeof text === 'string' && Object.hasOwn(currencies, text)
}

/**
 * Reads a plain decimal text ("150", "150.00", "60000.00") as minor units, without binary arithmetic.
 * Trailing zeros are not decimals (`60000.00` KHR is 60000); any other digit beyond the currency's decimals is refused,
 * never rounded. Signs, exponents, blanks and separators are refused. Zero is read; callers decide whether it makes sense.
 */
export function parseAmount(text: string, currency: Currency): bigint {
  // Bounded before the pattern runs: a megabyte of digits must cost nothing.
  const parts = text.length <= 40 ? /^(\d{1,20})(?:\.(\d{1,18}))?$/.exec(text) : null
  if (!parts) throw new AmountError(text, 'is not a plain decimal number such as 150.00')
  const { exponent } = currencies[currency]
  const decimals = (parts[2] ?? '').replace(/0+$/, '')
  if (decimals.length > exponent) {
    throw new AmountError(text, `has more decimals than ${currency} has (${exponent})`)
  }
  const amountMinor = BigInt(parts[1] + decimals.padEnd(exponent, '0'))
  if (amountMinor > largestAmountMinor[currency]) {
    throw new AmountError(text, `is more than ${printAmount(largestAmountMinor[currency], currency)} ${currency}`)
  }
  return amountMinor
}

/** Writes minor units with exactly the currency's decimals: 15000n USD is "150.00", 60000n KHR is "60000". */
export function printAmount(amountMinor: bigint, currency: Currency): string {
  const { exponent } = currencies[currency]
  const sign = amountMinor < 0n ? '-' : ''
  const digits = (amountMinor < 0n ? -amountMinor : amountMinor).toString().padStart(exponent + 1, '0')
  if (exponent === 0) return sign + digits
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}

/** "USD 150.00": for messages and logs, never for the wire. */
export function showMoney(money: Money): string {
  return `${money.currency} ${printAmount(money.amountMinor, money.currency)}`
}
