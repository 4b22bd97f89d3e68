import type { CurrencyCode } from './amounts.ts'
import { utcText } from './bank-time.ts'
import type { Ports } from './ports.ts'

/** A QR this bank made. The same bill number may have several; all of them can be paid. */
export type Code = {
  readonly billNumber: string
  readonly merchantId: string
  readonly currency: CurrencyCode
  /** What the code itself says. */
  readonly amount: string
  readonly payer: string
  readonly qr: string
}

/** Money that arrived through one of our codes. `hidden`: verify does not tell it yet. */
export type Movement = {
  readonly transactionId: string
  readonly reference: string
  readonly merchantId: string
  readonly amount: string
  readonly currency: CurrencyCode
  readonly atMicros: number
  readonly hidden: boolean
}

/** Money paid at the bank's counter for a bill it had inquired about. */
export type CounterPayment = {
  readonly transactionId: string
  /** The payment id our inquiry gave. */
  readonly paymentId: string
  readonly policyNumber: string
  readonly payer: string
  readonly amount: string
  readonly currency: CurrencyCode
  readonly atMicros: number
  /** PENDING until we confirmed it; REFUSED when the bank gave up telling us. */
  readonly status: 'PENDING' | 'SUCCESS' | 'REFUSED'
}

/** What verify does for one reference: the truth, no answer at all, or an answer that cannot be read. */
export type VerifyMode = 'truth' | 'silent' | 'garbage'

export type JournalPayment = {
  readonly transactionId: string
  readonly reference: string
  readonly amount: string
  readonly currency: string
  readonly paidAt: string
  /** SUCCESS counts as money on our account. */
  readonly status: string
}

type BankRecord =
  | ({ readonly k: 'code' } & Code)
  | ({ readonly k: 'movement' } & Movement)
  | ({ readonly k: 'counter' } & CounterPayment)
  | { readonly k: 'counter-status'; readonly transactionId: string; readonly status: CounterPayment['status'] }
  | { readonly k: 'verify'; readonly reference: string; readonly mode: VerifyMode; readonly hidden?: boolean }

/** What one bank believes. Every change is kept through `ports.keep` and comes back through `recall` at the next start. */
export class Book {
  readonly #ports: Ports
  readonly #codes = new Map<string, Code>()
  readonly #codesByText = new Map<string, Code>()
  readonly #movements = new Map<string, Movement[]>()
  readonly #counterPayments = new Map<string, CounterPayment>()
  readonly #modes = new Map<string, VerifyMode>()
  #lastMicros = 0
  #lastTransactionId = 0n

  constructor(ports: Ports) {
    this.#ports = ports
  }

  recall(record: BankRecord): void {
    if (record.k === 'code') {
      this.#codes.set(record.billNumber, record)
      this.#codesByText.set(record.qr, record)
    } else if (record.k === 'movement') {
      const listed = this.#movements.get(record.reference)
      if (listed) listed.push(record)
      else this.#movements.set(record.reference, [record])
      this.#seen(record)
    } else if (record.k === 'counter') {
      this.#counterPayments.set(record.transactionId, record)
      this.#seen(record)
    } else if (record.k === 'counter-status') {
      const payment = this.#counterPayments.get(record.transactionId)
      if (payment) this.#counterPayments.set(record.transactionId, { ...payment, status: record.status })
    } else {
      const { reference, mode, hidden } = record
      this.#modes.set(reference, mode)
      const listed = this.movementsOf(reference)
      if (hidden !== undefined) {
        this.#movements.set(
          reference,
          listed.map((movement) => ({ ...movement, hidden })),
        )
      }
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

  addMovement(movement: Movement): void {
    this.#write({ k: 'movement', ...movement })
  }

  movementsOf(reference: string): readonly Movement[] {
    return this.#movements.get(reference) ?? []
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

  /** `hidden`: all movements so far become unknown to verify, or known again; left out, they stay as they are. */
  setVerify(reference: string, mode: VerifyMode, hidden?: boolean): void {
    this.#write({ k: 'verify', reference, mode, ...(hidden === undefined ? {} : { hidden }) })
  }

  /** Microseconds since 1970, never the same twice: a notice has no id but its paid time. */
  nextMicros(): number {
    this.#lastMicros = Math.max(this.#ports.nowMs() * 1000, this.#lastMicros + 1)
    return this.#lastMicros
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
      ...journalLine(movement, movement.reference),
      status: movement.hidden ? 'PENDING' : 'SUCCESS',
    }))
    const byCounter = [...this.#counterPayments.values()].map((payment) => ({
      ...journalLine(payment, payment.paymentId),
      status: payment.status,
    }))
    return [...byQr, ...byCounter]
  }

  #write(record: BankRecord): void {
    this.#ports.keep(record)
    this.recall(record)
  }

  #seen({ transactionId, atMicros }: { transactionId: string; atMicros: number }): void {
    this.#lastMicros = Math.max(this.#lastMicros, atMicros)
    // Seventeen digits are ours; a number that a caller chose for a counter payment is not part of the sequence.
    if (/^[1-9]\d{16}$/.test(transactionId) && BigInt(transactionId) > this.#lastTransactionId) {
      this.#lastTransactionId = BigInt(transactionId)
    }
  }
}

/** Makes sure that a line of the file is one of this bank's; the file is the simulator's own, so its form is trusted. */
export function isBankRecord(record: Readonly<Record<string, unknown>>): record is BankRecord {
  return ['code', 'movement', 'counter', 'counter-status', 'verify'].includes(String(record['k']))
}

function journalLine(
  money: { transactionId: string; amount: string; currency: CurrencyCode; atMicros: number },
  reference: string,
): Omit<JournalPayment, 'status'> {
  return {
    transactionId: money.transactionId,
    reference,
    amount: money.amount,
    currency: money.currency,
    paidAt: utcText(money.atMicros),
  }
}
