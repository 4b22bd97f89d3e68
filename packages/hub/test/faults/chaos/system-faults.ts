import type { Random } from './random.ts'

/** One fault of the simulator's control API. */
export type SystemFault = {
  readonly target: string
  readonly operation: string
  readonly fault: string
  readonly value?: number
}

const plain = ['slow', 'slow-answer', '500', 'html', 'flap', 'silent', 'truncated', 'cut', 'quota']

/** What each system can do to us, by operation; every kind of bad answer comes at every call. */
const possible: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  AMK: bank(),
  BANK01: bank(),
  DLIS: policySystem(),
  INGENIUM: policySystem(),
}

function bank() {
  return {
    login: [...plain, 'expired-token', 'wrong-secret'],
    qr: [...plain, 'wrong-qr', 'wrong-payee', 'expired-token'],
    verify: [...plain, 'unpaid-first', 'wrong-secret'],
    webhook: ['slow', 'silent', 'flap', 'html', 'truncated', 'wrong-secret'],
  }
}

function policySystem() {
  return { lookup: plain, credit: [...plain, 'credit-then-silent'], 'find-credit': plain }
}

/** Milliseconds that a slow system takes: some below our deadlines, some above. */
const slowMs = [300, 1_500, 6_000]

export function pickSystemFault(random: Random): SystemFault {
  const target = random.pick(Object.keys(possible))
  const operations = possible[target] ?? {}
  const operation = random.pick(Object.keys(operations))
  const fault = random.pick(operations[operation] ?? [])
  if (fault === 'slow' || fault === 'slow-answer') return { target, operation, fault, value: random.pick(slowMs) }
  if (fault === 'unpaid-first') return { target, operation, fault, value: random.whole(1, 6) }
  return { target, operation, fault }
}
