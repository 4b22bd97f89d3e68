const phnomPenhMs = 7 * 3_600_000
/** How far a request's own time may be from PayWay's. */
const mostSkewMs = 15 * 60_000

/** "2026-01-31 16:30:00": PayWay writes its times in UTC+7 and does not say so. */
export function bankTime(ms: number): string {
  return new Date(ms + phnomPenhMs).toISOString().slice(0, 19).replace('T', ' ')
}

/** Such a time as milliseconds since 1970; undefined for any other text. */
export function readBankTime(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return undefined
  const ms = Date.parse(`${text.replace(' ', 'T')}Z`) - phnomPenhMs
  return Number.isNaN(ms) || bankTime(ms) !== text ? undefined : ms
}

/** Whether a `req_time` (`YYYYMMDDHHmmss`, UTC) is now: who sends local time is seven hours off. */
export function isNow(reqTime: string, nowMs: number): boolean {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(reqTime)
  if (!parts) return false
  const [, year, month, day, hour, minute, second] = parts
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Math.abs(ms - nowMs) <= mostSkewMs
}
