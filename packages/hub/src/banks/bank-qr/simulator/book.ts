import { utcText } from './bank-time.ts'
import type {
  BankRecord,
  Code,
  CounterPayment,
  Hiding,
  InquiredBill,
  JournalPayment,
  MoneyHere,
  Movement,
  VerifyMode,
} from './book-records.ts'
import { MoneyBack, type Refund } from './money-back.ts'
import type { Ports } from './ports.ts'

/** What one bank believes. Every change is kept through `ports.keep` and comes back through `recall` at the next start. */
export class Book {
  readonly moneyBack: MoneyBack
  readonly #ports: Ports
  readonly #codes = new Map<string, Code>()
  readonly #codesByText = new Map<string, Code>()
  readonly #movements = new Map<string, Movement[]>()
  readonly #inquiredBills = new Map<string, InquiredBill>()
  readonly #counterPayments = new Map<string, CounterPayment>()
  readonly #modes = new Map<string, VerifyMode>()
  /** Verify calls about a reference since it flaps. */
  readonly #flaps = new Map<string, number>()
  readonly #references = new Map<string, string>()
  readonly #usedMicros = new Set<number>()
  #lastTransactionId = 0n

  constructor(ports: Ports) {
    this.#ports = ports
    this.moneyBack = new MoneyBack(ports.nowMs)
  }

  recall(record: BankRecord): void {
    if (record.k === 'code') {
      this.#codes.set(record.billNumber, record)
      this.#codesByText.set(record.qr, record)
    } else if (record.k === 'movement') {
      const listed = this.#movements.get(record.reference)
      if (listed) listed.push(record)
      else this.#movements.set(record.reference, [record])
      this.#references.set(record.transactionId, record.reference)
      this.#seen(record)
    } else if (record.k === 'inquiry') {
      this.#inquiredBills.set(record.paymentId, record)
    } else if (record.k === 'counter') {
      this.#counterPayments.set(record.transactionId, record)
      this.#seen(record)
    } else if (record.k === 'counter-status') {
      const payment = this.#counterPayments.get(record.transactionId)
      if (payment) this.#counterPayments.set(record.transactionId, { ...payment, status: record.status })
    } else if (record.k === 'verify') {
      this.#recallVerify(record)
    } else {
      this.moneyBack.recall(record)
      if (record.k === 'refund') this.#seenTransactionId(record.bankRefundId)
    }
  }

  addCode(code: Code): void {
    this.#write({ k: 'code', ...code })
  }

  codeOf(billNumber: string): Code | undefined {
    return this.#codes.get(billNumber)
  }

  codeByText(qr: string): Code | undefined {
    return this.#codesByText.get(qr)
  }

