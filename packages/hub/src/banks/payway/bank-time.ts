const offsetMs = 7 * 3_600_000

/** "2026-01-31 16:30:00" in UTC+7, as PayWay writes times and reads them where it says no offset. */
export function writeBankTime(at: Date): string {
  return new Date(at.getTime() + offsetMs).toISOString().slice(0, 19).replace('T', ' ')
}

/** Undefined for anything but such a time. */
export function readBankTime(value: unknown): Date | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d$/.test(value)) return undefined
  const at = new Date(Date.parse(`${value.replace(' ', 'T')}Z`) - offsetMs)
  return !Number.isNaN(at.getTime()) && writeBankTime(at) === value.replace('T', ' ') ? at : undefined
}
