import type { VerifyOrder } from '../../banks/bank-qr/simulator/bank-qr-simulator.ts'
import { verifyBehaviours } from '../../banks/bank-qr/simulator/bank-qr-simulator.ts'
import { readUtc } from '../../banks/bank-qr/simulator/bank-time.ts'
import type { ControlBody } from './control-body.ts'

/** The longest time that anything may be put off by, and the most that a bank's clock may be wrong. */
export const longestDelayS = 604_800
const mostSkewS = 86_400

/** The body's `verify`: one of a list, or `unpaid-for:<seconds>`. Left out, it is `paid`. */
export function readVerify(body: ControlBody, nowMs: number): VerifyOrder {
  if (!body.has('verify')) return { verify: 'paid' }
  const said = String(body.value('verify')).toLowerCase()
  const waits = /^unpaid-for:(\d{1,6}(?:\.\d{1,3})?)$/.exec(said)
  if (waits && Number(waits[1]) <= longestDelayS) {
    return { verify: 'unpaid-for', hiddenUntilMs: nowMs + Math.round(Number(waits[1]) * 1000) }
  }
  const verify = verifyBehaviours.find((one) => one === said && one !== 'unpaid-for')
  const choices = verifyBehaviours.filter((one) => one !== 'unpaid-for').join(', ')
  return verify
    ? { verify }
    : body.refuse('verify', `use ${choices}, or unpaid-for:<seconds> (at most ${longestDelayS}).`)
}

/** When money is paid, by the bank's own clock: microseconds since 1970. */
export type BankClock = (nowMs: number, sinceFirstMs: number) => number

/**
 * The body's `paidAt` (RFC 3339; the time of the first movement, the clock's if left out) and `clockSkewS` (seconds by
 * which the bank's clock is ahead, or behind below 0).
 */
export function readBankClock(body: ControlBody): BankClock {
  const skewMicros = body.whole('clockSkewS', { least: -mostSkewS, most: mostSkewS, fallback: 0 }) * 1_000_000
  if (!body.has('paidAt')) return (nowMs) => nowMs * 1000 + skewMicros
  const wanted = 'use a time with its offset from 2000 to 2099, e.g. 2026-01-31T09:30:00+07:00.'
  const paidAt = readUtc(body.text('paidAt', wanted)) ?? body.refuse('paidAt', wanted)
  return (_nowMs, sinceFirstMs) => paidAt + sinceFirstMs * 1000 + skewMicros
}
