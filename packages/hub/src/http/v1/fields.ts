import { Type } from 'typebox'

// The fields that requests of /v1 are made of. Each description begins with "must": errors and docs repeat it.

export const reason = Type.String({
  pattern: '^(?=[\\s\\S]*\\S)[\\s\\S]{3,500}$',
  description: 'must be 3 to 500 characters that say why; it goes into the audit log',
})

export const amount = Type.String({
  pattern: '^\\d{1,20}(?:\\.\\d{1,18})?$',
  description: 'must be a plain decimal such as "150.00"; all that there is, unless given',
})

export const paymentId = Type.String({
  pattern: '^(?:pay_[0-7][0-9a-hjkmnp-tv-z]{25}|[1-9]\\d{0,14}|[\\da-fA-F]{8}(?:-[\\da-fA-F]{4}){3}-[\\da-fA-F]{12})$',
  description: "must be a payment: its pay_… id, its number such as 150001, or the uuid of an order's payment",
})

export const bankCode = Type.String({
  pattern: '^[A-Za-z0-9]{2,20}$',
  description: "must be a bank's code: 2 to 20 letters and digits",
})

/** RFC 3339, with an offset. */
export const moment = Type.String({
  pattern: '^\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})?(?:[Zz]|[+-]\\d\\d:\\d\\d)$',
  description: 'must be a past moment such as 2026-01-07T12:00:00+07:00',
})

/** One of a few words. */
export function wordOf<const Words extends readonly string[]>(words: Words) {
  return Type.Unsafe<Words[number]>(Type.Enum([...words], { description: `must be one of ${words.join(', ')}` }))
}

/** An id such as `case_7`: the prefix, and the number of a row. */
export function rowId(prefix: string) {
  return Type.String({ pattern: `^${prefix}_[1-9]\\d{0,14}$`, description: `must be an id such as ${prefix}_7` })
}

/** An id such as `rfd_06a9k2…`, as `newId` makes it. */
export function madeId(prefix: string) {
  return Type.String({
    pattern: `^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`,
    description: `must be an id that begins with ${prefix}_`,
  })
}

/** The number in a row's id. */
export function rowNumber(id: string): number {
  return Number(id.slice(id.indexOf('_') + 1))
}
