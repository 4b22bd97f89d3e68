import { type CurrencyCode, isCurrencyCode } from '../../banks/bank-qr/simulator/amounts.ts'
import type { BankQrSimulator } from '../../banks/bank-qr/simulator/bank-qr-simulator.ts'
import type { CounterPayment, InquiredBill } from '../../banks/bank-qr/simulator/book-records.ts'
import { type ControlBody, ControlRefusal, readNested } from './control-body.ts'
import type { AttemptAnswer } from './delivery-attempt.ts'
import { type BankClock, readBankClock } from './order-parts.ts'
import type { World } from './world.ts'

const againFields = ['amount', 'currency', 'payer', 'number', 'paidAt', 'clockSkewS']
const currencies = ['USD', 'KHR'] as const

/** The bill in the answer to an inquiry. Its amount is not read yet. */
export function billOf(inquiry: AttemptAnswer): InquiredBill | undefined {
  try {
    const { data } = JSON.parse(inquiry.body ?? '') as { data?: Record<string, unknown> }
    const { id, policyNumber, payer, amount, currency } = data ?? {}
    const usable = Number.isSafeInteger(id) && typeof policyNumber === 'string' && typeof payer === 'string'
    return usable && isCurrencyCode(currency)
      ? { paymentId: String(id), policyNumber, payer, amount, currency }
      : undefined
  } catch {
    return undefined
  }
}

/** The bill of the body's `paymentId`: as any bank was told at an inquiry, or as the body says. */
export function billByPaymentId(world: World, body: ControlBody): InquiredBill {
  const paymentId = body.text('paymentId', 'use the number of a payment, e.g. 150001.')
  if (!/^\d{1,15}$/.test(paymentId)) body.refuse('paymentId', 'use the number of a payment, e.g. 150001.')
  const policyNumber = body.text('number', 'use the number of a bill.')
  const payer = body.has('payer') ? readPayer(body) : undefined
  for (const { book } of world.banks.values()) {
    const known = book.inquiredBill(paymentId)
    if (known) return { ...known, policyNumber, payer: payer ?? known.payer }
  }
  if (body.has('amount') && body.has('currency')) {
    const currency = body.oneOf('currency', currencies)
    return { paymentId, policyNumber, payer: payer ?? 'SAMPLE PAYER', amount: body.value('amount'), currency }
  }
  const message = `No bank has inquired about payment ${paymentId}: say amount and currency, or inquire first.`
  throw new ControlRefusal(404, 'paymentId', paymentId, message)
}

/** The amount and currency asked for here, or else as they are usually. */
export function readMoney(
  bank: BankQrSimulator,
  body: ControlBody,
  usual: { readonly amount: unknown; readonly currency: CurrencyCode },
): { amount: string; currency: CurrencyCode } {
  const currency = body.oneOf('currency', currencies, usual.currency)
  const amount = bank.readAmount(body.has('amount') ? body.value('amount') : usual.amount, currency)
  const wanted = `use an amount above 0 with the decimals of ${currency}.`
  return { amount: amount ?? body.refuse('amount', wanted), currency }
}

/** What the body's `again` makes of a confirmation: the same transaction id with other content. */
export type Altered = (payment: CounterPayment, nowMs: number) => CounterPayment

/** Everything is judged before any money moves, so that no call is refused half done. */
export function readAgain(bank: BankQrSimulator, body: ControlBody): Altered | undefined {
  const again = readNested(body, 'again', againFields)
  if (!again) return undefined
  if (!againFields.some((name) => again.has(name))) {
    body.refuse('again', `say what differs: ${againFields.join(', ')}. For an equal one use times.`)
  }
  const chosen = again.has('currency') ? again.oneOf('currency', currencies) : undefined
  const isAmount = !again.has('amount') || bank.readAmount(again.value('amount'), 'USD') !== undefined
  if (!isAmount) again.refuse('amount', 'use an amount above 0 with at most two decimals.')
  const payer = again.has('payer') ? readPayer(again) : undefined
  const policyNumber = again.has('number') ? again.text('number', 'use a text.') : undefined
  const clock: BankClock | undefined = again.has('paidAt') || again.has('clockSkewS') ? readBankClock(again) : undefined
  return (payment, nowMs) => {
    const currency = chosen ?? payment.currency
    const said = again.has('amount') ? again.value('amount') : payment.amount
    return {
      ...payment,
      currency,
      // A contradiction may have decimals that its currency has not.
      amount: bank.readAmount(said, currency) ?? bank.readAmount(said, 'USD') ?? payment.amount,
      payer: payer ?? payment.payer,
      policyNumber: policyNumber ?? payment.policyNumber,
      atMicros: clock?.(nowMs, 0) ?? payment.atMicros,
    }
  }
}

function readPayer(body: ControlBody): string {
  return body.text('payer', "use the customer's name.")
}
