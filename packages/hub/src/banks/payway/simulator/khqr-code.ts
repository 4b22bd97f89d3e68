import type { CurrencyCode } from './amounts.ts'

/**
 * A KHQR as PayWay writes it: a merchant's code (tag 30), riel with two decimals, and under tag 62 numbers of its own in
 * place of the shop's reference.
 */
export type PaywayCode = {
  readonly account: string
  readonly merchantId: string
  readonly merchantName: string
  readonly city: string
  /** Undefined on a static code. */
  readonly amount: string | undefined
  readonly currency: CurrencyCode
  /** PayWay's own number of the transaction. */
  readonly number: number
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

const currencyNumber = { USD: '840', KHR: '116' }
/** Sundry shops, ISO 18245. */
const merchantCategory = '5999'

/** Lengths count UTF-16 units, the CRC runs over UTF-8 bytes. Source: NBC KHQR Content Guideline. */
export function writeCode(code: PaywayCode): string {
  const { amount, currency } = code
  const written = amount === undefined || currency === 'USD' ? amount : `${amount}.00`
  const unsealed = [
    tag('00', '01'),
    tag('01', amount === undefined ? '11' : '12'),
    tag('30', tag('00', code.account) + tag('01', code.merchantId) + tag('02', 'ABA Bank')),
    tag('52', merchantCategory),
    tag('53', currencyNumber[currency]),
    written === undefined ? '' : tag('54', written),
    tag('58', 'KH'),
    tag('59', code.merchantName),
    tag('60', code.city),
    tag('62', tag('68', tag('00', 'PAYWAY@ABA') + tag('01', '000001') + tag('11', String(code.number)))),
    amount === undefined ? '' : tag('99', tag('00', String(code.createdAtMs)) + tag('01', String(code.expiresAtMs))),
    '6304',
  ].join('')
  return unsealed + crc16(unsealed)
}

/** Why a text is no code that a banking app would read; undefined where it is one. */
export function problemOf(text: string): string | undefined {
  if (!/6304[0-9A-Fa-f]{4}$/.test(text)) return 'does not end in a CRC (6304 and four hex digits)'
  const said = text.slice(-4).toUpperCase()
  const counted = crc16(text.slice(0, -4))
  return said === counted ? undefined : `says CRC ${said}, but its characters give ${counted}`
}

/** CRC-16/CCITT-FALSE, four upper-case hex digits. */
function crc16(text: string): string {
  let crc = 0xffff
  for (const byte of Buffer.from(text, 'utf8')) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff
  }
  return crc.toString(16).toUpperCase().padStart(4, '0')
}

function tag(name: string, value: string): string {
  if (value.length > 99) throw new RangeError(`tag ${name} would be ${value.length} characters long; at most 99 fit`)
  return name + String(value.length).padStart(2, '0') + value
}
