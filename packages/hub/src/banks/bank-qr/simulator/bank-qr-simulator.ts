import { anotherAmount, type CurrencyCode, jsonNumber, plainAmount } from './amounts.ts'
import { jsonAnswer } from './answers.ts'
import { compactText, microsecondText, utcText } from './bank-time.ts'
import { Book } from './book.ts'
import { type Code, type CounterPayment, isBankRecord, type Movement, type VerifyMode } from './book-records.ts'
import { playLogin } from './login.ts'
import type { Ports, Route } from './ports.ts'
import { playQrGenerator } from './qr-generator.ts'
import { playRefunds } from './refunds.ts'
import type { BankQrSimulatorSettings } from './settings.ts'
import { playVerify } from './verify.ts'

/** What verify may be told to do about a payment; `unpaid-for` needs a time, `VerifyOrder.hiddenUntilMs`. */
export const verifyBehaviours = ['paid', 'unpaid', 'wrong-amount', 'silent', 'garbage', 'flap', 'unpaid-for'] as const
export type VerifyBehaviour = (typeof verifyBehaviours)[number]
export type VerifyOrder = { readonly verify: VerifyBehaviour; readonly hiddenUntilMs?: number | undefined }

/** Faults of this kind of bank alone, by operation; those of plain HTTP belong to the host. */
const ownFaults: Record<string, readonly string[]> = {
  login: ['expired-token', 'wrong-secret'],
  qr: ['wrong-qr', 'wrong-payee', 'expired-token', 'wrong-secret'],
  verify: ['unpaid-first', 'wrong-secret'],
  health: [],
  refund: ['done-but-silent', 'pending', 'pending-then-rejected', 'rejected', 'expired-token', 'wrong-secret'],
  'refund-totals': ['expired-token', 'wrong-secret'],
}

/** One bank of this shape, played by us: its routes, its book, and what it tells us. */
export class BankQrSimulator {
  readonly code: string
  readonly settings: BankQrSimulatorSettings
  readonly book: Book
  readonly routes: readonly Route[]
  readonly ownFaults = ownFaults
  readonly readAmount = plainAmount
  readonly timeText = utcText

  constructor(code: string, settings: BankQrSimulatorSettings, ports: Ports) {
    const book = new Book(ports)
    const login = playLogin(settings, ports)
    this.code = code
    this.settings = settings
    this.book = book
    this.routes = [
      login.route,
      playQrGenerator({ code, settings, book, ports, acceptsToken: login.accepts }),
      {
        operation: 'health',
        method: 'GET',
        path: settings.paths?.health ?? `${settings.basePath}/health`,
        handle: () => jsonAnswer(200, { status: 'UP' }),
      },
      ...(settings.hasVerify ? [playVerify({ settings, book })] : []),
      ...playRefunds({ settings, book, ports, acceptsToken: login.accepts }),
    ]
  }

  /** Takes back one kept record at the start. */
  recall(record: Readonly<Record<string, unknown>>): void {
    if (isBankRecord(record)) this.book.recall(record)
  }

  /** A customer pays: money arrives. With `wrong-amount` another sum arrives than the notice will tell. */
  receive(payment: Arriving): Movement {
    const { code, amount, currency, verify, hiddenUntilMs, atMicros } = payment
    const mode = modeOf(verify)
    if (this.book.verifyMode(code.billNumber) !== mode) this.book.setVerify(code.billNumber, mode)
    const movement: Movement = {
      transactionId: this.book.nextTransactionId(),
      reference: code.billNumber,
      merchantId: code.merchantId,
      amount: verify === 'wrong-amount' ? anotherAmount(amount, currency) : amount,
      currency,
      atMicros: this.book.nextMicros(atMicros),
      hidden: verify === 'unpaid',
      ...(hiddenUntilMs === undefined ? {} : { hiddenUntilMs }),
    }
    this.book.addMovement(movement)
    return movement
  }

  /** From now on verify behaves so about all movements of this reference. */
  setVerify(reference: string, { verify, hiddenUntilMs }: VerifyOrder): void {
    this.book.setVerify(reference, modeOf(verify), { hidden: verify === 'unpaid', hiddenUntilMs })
  }

  /**
   * The notice by which this bank tells of a payment. `atMicros` and the amount may belong to no movement at all, and
   * `instead` overrides any field.
   */
  noticeBody(
    notice: Omit<Movement, 'transactionId' | 'hidden'>,
    instead: Readonly<Record<string, unknown>> = {},
  ): string {
    return JSON.stringify({
      invoice_number: notice.reference,
      status: 'SUCCESS',
      merchant_number: notice.merchantId,
      paid_amount: jsonNumber(notice.amount),
      currency: notice.currency,
      paid_datetime: microsecondText(notice.atMicros),
      ...instead,
    })
  }

  /** A customer pays at the counter what our inquiry said, or another sum. */
  receiveAtCounter({ atMicros, ...bill }: CounterBill): CounterPayment {
    const payment: CounterPayment = {
      ...bill,
      transactionId: bill.transactionId ?? this.book.nextTransactionId(),
      atMicros: this.book.nextMicros(atMicros),
      status: 'PENDING',
    }
    this.book.addCounterPayment(payment)
    return payment
  }

  /** The confirmation by which this bank tells of a payment at its counter. */
  confirmationBody(payment: CounterPayment): string {
    return JSON.stringify({
      id: jsonNumber(payment.paymentId),
      policyNumber: payment.policyNumber,
      amount: jsonNumber(payment.amount),
      currency: payment.currency,
      bankTransactionId: payment.transactionId,
      payer: payment.payer.slice(0, 100),
      paidDate: compactText(payment.atMicros),
    })
  }
}

function modeOf(verify: VerifyBehaviour): VerifyMode {
  return verify === 'silent' || verify === 'garbage' || verify === 'flap' ? verify : 'truth'
}

/** Money that a customer pays by a code. `atMicros`: when, by the bank's clock. */
type Arriving = VerifyOrder & {
  readonly code: Code
  readonly amount: string
  readonly currency: CurrencyCode
  readonly atMicros: number
}

export type CounterBill = {
  readonly transactionId: string | undefined
  readonly paymentId: string
  readonly policyNumber: string
  readonly payer: string
  readonly amount: string
  readonly currency: CurrencyCode
  /** When it is paid, by the bank's clock; undefined for now. */
  readonly atMicros: number
}
