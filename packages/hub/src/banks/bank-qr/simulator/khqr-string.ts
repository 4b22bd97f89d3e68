/**
 * A KHQR writer and reader of the simulator's own, so that the hub's codec is checked against somebody else's.
 * Source: NBC KHQR Content Guideline; lengths count UTF-16 units, the CRC runs over UTF-8 bytes.
 */
export type KhqrFields = {
  /** Tag 29 (individual) or 30 (merchant), sub-tag 00. */
  readonly account: string
  /** Tag 30, sub-tag 01. Present = merchant. */
  readonly merchantId?: string | undefined
  /** Sub-tag 02. */
  readonly acquiringBank?: string | undefined
  readonly merchantCategoryCode: string
  /** "840" or "116". */
  readonly currencyNumber: string
  /** Absent on a static code. */
  readonly amount?: string | undefined
  readonly merchantName: string
  readonly city: string
  /** Tag 62, sub-tag 01. */
  readonly billNumber?: string | undefined
  /** Both present on a code with an amount, both absent otherwise. */
  readonly createdAtMs?: number | undefined
  readonly expiresAtMs?: number | undefined
}

export function writeKhqr(fields: KhqrFields): string {
  const payee =
    tlv('00', fields.account) +
    (fields.merchantId === undefined ? '' : tlv('01', fields.merchantId)) +
    (fields.acquiringBank === undefined ? '' : tlv('02', fields.acquiringBank))
  const unsealed =
    tlv('00', '01') +
    tlv('01', fields.amount === undefined ? '11' : '12') +
    tlv(fields.merchantId === undefined ? '29' : '30', payee) +
    tlv('52', fields.merchantCategoryCode) +
    tlv('53', fields.currencyNumber) +
    (fields.amount === undefined ? '' : tlv('54', fields.amount)) +
    tlv('58', 'KH') +
    tlv('59', fields.merchantName) +
    tlv('60', fields.city) +
    (fields.billNumber === undefined ? '' : tlv('62', tlv('01', fields.billNumber))) +
    (fields.expiresAtMs === undefined
      ? ''
      : tlv('99', tlv('00', String(fields.createdAtMs)) + tlv('01', String(fields.expiresAtMs)))) +
    '6304'
  return unsealed + crc16(unsealed)
}

export type KhqrReading =
  | { readonly ok: true; readonly tags: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly problem: string }

/** Reads the top level of a code after checking its CRC. The last of a repeated tag wins. */
export function readKhqr(text: string): KhqrReading {
  if (text.length > 1000) return { ok: false, problem: `is ${text.length} characters long; a KHQR has at most 1000` }
  if (!/6304[0-9A-Fa-f]{4}$/.test(text))
    return { ok: false, problem: 'does not end in a CRC (6304 and four hex digits)' }
  const said = text.slice(-4).toUpperCase()
  const counted = crc16(text.slice(0, -4))
  if (said !== counted) return { ok: false, problem: `says CRC ${said}, but its characters give ${counted}` }
  const tags = new Map<string, string>()
  for (let at = 0; at < text.length; ) {
    const head = /^(\d\d)(\d\d)/.exec(text.slice(at, at + 4))
    const length = Number(head?.[2])
    if (!head || at + 4 + length > text.length) return { ok: false, problem: `cannot be read from character ${at} on` }
    tags.set(String(head[1]), text.slice(at + 4, at + 4 + length))
    at += 4 + length
  }
  return { ok: true, tags }
}

/** CRC-16/CCITT-FALSE over the UTF-8 bytes, four upper-case hex digits. */
export function crc16(text: string): string {
  let crc = 0xffff
  for (const byte of Buffer.from(text, 'utf8')) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff
  }
  return crc.toString(16).toUpperCase().padStart(4, '0')
}

function tlv(tag: string, value: string): string {
  if (value.length > 99) throw new RangeError(`tag ${tag} would be ${value.length} characters long; at most 99 fit`)
  return tag + String(value.length).padStart(2, '0') + value
}
