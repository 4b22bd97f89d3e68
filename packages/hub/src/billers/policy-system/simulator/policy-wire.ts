import { createHash, timingSafeEqual } from 'node:crypto'
import type { PolicyRequest } from './ports.ts'

const decimals = { USD: 2, KHR: 0 }

/** Characters of a credit note's reason. */
export const longestReason = 1_000

/** Compares secrets without telling by the time it takes where they differ. */
export function mayEnter(given: unknown, wanted: string, request: PolicyRequest): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(String(given ?? '')), digest(wanted)) && request.fault?.kind !== 'wrong-secret'
}

/** The body as a JSON object; an empty one where it is none, so that the first missing field is named. */
export function readFields(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return {}
  }
}

export function isCurrency(value: unknown): value is 'USD' | 'KHR' {
  return value === 'USD' || value === 'KHR'
}

/** Whether the text is a positive amount with exactly the currency's decimals. */
export function isExactAmount(value: unknown, currency: 'USD' | 'KHR'): value is string {
  const form = currency === 'USD' ? /^\d{1,10}\.\d\d$/ : /^\d{1,13}$/
  return typeof value === 'string' && form.test(value) && Number(value) > 0
}

/** A JSON number as exact text, or undefined where it has more decimals than the currency. */
export function exactAmount(value: unknown, currency: 'USD' | 'KHR'): string | undefined {
  if (typeof value !== 'number') return undefined
  const text = value.toFixed(decimals[currency])
  return Number(text) === value && isExactAmount(text, currency) ? text : undefined
}

export function isDay(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value))
}

export function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= most
}
