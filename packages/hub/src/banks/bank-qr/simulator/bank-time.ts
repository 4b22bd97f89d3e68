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

function lastThree(atMicros: number): string {
  return String(atMicros % 1000).padStart(3, '0')
}