  /** Every code that was made, the newest last. */
  codes(): Code[] {
    return [...this.#codesByText.values()]
  }

  addMovement(movement: Movement): void {
    this.#write({ k: 'movement', ...movement })
  }

  movementsOf(reference: string): readonly Movement[] {
    return this.#movements.get(reference) ?? []
  }

  /** Whether verify does not tell a movement now: it waits, or the bank has taken it back. */
  isUnlisted(movement: Movement): boolean {
    return this.#isHidden(movement) || this.moneyBack.isReversed(movement)
  }

  addInquiry(bill: InquiredBill): void {
    this.#write({ k: 'inquiry', ...bill })
  }

  inquiredBill(paymentId: string): InquiredBill | undefined {
    return this.#inquiredBills.get(paymentId)
  }

  addCounterPayment(payment: CounterPayment): void {
    this.#write({ k: 'counter', ...payment })
  }

  counterPayment(transactionId: string): CounterPayment | undefined {
    return this.#counterPayments.get(transactionId)
  }

  settleCounterPayment(transactionId: string, status: CounterPayment['status']): void {
    if (this.counterPayment(transactionId)?.status === status) return
    this.#write({ k: 'counter-status', transactionId, status })
  }

  verifyMode(reference: string): VerifyMode {
    return this.#modes.get(reference) ?? 'truth'
  }

  /** Whether verify leaves out, this time, what it lists: every second time under `flap`. */
  flapsAway(reference: string): boolean {
    if (this.verifyMode(reference) !== 'flap') return false
    const calls = (this.#flaps.get(reference) ?? 0) + 1
    this.#flaps.set(reference, calls)
    return calls % 2 === 0
  }

  /** `hiding`: what becomes of all movements so far; left out, they stay as they are. */
  setVerify(reference: string, mode: VerifyMode, hiding?: Hiding): void {
    this.#write({ k: 'verify', reference, mode, ...hiding })
  }

  /** A movement or counter payment that counts as money of ours, taken back or not. */
  moneyOn(transactionId: string): MoneyHere | undefined {
    const reference = this.#references.get(transactionId)
    if (reference !== undefined) {
      return this.movementsOf(reference).find((one) => one.transactionId === transactionId && !this.#isHidden(one))
    }
    const payment = this.#counterPayments.get(transactionId)
    return payment?.status === 'SUCCESS' ? payment : undefined
  }

  /** All money of ours under one payment id, however it came. */
  moneyFor(reference: string): readonly MoneyHere[] {
    const byCounter = [...this.#counterPayments.values()].filter(
      (payment) => payment.paymentId === reference && payment.status === 'SUCCESS',
    )
    return [...this.movementsOf(reference).filter((movement) => !this.#isHidden(movement)), ...byCounter]
  }

  addRefund(refund: Refund): void {
    this.#write({ k: 'refund', ...refund })
  }

  /** From `atMs` on the bank has taken the movement back, or has given it again. */
  turn(transactionId: string, reversed: boolean, atMs: number): void {
    this.#write({ k: 'turn', transactionId, reversed, atMs })
  }

  /** The first microsecond from `wanted` on that no money has yet: a notice has no id but its paid time. */
  nextMicros(wanted: number): number {
    let micros = wanted
    while (this.#usedMicros.has(micros)) micros++
    this.#usedMicros.add(micros)
    return micros
  }

  /** Seventeen digits, unique at this bank: milliseconds and four digits, as seen in AMK's own messages. */
  nextTransactionId(): string {
    const byClock = BigInt(this.#ports.nowMs()) * 10_000n
    this.#lastTransactionId = byClock > this.#lastTransactionId ? byClock : this.#lastTransactionId + 1n
    return this.#lastTransactionId.toString()
  }

  /** Everything this bank holds for us, as the journal shows it. */
  payments(): JournalPayment[] {
    const byQr = [...this.#movements.values()].flat().map((movement) => ({
      ...this.#journalLine(movement, movement.reference),
      status: this.#statusOf(movement, this.#isHidden(movement) ? 'PENDING' : 'SUCCESS'),
    }))
    const byCounter = [...this.#counterPayments.values()].map((payment) => ({
      ...this.#journalLine(payment, payment.paymentId),
      status: this.#statusOf(payment, payment.status),
    }))
    return [...byQr, ...byCounter]
  }

  #write(record: BankRecord): void {
    this.#ports.keep(record)
    this.recall(record)
  }

  #recallVerify({ reference, mode, hidden, hiddenUntilMs }: Extract<BankRecord, { k: 'verify' }>): void {
    this.#modes.set(reference, mode)
    this.#flaps.delete(reference)
    if (hidden === undefined) return
    const listed = this.movementsOf(reference)
    this.#movements.set(
      reference,
      listed.map((movement) => ({ ...movement, hidden, hiddenUntilMs })),
    )
  }

  #isHidden({ hidden, hiddenUntilMs = 0 }: Movement): boolean {
    return hidden || hiddenUntilMs > this.#ports.nowMs()
  }

  #statusOf(money: MoneyHere, status: string): string {
    return this.moneyBack.isReversed(money) ? 'REVERSED' : status
  }

  #journalLine(money: MoneyHere & { atMicros: number }, reference: string): Omit<JournalPayment, 'status'> {
    const { transactionId, amount, currency, atMicros } = money
    const { refunded, refunds } = this.moneyBack.totalsOf(money)
    return { transactionId, reference, amount, currency, paidAt: utcText(atMicros), refunded, refunds }
  }

  #seen({ transactionId, atMicros }: { transactionId: string; atMicros: number }): void {
    this.#usedMicros.add(atMicros)
    this.#seenTransactionId(transactionId)
  }

  #seenTransactionId(transactionId: string): void {
    // Seventeen digits are ours; a number that a caller chose for a counter payment is not part of the sequence.
    if (/^[1-9]\d{16}$/.test(transactionId) && BigInt(transactionId) > this.#lastTransactionId) {
      this.#lastTransactionId = BigInt(transactionId)
    }
  }
}
