const utcPlus7Ms = 7 * 3_600_000

/** `yyyy-MM-dd HH:mm:ss.SSSSSS` in UTC+7 from microseconds since 1970. */
export function microsecondText(atMicros: number): string {
  const text = new Date(Math.floor(atMicros / 1000) + utcPlus7Ms).toISOString()
  return `${text.slice(0, 10)} ${text.slice(11, 23)}${lastThree(atMicros)}`
}

/** `yyyyMMddHHmmss` in UTC+7 from microseconds since 1970. */
export function compactText(atMicros: number): string {
  return new Date(Math.floor(atMicros / 1000) + utcPlus7Ms).toISOString().slice(0, 19).replace(/\D/g, '')
}

/** RFC 3339 in UTC with microseconds. */
export function utcText(atMicros: number): string {
  return `${new Date(Math.floor(atMicros / 1000)).toISOString().slice(0, 23)}${lastThree(atMicros)}Z`
}

const rfc3339 = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?([Zz]|[+-]\d\d:\d\d)$/

/** Microseconds since 1970 of a time in RFC 3339 between the years 2000 and 2099, or undefined. */
export function readUtc(text: string): number | undefined {
  const [, seconds, fraction = '', offset] = rfc3339.exec(text) ?? []
  const atMs = Date.parse(`${seconds}${offset}`.toUpperCase())
  if (!(atMs >= Date.UTC(2000, 0) && atMs < Date.UTC(2100, 0))) return undefined
  return atMs * 1000 + Number(fraction.padEnd(6, '0'))
}

function lastThree(atMicros: number): string {
  return String(atMicros % 1000).padStart(3, '0')
}
