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
  BANK01: { ...bank(), refund: ['done-but-silent', 'slow-answer', '500', 'cut'] },
  BANK02: toldOnlyBank(),
  BAKONG: network(),
  ABA: hosted(),
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

/** It cannot be asked. */
function toldOnlyBank() {
  const { login, qr, webhook } = bank()
  return { login, qr, webhook }
}

/**
 * A used-up day is a fault of its own. Its token lives as long as the run: an expired one is an operator's work, and no call
 * could be made any more.
 */
function network() {
  const http = plain.filter((fault) => fault !== 'quota')
  const counted = [...http, 'abroad', '429', '504', 'code', 'text-amounts']
  return {
    'check-md5': [...counted, 'unpaid-first'],
    'check-md5-list': [...counted, 'list-refused', 'list-refused', 'service-failed', 'shuffled'],
    deeplink: [...http, 'abroad', '504'],
  }
}

/**
 * Answers that contradict each other are played where somebody has paid or not alike: a bank that says "paid" of what nobody
 * paid is believed. A refund may be sent and not told of.
 */
function hosted() {
  const signed = [...plain, 'wrong-hash', 'not-whitelisted', 'code']
  return {
    purchase: [...signed, 'wrong-qr', 'wrong-payee'],
    'generate-qr': [...signed, 'wrong-qr', 'wrong-payee'],
    check: [...signed, 'not-visible', 'not-visible', 'check-disagrees', 'check-disagrees', 'key-expired'],
    detail: [...signed, 'not-visible', 'detail-disagrees', 'detail-disagrees'],
    close: [...signed, 'closed-but-silent'],
    refund: [
      'done-but-silent',
      'done-but-silent',
      'slow-answer',
      'truncated',
      'cut',
      '500',
      'html',
      'silent',
      'wrong-hash',
    ],
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
