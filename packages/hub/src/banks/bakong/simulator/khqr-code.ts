import { createHash } from 'node:crypto'
import { type CurrencyCode, plainAmount } from './amounts.ts'

/** What a banking app reads of a KHQR before its customer pays. */
export type PaidCode = {
  readonly qr: string
  /** MD5 of the whole text: the key by which Bakong is asked. */
  readonly md5: string
  /** Payee: tag 29 or 30, sub-tag 00. */
  readonly account: string
  readonly currency: CurrencyCode
  /** With the currency's decimals; undefined on a static code, which says none. */
  readonly amount: string | undefined
  /** Tag 62, sub-tag 01. */
  readonly billNumber: string | undefined
  /** Tag 99, sub-tag 01. */
  readonly expiresAtMs: number | undefined
}

export type CodeReading =
  | { readonly ok: true; readonly code: PaidCode }
  | { readonly ok: false; readonly problem: string }

const longestText = 1000
const currencies: Readonly<Record<string, CurrencyCode>> = { '840': 'USD', '116': 'KHR' }

/**
 * A KHQR reader of the simulator's own. Source: NBC KHQR Content Guideline; lengths count UTF-16 units, the CRC runs over
 * UTF-8 bytes. A repeated tag is refused: nobody knows which of the two is paid.
 */
export function readCode(text: string): CodeReading {
  const sealed = checkSeal(text)
  if (sealed !== undefined) return { ok: false, problem: sealed }
  const tags = readTags(text)
  const payee = tags && readTags(tags.get('30') ?? tags.get('29') ?? '')
  if (!tags || !payee) return { ok: false, problem: 'is no list of tags, lengths and values' }
  const account = payee.get('00')
  if (account === undefined || !account.includes('@')) return { ok: false, problem: 'names no Bakong account' }
  const currency = currencies[tags.get('53') ?? '']
  if (!currency) return { ok: false, problem: 'is neither in USD (840) nor in KHR (116)' }
  const said = tags.get('54')
  const isStatic = said === undefined || /^[0.]*$/.test(said)
  const amount = isStatic ? undefined : plainAmount(said, currency)
  if (!isStatic && amount === undefined) return { ok: false, problem: `says an amount that is none: ${said}` }
  const expiry = readTags(tags.get('99') ?? '')?.get('01') ?? ''
  return {
    ok: true,
    code: {
      qr: text,
      md5: createHash('md5').update(text, 'utf8').digest('hex'),
      account,
      currency,
      amount,
      billNumber: readTags(tags.get('62') ?? '')?.get('01'),
      expiresAtMs: /^\d{13}$/.test(expiry) ? Number(expiry) : undefined,
    },
  }
}

function checkSeal(text: string): string | undefined {
  if (text.length > longestText) return `is ${text.length} characters long; a KHQR has at most ${longestText}`
  if (!/6304[0-9A-Fa-f]{4}$/.test(text)) return 'does not end in a CRC (6304 and four hex digits)'
  const said = text.slice(-4).toUpperCase()
  const counted = crc16(text.slice(0, -4))
  return said === counted ? undefined : `says CRC ${said}, but its characters give ${counted}`
}

function readTags(text: string): ReadonlyMap<string, string> | undefined {
  const tags = new Map<string, string>()
  for (let at = 0; at < text.length; ) {
    const head = /^(\d\d)(\d\d)/.exec(text.slice(at, at + 4))
    const length = Number(head?.[2])
    if (!head || at + 4 + length > text.length || tags.has(String(head[1]))) return undefined
    tags.set(String(head[1]), text.slice(at + 4, at + 4 + length))
    at += 4 + length
  }
  return tags
}

/** CRC-16/CCITT-FALSE over the UTF-8 bytes, four upper-case hex digits. */
function crc16(text: string): string {
  let crc = 0xffff
  for (const byte of Buffer.from(text, 'utf8')) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff
  }
  return crc.toString(16).toUpperCase().padStart(4, '0')
}
