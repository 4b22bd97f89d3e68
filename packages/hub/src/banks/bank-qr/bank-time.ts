/** A time as a bank writes it, digits without an offset. `microseconds` keeps what a `Date` cannot. */
export type BankTime = {
  readonly at: Date
  /** `2026-01-07T05:00:00.123456Z`: the same instant always has the same text. */
  readonly microseconds: string
}

/** `yyyy-MM-dd HH:mm:ss` with 0–6 fraction digits, also with a `T` between. Undefined for anything else or no real time. */
export function readSpacedTime(text: string, offset: string): BankTime | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/.exec(text)
  return parts ? toTime(parts, offset) : undefined
}

/** `yyyyMMddHHmmss`. */
export function readCompactTime(text: string, offset: string): BankTime | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text)
  return parts ? toTime(parts, offset) : undefined
}

/** RFC 3339 with its own offset, as some banks of this shape write it. */
export function readOffsetTime(text: string): BankTime | undefined {
  const parts = /^(.{19}(?:\.\d{1,6})?)(Z|[+-]\d\d:[0-5]\d)$/i.exec(text)
  if (!parts) return undefined
  const [, local = '', offset = ''] = parts
  return readSpacedTime(local.toUpperCase(), offset.toUpperCase() === 'Z' ? '+00:00' : offset)
}

function toTime(parts: RegExpExecArray, offset: string): BankTime | undefined {
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second))
  const isReal =
    year >= 2000 &&
    local.getUTCFullYear() === year &&
    local.getUTCMonth() === month - 1 &&
    local.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60
  if (!isReal) return undefined
  const fraction = (parts[7] ?? '').padEnd(6, '0')
  const at = new Date(local.getTime() - offsetMs(offset) + Number(fraction.slice(0, 3)))
  return { at, microseconds: `${at.toISOString().slice(0, 19)}.${fraction}Z` }
}

function offsetMs(offset: string): number {
  const sign = offset.startsWith('-') ? -1 : 1
  return sign * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6))) * 60_000
}
