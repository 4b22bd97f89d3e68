import type { FileRecord } from './record-file.ts'

/** Faults of plain HTTP, which the host plays for every call of every system. */
const httpFaults: Record<string, string> = {
  slow: 'waits `value` ms (6000 if not said), then acts and answers',
  'slow-answer': 'acts at once, then waits `value` ms (6000 if not said) before it answers',
  '500': 'answers 500 and does nothing',
  html: 'answers 200 with a page of HTML and does nothing',
  flap: 'every second call is answered 500 and does nothing',
  silent: 'takes the call, does nothing and never answers',
  truncated: 'acts, and answers only the first half of the body as if it were whole',
  cut: 'acts, and closes the connection in the middle of the answer',
  quota:
    'answers 429 with Retry-After and does nothing; of Bakong errorCode 17 in HTTP 200, for the day is spent; of PayWay HTTP 403 with the number 429',
}

/** Faults of one kind of system alone. Which operation has which is declared by the simulator of that kind. */
const ownFaults: Record<string, string> = {
  'wrong-qr': 'the code says another amount (`value`, or one dollar or 100 riel more)',
  'wrong-payee': 'the code names another payee',
  'expired-token':
    'on login or renew-token: tokens are born expired; elsewhere or on *: all tokens given out so far expire at once',
  'expired-token-200': 'as expired-token, told by errorCode 6 inside HTTP 200',
  'wrong-secret': 'our credentials, our signature, or the bank’s own bearer at our door, are wrong',
  abroad: 'a page that says 403, as to every caller from abroad; not counted',
  'list-refused': 'a page that says 403, from this call alone',
  '429': 'a page that says 429',
  '504': 'a page that says 504',
  code: 'errorCode `value` (9 if not said) inside HTTP 200; of PayWay its code `value` (11, or PTL58, if not said)',
  'service-failed': 'each item of a list says SERVICE_FAILED',
  shuffled: 'a list is answered in another order than it was asked in',
  'text-amounts': 'amounts come as texts',
  'unpaid-first': 'verify says PENDING for the first `value` calls about each reference (1 if not said)',
  'credit-then-silent': 'credits, then never answers',
  'note-then-silent': 'takes the credit note, then never answers',
  'done-but-silent': 'the money goes back, and the connection is closed without an answer',
  pending: 'a new refund is PENDING, and REFUNDED by itself `value` seconds later (2 if not said)',
  'pending-then-rejected': 'a new refund is PENDING, and REJECTED by itself `value` seconds later (2 if not said)',
  rejected: 'a new refund is REJECTED',
  'wrong-hash': 'the signature is refused, whatever it is',
  'key-expired': 'the first API key has ended (code 21): the second signs, callbacks too',
  'not-whitelisted': 'our address is not known there: code 6, which also means not found',
  'not-visible': 'no transaction is seen (code 6)',
  'check-disagrees': 'says another `value`: amount (if not said) or status',
  'detail-disagrees': 'says another `value`: amount (if not said), currency or status',
  'list-disagrees': 'says another `value`: amount (if not said), currency or status',
  'list-hides': 'lists nothing',
  'closed-but-silent': 'closes, and the connection is closed without an answer',
  absent: 'answers 404, as the real sandbox does',
}

/** What can happen to a bank's own messages to us. */
export const webhookFaults = ['slow', 'silent', 'flap', 'html', 'truncated', 'wrong-secret'] as const

const defaultSlowMs = 6000

export type FaultRule = {
  readonly target: string
  /** An operation, or `*` for all that can have this fault. */
  readonly operation: string
  readonly fault: string
  readonly value: number | string | undefined
  readonly setAtMs: number
}

/** The faults that each operation of each target can have besides those of plain HTTP. */
export type FaultTargets = ReadonlyMap<string, Readonly<Record<string, readonly string[]>>>

export type FaultTable = ReturnType<typeof openFaults>

export function openFaults(targets: FaultTargets, keep: (record: FileRecord) => void) {
  const rules = new Map<string, FaultRule>()
  const calls = new Map<string, number>()

  const possible = (target: string, operation: string): readonly string[] => {
    const own = targets.get(target)?.[operation]
    if (own === undefined) return []
    return operation === 'webhook' ? own : [...Object.keys(httpFaults), ...own]
  }

  function recall(record: FileRecord): void {
    const { target, operation, fault, value, setAtMs } = record as FaultRule & FileRecord
    for (const rule of rules.values()) {
      const isMeant = (target === '*' || rule.target === target) && (operation === '*' || rule.operation === operation)
      if (isMeant) rules.delete(`${rule.target} ${rule.operation}`)
    }
    if (fault === 'none') return
    rules.set(`${target} ${operation}`, { target, operation, fault, value, setAtMs })
    for (const key of calls.keys()) if (key.startsWith(`${target} `)) calls.delete(key)
  }

  return {
    recall,
    targetNames: [...targets.keys()],
    operationsOf: (target: string): string[] => Object.keys(targets.get(target) ?? {}),
    possible,
    list: (): FaultRule[] => [...rules.values()],
    catalogue: { ...httpFaults, ...ownFaults },

    /** Sets a fault, or clears with `none`; `*` clears all that it covers. */
    set(rule: FaultRule): void {
      keep({ ...rule })
      recall({ ...rule })
    },

    /** The fault this call meets, if any. An operation's own rule comes before that of `*`. */
    find(target: string, operation: string): FaultRule | undefined {
      const rule = rules.get(`${target} ${operation}`) ?? rules.get(`${target} *`)
      return rule && possible(target, operation).includes(rule.fault) ? rule : undefined
    },

    /** Counts the calls under `flap`: true for every second one. */
    flaps(target: string, operation: string): boolean {
      const key = `${target} ${operation}`
      const count = (calls.get(key) ?? 0) + 1
      calls.set(key, count)
      return count % 2 === 0
    },
  }
}

/** How long `slow` and `slow-answer` wait. */
export function slowMs(rule: FaultRule): number {
  return typeof rule.value === 'number' ? rule.value : defaultSlowMs
}
