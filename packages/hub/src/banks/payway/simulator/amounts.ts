const decimals = { USD: 2, KHR: 0 } as const

export type CurrencyCode = keyof typeof decimals

/** What the played ABA gives for a dollar, whoever buys. */
const rielPerDollar = 4000n
const longestAmount = 13

export function isCurrency(value: unknown): value is CurrencyCode {
  return value === 'USD' || value === 'KHR'
}

/** Reads decimal text and writes it with exactly the currency's decimals; undefined where it is no positive amount in it. */
export function plainAmount(value: unknown, currency: CurrencyCode): string | undefined {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string' || text.length > 40) return undefined
  const parts = /^0*(\d+)(?:\.(\d*))?$/.exec(text)
  if (!parts) return undefined
  const scale = decimals[currency]
  const fraction = (parts[2] ?? '').replace(/0+$/, '')
  if (fraction.length > scale) return undefined
  const plain = scale === 0 ? `${parts[1]}` : `${parts[1]}.${fraction.padEnd(scale, '0')}`
  return plain.length > longestAmount || /^[0.]+$/.test(plain) ? undefined : plain
}

/** Cents or riel. */
export function minorOf(amount: string): bigint {
  return BigInt(amount.replace('.', ''))
}

export function fromMinor(minor: bigint, currency: CurrencyCode): string {
  if (currency === 'KHR') return String(minor)
  const text = String(minor).padStart(3, '0')
  return `${text.slice(0, -2)}.${text.slice(-2)}`
}

/** Another amount: one dollar or a hundred riel more. */
export function anotherAmount(amount: string, currency: CurrencyCode): string {
  return fromMinor(minorOf(amount) + 100n, currency)
}

export function otherCurrency(currency: CurrencyCode): CurrencyCode {
  return currency === 'USD' ? 'KHR' : 'USD'
}

/** What leaves an account in another currency; a part of a cent is a whole one. */
export function converted(amount: string, from: CurrencyCode, to: CurrencyCode): string {
  if (from === to) return amount
  const minor = minorOf(amount)
  if (to === 'KHR') return fromMinor((minor * rielPerDollar) / 100n, 'KHR')
  return fromMinor((minor * 100n + rielPerDollar - 1n) / rielPerDollar, 'USD')
}

/** The JSON number that PHP writes: 10.50 is `10.5`, 4000 is `4000`. */
export function phpNumber(amount: string): unknown {
  const text = amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount
  // TypeScript does not know `JSON.rawJSON` yet.
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text)
}
