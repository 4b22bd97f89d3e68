import { readCode as readPaidCode } from '../../../banks/bakong/simulator/khqr-code.ts'
import { readKhqr } from '../../../banks/bank-qr/simulator/khqr-string.ts'

/** What a banking app reads off a code. */
export type CodeOnScreen = {
  readonly md5: string
  readonly account: string
  readonly merchantName: string
  readonly amount: string | undefined
  readonly currency: 'USD' | 'KHR'
  readonly billNumber: string | undefined
  /** 0 where the code does not say. */
  readonly createdAtMs: number
  readonly endsAtMs: number | undefined
}

/** Why a text is no KHQR that could be paid. `damaged`: its checksum is wrong. `foreign`: a code of another system. */
export type UnreadProblem = 'unreadable' | 'damaged' | 'foreign' | 'tooLong'

/** A KHQR has no more. Source: the played banks' readers. */
const longestText = 1_000

/** What is wrong with a text that `readCode` cannot read. */
export function problemOf(text: string): UnreadProblem {
  if (text.length > longestText) return 'tooLong'
  // Every EMV code begins with its version and ends with its checksum.
  if (!/^000201.*6304[0-9A-Fa-f]{4}$/s.test(text)) return 'unreadable'
  return readKhqr(text).ok ? 'foreign' : 'damaged'
}

/** Undefined where a banking app would say that this is no KHQR. */
export function readCode(qr: string): CodeOnScreen | undefined {
  const paid = readPaidCode(qr)
  const tags = readKhqr(qr)
  if (!paid.ok || !tags.ok) return undefined
  const { md5, account, amount, currency, billNumber, expiresAtMs } = paid.code
  return {
    md5,
    account,
    merchantName: tags.tags.get('59') ?? account,
    amount,
    currency,
    billNumber,
    // Tag 99, sub-tag 00: 13 digits.
    createdAtMs: Number(/^0013(\d{13})/.exec(tags.tags.get('99') ?? '')?.[1] ?? 0),
    endsAtMs: expiresAtMs,
  }
}
