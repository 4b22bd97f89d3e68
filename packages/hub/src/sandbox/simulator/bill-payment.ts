import { isCurrencyCode } from '../../banks/bank-qr/simulator/amounts.ts'
import type { BankQrSimulator, CounterBill } from '../../banks/bank-qr/simulator/bank-qr-simulator.ts'
import type { CounterPayment } from '../../banks/bank-qr/simulator/book.ts'
import { type ControlBody, ControlRefusal, readControlBody } from './control-body.ts'
import type { AttemptAnswer } from './delivery-attempt.ts'
import type { World } from './world.ts'

const fields = ['bank', 'number', 'amount', 'currency', 'bankTransactionId', 'times']
const mostTimes = 100

/**
 * `POST /_simulator/bill-payment`: a customer pays at the counter. The bank inquires at our gateway and confirms what it
 * was told (or the amount asked for here), `times` times at once. A `bankTransactionId` that was already used is not paid
 * again: its confirmation is sent again, with the amount and currency asked for here.
 */
export async function payBill(world: World, raw: unknown): Promise<unknown> {
  const body = readControlBody(raw, fields)
  const bank = world.bank(body)
  const times = body.whole('times', { least: 1, most: mostTimes, fallback: 1 })
  const number = body.text('number', 'use the number of a bill, e.g. P123456789.')
  const repeated = body.has('bankTransactionId') ? bank.book.counterPayment(transactionId(body)) : undefined
  const inquiry = repeated ? undefined : await inquire(world, bank, number)
  const payment = repeated ? resaid(bank, body, repeated) : bank.receiveAtCounter(readBill(bank, body, inquiry))
  const told = Array.from({ length: times }, () => confirm(world, bank, payment))
  await world.durable()
  const confirmations = (await Promise.all(told)).map(shownAnswer)
  const { amount, currency, atMicros } = payment
  return {
    transactions: [
      {
        transactionId: payment.transactionId,
        amount,
        currency,
        paidAt: bank.timeText(atMicros),
        status: bank.book.counterPayment(payment.transactionId)?.status,
      },
    ],
    inquiry: inquiry && shownAnswer(inquiry),
    confirmation: confirmations[0],
    confirmations,
  }
}

async function inquire(world: World, bank: BankQrSimulator, number: string): Promise<AttemptAnswer> {
  const path = `${bank.settings.paymentsPath}?query=${encodeURIComponent(number)}`
  const answer = await world.askGateway(bank, path)
  if (answer.status === 200) return answer
  const said = answer.status === undefined ? `could not be asked (${answer.error})` : `answered ${answer.status}`
  throw new ControlRefusal(
    answer.status === 404 ? 404 : 502,
    'number',
    number,
    `The counter took no money for ${number}: our gateway ${said} at GET ${path}. Its answer stands beside this.`,
    { inquiry: shownAnswer(answer) },
  )
}

function readBill(bank: BankQrSimulator, body: ControlBody, inquiry: AttemptAnswer | undefined): CounterBill {
  const bill = billOf(inquiry)
  if (!bill) {
    const message =
      'Our gateway answered the inquiry with 200, but not with {data:{id, policyNumber, payer, amount, currency}}.'
    throw new ControlRefusal(502, 'number', body.value('number'), message, { inquiry: inquiry && shownAnswer(inquiry) })
  }
  const currency = body.oneOf('currency', ['USD', 'KHR'], bill.currency)
  return {
    transactionId: body.has('bankTransactionId') ? transactionId(body) : undefined,
    paymentId: bill.paymentId,
    policyNumber: bill.policyNumber,
    payer: bill.payer,
    currency,
    amount: readAmount(bank, body, bill.amount, currency),
  }
}

type Bill = Omit<CounterBill, 'transactionId' | 'amount'> & { amount: unknown }

function billOf(inquiry: AttemptAnswer | undefined): Bill | undefined {
  try {
    const { data } = JSON.parse(inquiry?.body ?? '') as { data?: Record<string, unknown> }
    const { id, policyNumber, payer, amount, currency } = data ?? {}
    const usable = Number.isSafeInteger(id) && typeof policyNumber === 'string' && typeof payer === 'string'
    return usable && isCurrencyCode(currency)
      ? { paymentId: String(id), policyNumber, payer, amount, currency }
      : undefined
  } catch {
    return undefined
  }
}

/** The same confirmation again, or one that says something else under the same transaction id. */
function resaid(bank: BankQrSimulator, body: ControlBody, earlier: CounterPayment): CounterPayment {
  const currency = body.oneOf('currency', ['USD', 'KHR'], earlier.currency)
  return { ...earlier, currency, amount: readAmount(bank, body, earlier.amount, currency) }
}

function readAmount(bank: BankQrSimulator, body: ControlBody, usual: unknown, currency: 'USD' | 'KHR'): string {
  const amount = bank.readAmount(body.has('amount') ? body.value('amount') : usual, currency)
  return amount ?? body.refuse('amount', `use an amount above 0 with the decimals of ${currency}.`)
}

function transactionId(body: ControlBody): string {
  const wanted = 'use 1 to 64 letters, digits, "-" or "_".'
  const text = body.text('bankTransactionId', wanted)
  return /^[\w-]{1,64}$/.test(text) ? text : body.refuse('bankTransactionId', wanted)
}

function confirm(world: World, bank: BankQrSimulator, payment: CounterPayment): Promise<AttemptAnswer> {
  return world.deliveries.tell({
    bank: bank.code,
    purpose: 'confirmation',
    path: bank.settings.paymentsPath,
    body: bank.confirmationBody(payment),
    reference: payment.paymentId,
    transactionId: payment.transactionId,
    firstAtMs: world.nowMs(),
  })
}

function shownAnswer(answer: AttemptAnswer): Record<string, unknown> {
  if (answer.status === undefined) return { error: answer.error }
  try {
    return { status: answer.status, body: JSON.parse(answer.body ?? '') as unknown }
  } catch {
    return { status: answer.status, body: answer.body }
  }
}
