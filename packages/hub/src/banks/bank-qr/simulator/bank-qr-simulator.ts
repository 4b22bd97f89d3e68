import { anotherAmount, type CurrencyCode, jsonNumber, plainAmount } from './amounts.ts'
import { jsonAnswer } from './answers.ts'
import { compactText, microsecondText, utcText } from './bank-time.ts'
import { type Code, type CounterPayment, isBankRecord, type Movement, openBook, type VerifyMode } from './book.ts'
import { playLogin } from './login.ts'
import type { Ports, Route } from './ports.ts'
import { playQrGenerator } from './qr-generator.ts'
import type { BankQrSimulatorSettings } from './settings.ts'
import { playVerify } from './verify.ts'

/** What verify may be told to do about a payment. */
export const verifyBehaviours = ['paid', 'unpaid', 'wrong-amount', 'silent', 'garbage'] as const
export type VerifyBehaviour = (typeof verifyBehaviours)[number]

/** Faults of this kind of bank alone, by operation; those of plain HTTP belong to the host. */
const ownFaults: Record<string, readonly string[]> = {
  login: ['expired-token', 'wrong-secret'],
  qr: ['wrong-qr', 'wrong-payee', 'expired-token', 'wrong-secret'],
  verify: ['unpaid-first', 'wrong-secret'],
  health: [],
}

export type BankQrSimulator = ReturnType<typeof createBankQrSimulator>

/** One bank of this shape, played by us: its routes, its book, and what it tells us. */
export function createBankQrSimulator(code: string, settings: BankQrSimulatorSettings, ports: Ports) {
  const book = openBook(ports)
  const login = playLogin(settings, ports)
  const routes: Route[] = [
    login.route,
    playQrGenerator({ code, settings, book, ports, acceptsToken: login.accepts }),
    {
      operation: 'health',
      method: 'GET',
      path: `${settings.basePath}/health`,
      handle: () => jsonAnswer(200, { status: 'UP' }),
    },
  ]
  if (settings.hasVerify) routes.push(playVerify({ settings, book }))

  return {
    code,
    settings,
    routes,
    ownFaults,
    book,

    /** Takes back one kept record at the start. */
    recall(record: Readonly<Record<string, unknown>>): void {
      if (isBankRecord(record)) book.recall(record)
    },

    /** A customer pays: money arrives. With `wrong-amount` another sum arrives than the notice will tell. */
    receive(paid: Code, amount: string, currency: CurrencyCode, verify: VerifyBehaviour): Movement {
      const mode = modeOf(verify)
      if (book.verifyMode(paid.billNumber) !== mode) book.setVerify(paid.billNumber, mode)
      const movement: Movement = {
        transactionId: book.nextTransactionId(),
        reference: paid.billNumber,
        merchantId: paid.merchantId,
        amount: verify === 'wrong-amount' ? anotherAmount(amount, currency) : amount,
        currency,
        atMicros: book.nextMicros(),
        hidden: verify === 'unpaid',
      }
      book.addMovement(movement)
      return movement
    },

    /** From now on verify behaves so about all movements of this reference. */
    setVerify(reference: string, verify: Exclude<VerifyBehaviour, 'wrong-amount'>): void {
      book.setVerify(reference, modeOf(verify), verify === 'unpaid')
    },

    /** The notice by which this bank tells of a payment. `atMicros` and the amount may belong to no movement at all. */
    noticeBody(notice: {
      reference: string
      merchantId: string
      amount: string
      currency: string
      atMicros: number
    }): string {
      return JSON.stringify({
        invoice_number: notice.reference,
        status: 'SUCCESS',
        merchant_number: notice.merchantId,
        paid_amount: jsonNumber(notice.amount),
        currency: notice.currency,
        paid_datetime: microsecondText(notice.atMicros),
      })
    },

    /** A customer pays at the counter what our inquiry said, or another sum. */
    receiveAtCounter(bill: CounterBill): CounterPayment {
      const payment: CounterPayment = {
        ...bill,
        transactionId: bill.transactionId ?? book.nextTransactionId(),
        atMicros: book.nextMicros(),
        status: 'PENDING',
      }
      book.addCounterPayment(payment)
      return payment
    },

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
    },

    readAmount: plainAmount,
    timeText: utcText,
  }
}

function modeOf(verify: VerifyBehaviour): VerifyMode {
  return verify === 'silent' || verify === 'garbage' ? verify : 'truth'
}

export type CounterBill = {
  readonly transactionId: string | undefined
  readonly paymentId: string
  readonly policyNumber: string
  readonly payer: string
  readonly amount: string
  readonly currency: CurrencyCode
}
