import { ExactDecimal, writeJson } from '../../kit/json.ts'
import type { Purchase } from '../purchase.ts'

/** What an operation takes of the customer, in characters. */
export type CustomerLimits = { readonly name: number; readonly email: number; readonly phone: number }

export const purchaseLimits: CustomerLimits = { name: 100, email: 50, phone: 20 }
export const qrLimits: CustomerLimits = { name: 20, email: 50, phone: 20 }

/** Characters of the base64 text. */
const longestItems = 500
const mostItems = 10
const longestItemName = 60
/** `lifetime` in minutes. */
const shortestLifetime = 3
const longestLifetime = 43_200

export type CustomerFields = {
  readonly firstName: string
  readonly lastName: string
  readonly email: string
  readonly phone: string
}

/**
 * What PayWay is told of the customer, empty where there is nothing it takes: it refuses the whole payment for a digit in a
 * name or an address that is too long, and neither is worth a payment. Names are cut, addresses and numbers left out.
 */
export function customerFields(customer: Purchase['customer'] | undefined, limits: CustomerLimits): CustomerFields {
  return {
    firstName: plainName(customer?.firstName, limits.name),
    lastName: plainName(customer?.lastName, limits.name),
    email: orNothing(customer?.email, limits.email, /^[\x21-\x7e]+@[\x21-\x7e]+$/),
    phone: orNothing(customer?.phone?.replace(/[\s()-]/g, ''), limits.phone, /^\+?\d+$/),
  }
}

/** `items`, a remark: as many as there is room for, in base64; empty where there is none. */
export function itemsField(items: Purchase['items']): string {
  const list = items.slice(0, mostItems).map(({ name, quantity, price }) => ({
    name: cut(name.trim(), longestItemName),
    quantity,
    price: new ExactDecimal(price),
  }))
  for (let many = list.length; many > 0; many -= 1) {
    const text = base64(writeJson(list.slice(0, many)))
    if (text.length <= longestItems) return text
  }
  return ''
}

/** Whole minutes that a code may still be paid, as PayWay takes them; without it they would be 30 days. */
export function lifetimeField(now: Date, expiresAt: Date): string {
  const minutes = Math.ceil((expiresAt.getTime() - now.getTime()) / 60_000)
  return String(Math.min(longestLifetime, Math.max(shortestLifetime, minutes)))
}

/** `20260115093000`: UTC, as every signed request has it. */
export function requestTime(now: Date): string {
  return now.toISOString().replace(/\D/g, '').slice(0, 14)
}

export function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

function plainName(name: string | undefined, most: number): string {
  const plain = (name ?? '')
    .replace(/[^\p{L}\p{M}\u200b-\u200d ]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
  return cut(plain, most)
}

function orNothing(text: string | undefined, most: number, shape: RegExp): string {
  return text !== undefined && text.length <= most && shape.test(text) ? text : ''
}

/** Khmer vowels and marks stay with their consonant. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text
  let kept = ''
  for (const { segment } of new Intl.Segmenter('km', { granularity: 'grapheme' }).segment(text)) {
    if (kept.length + segment.length > most) break
    kept += segment
  }
  return kept.trim()
}
