const decimals: Record<string, number> = { USD: 2, KHR: 0 }

export type CurrencyCode = 'USD' | 'KHR'

export function isCurrencyCode(value: unknown): value is CurrencyCode {
  return value === 'USD' || value === 'KHR'
}

/**
 * Reads an amount from a wire (JSON number or decimal text) and writes it with exactly the currency's decimals.
 * Undefined where it is not a plain positive amount of at most 13 characters in that currency.
 */
export function plainAmount(value: unknown, currency: CurrencyCode): string | undefined {
  // A JSON number of at most 13 characters passes through binary and back unchanged.
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string' || text.length > 40) return undefined
  const parts = /^0*(\d+)(?:\.(\d+))?$/.exec(text)
  if (!parts) return undefined
  const scale = decimals[currency] ?? 0
  const fraction = (parts[2] ?? '').replace(/0+$/, '')
  if (fraction.length > scale) return undefined
  const plain = scale === 0 ? `${parts[1]}` : `${parts[1]}.${fraction.padEnd(scale, '0')}`
  return plain.length > 13 || /^[0.]+$/.test(plain) ? undefined : plain
}

/** Another amount, as a bank that errs would say it: one dollar or a hundred riel more. */
export function anotherAmount(amount: string, currency: CurrencyCode): string {
  return amountText(minorUnits(amount) + 100n, currency)
}

/** Minor units of an amount as `plainAmount` writes it. */
export function minorUnits(amount: string): bigint {
  return BigInt(amount.replace('.', ''))
}

/** Minor units, not below 0, written with exactly the currency's decimals. */
export function amountText(minor: bigint, currency: CurrencyCode): string {
  const digits = minor.toString().padStart(3, '0')
  return currency === 'USD' ? `${digits.slice(0, -2)}.${digits.slice(-2)}` : minor.toString()
}

/** A JSON number written exactly so ("150.00" stays 150.00). TypeScript does not know `JSON.rawJSON` yet. */
export function jsonNumber(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text)
}
