const decimals = { USD: 2, KHR: 0 } as const

export type CurrencyCode = keyof typeof decimals

/**
 * Reads an amount (JSON number or decimal text) and writes it with exactly the currency's decimals. Undefined where it is
 * not a plain positive amount of at most 13 characters in that currency.
 */
export function plainAmount(value: unknown, currency: CurrencyCode): string | undefined {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string' || text.length > 40) return undefined
  const parts = /^0*(\d+)(?:\.(\d*))?$/.exec(text)
  if (!parts) return undefined
  const scale = decimals[currency]
  const fraction = (parts[2] ?? '').replace(/0+$/, '')
  if (fraction.length > scale) return undefined
  const plain = scale === 0 ? `${parts[1]}` : `${parts[1]}.${fraction.padEnd(scale, '0')}`
  return plain.length > 13 || /^[0.]+$/.test(plain) ? undefined : plain
}

/** Another amount: one dollar or a hundred riel more. */
export function anotherAmount(amount: string, currency: CurrencyCode): string {
  const minor = (BigInt(amount.replace('.', '')) + 100n).toString().padStart(3, '0')
  return currency === 'USD' ? `${minor.slice(0, -2)}.${minor.slice(-2)}` : minor
}

/** The same figure in the other currency; cents become a whole riel more. */
export function inOtherCurrency(amount: string, currency: CurrencyCode): { amount: string; currency: CurrencyCode } {
  if (currency === 'KHR') return { amount: `${amount}.00`, currency: 'USD' }
  const [whole = '0', cents = '00'] = amount.split('.')
  return { amount: String(BigInt(whole) + (cents === '00' ? 0n : 1n)), currency: 'KHR' }
}

/** A JSON number as the API's own language writes a double: 10.50 is `10.5`, 4000 is `4000.0`. */
export function jsonDouble(amount: string): unknown {
  const [whole, fraction = ''] = amount.split('.')
  const text = `${whole}.${fraction.replace(/0+$/, '') || '0'}`
  // TypeScript does not know `JSON.rawJSON` yet.
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text)
}
