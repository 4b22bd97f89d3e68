import { amountText, type CurrencyCode, minorUnits } from './amounts.ts'
import { utcText } from './bank-time.ts'

export type RefundStatus = 'REFUNDED' | 'PENDING' | 'REJECTED'

/** Money that we asked the bank to give back. */
export type Refund = {
  /** Ours. */
  readonly refundId: string
  /** The bank's own: seventeen digits. */
  readonly bankRefundId: string
  readonly transactionId: string
  readonly merchantId: string
  readonly amount: string
  readonly currency: CurrencyCode
  readonly atMs: number
  /** As it was first; `ends` says when and how PENDING ends. */
  readonly status: RefundStatus
  readonly ends?: { readonly atMs: number; readonly as: 'REFUNDED' | 'REJECTED' } | undefined
  readonly message?: string | undefined
}

export type ShownRefund = {
  readonly refundId: string
  readonly bankRefundId: string
  readonly amount: string
  readonly status: RefundStatus
  readonly at: string
}

/** From `atMs` on a movement is taken back (`reversed`), or is there again. */
type Turn = { readonly transactionId: string; readonly reversed: boolean; readonly atMs: number }

export type MoneyBackRecord = ({ readonly k: 'refund' } & Refund) | ({ readonly k: 'turn' } & Turn)

type Money = { readonly transactionId: string; readonly amount: string; readonly currency: CurrencyCode }

/**
 * What went back of each movement: refunds that we asked for, and what the bank took back itself. How anything stands is
 * worked out from the kept records and the clock, so that a restart changes nothing and no timer can be lost.
 */
export class MoneyBack {
  readonly #nowMs: () => number
  readonly #refunds = new Map<string, Refund>()
  readonly #refundsOf = new Map<string, Refund[]>()
  readonly #turns = new Map<string, Turn[]>()

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  recall(record: MoneyBackRecord): void {
    const { transactionId, atMs } = record
    if (record.k === 'refund') {
      this.#refunds.set(record.refundId, record)
      this.#refundsOf.set(transactionId, [...(this.#refundsOf.get(transactionId) ?? []), record])
      return
    }
    // The last word counts: it undoes what was announced for a later time.
    const earlier = (this.#turns.get(transactionId) ?? []).filter((turn) => turn.atMs <= atMs)
    this.#turns.set(transactionId, [...earlier, record])
  }

  refund(refundId: string): Refund | undefined {
    return this.#refunds.get(refundId)
  }

  /** A refund as it stands now. What was pending when the bank took the movement back will never be paid. */
  statusOf({ transactionId, atMs, status, ends }: Refund): RefundStatus {
    if (status !== 'PENDING' || !ends) return status
    const now = this.#nowMs()
    const isOvertaken = this.#turnsOf(transactionId).some(
      (turn) => turn.reversed && turn.atMs >= atMs && turn.atMs <= now && turn.atMs < ends.atMs,
    )
    if (isOvertaken) return 'REJECTED'
    return now >= ends.atMs ? ends.as : 'PENDING'
  }

  /** `refunded` is what went back; a pending refund is none of it yet. */
  totalsOf(money: Money): { refunded: string; refunds: ShownRefund[] } {
    const refunds = (this.#refundsOf.get(money.transactionId) ?? []).map((refund) => ({
      refundId: refund.refundId,
      bankRefundId: refund.bankRefundId,
      amount: refund.amount,
      status: this.statusOf(refund),
      at: utcText(refund.atMs * 1000),
    }))
    return { refunded: amountText(this.#sum(money.transactionId, ['REFUNDED']), money.currency), refunds }
  }

  /** Minor units that can still be asked back; what is pending is held. */
  leftOf({ transactionId, amount }: Money): bigint {
    return minorUnits(amount) - this.#sum(transactionId, ['REFUNDED', 'PENDING'])
  }

  isRefundedWhole({ transactionId, amount }: Money): boolean {
    return this.#sum(transactionId, ['REFUNDED']) >= minorUnits(amount)
  }

  /** Whether the bank has taken the movement back. Of one that was refunded whole there is nothing to take. */
  isReversed(money: Money): boolean {
    const now = this.#nowMs()
    const last = this.#turnsOf(money.transactionId).findLast((turn) => turn.atMs <= now)
    return last?.reversed === true && this.leftOf(money) > 0n
  }

  /** Whether the movement is taken back, or will be. */
  isToBeReversed(money: Money): boolean {
    const announced = this.#turnsOf(money.transactionId).some((turn) => turn.reversed && turn.atMs > this.#nowMs())
    return announced || this.isReversed(money)
  }

  #sum(transactionId: string, statuses: readonly RefundStatus[]): bigint {
    const counted = (this.#refundsOf.get(transactionId) ?? []).filter((one) => statuses.includes(this.statusOf(one)))
    return counted.reduce((sum, { amount }) => sum + minorUnits(amount), 0n)
  }

  #turnsOf(transactionId: string): readonly Turn[] {
    return this.#turns.get(transactionId) ?? []
  }
}

/** Whether a kept line's kind is one of these. */
export function isMoneyBackRecord(kind: string): boolean {
  return kind === 'refund' || kind === 'turn'
}
