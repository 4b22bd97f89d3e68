import type { BankQrSimulator } from '../../banks/bank-qr/simulator/bank-qr-simulator.ts'
import type { CounterPayment, InquiredBill } from '../../banks/bank-qr/simulator/book-records.ts'
import { type ControlBody, ControlRefusal, readControlBody } from './control-body.ts'
import { billByPaymentId, billOf, readAgain, readMoney } from './counter-bill.ts'
import type { AttemptAnswer } from './delivery-attempt.ts'
import { readBankClock } from './order-parts.ts'
import type { World } from './world.ts'

const fields = [
  'bank',
  'number',
  'amount',
  'currency',
  'bankTransactionId',
  'times',
  'again',
  'paymentId',
  'payer',
  'inquiryOnly',
  'clockSkewS',
  'paidAt',
]
const mostTimes = 100

/**
 * `POST /_simulator/bill-payment`: a customer pays at the counter. The bank inquires at our gateway and confirms what it
 * was told (or the amount asked for here), `times` times at once. With `paymentId` it does not inquire, for it has done
 * so before, or another bank has. A `bankTransactionId` that was already used is not paid again: its confirmation is sent
 * again, with the amount and currency asked for here. With `again` it is told once more, after our answers, with other
 * content.
 */
export async function payBill(world: World, raw: unknown): Promise<unknown> {
  const body = readControlBody(raw, fields)
  const bank = world.bank(body)
  const times = body.whole('times', { least: 1, most: mostTimes, fallback: 1 })
  const number = body.text('number', 'use the number of a bill, e.g. P123456789.')
  const clock = readBankClock(body)
  const altered = readAgain(bank, body)
  const earlier = body.has('bankTransactionId') ? bank.book.counterPayment(transactionId(body)) : undefined
  const isInquiry = !earlier && !body.has('paymentId')
  if (body.flag('inquiryOnly') && !isInquiry) body.refuse('inquiryOnly', 'leave it out, or leave out the id.')
  const inquiry = isInquiry ? await inquire(world, bank, number) : undefined
  const bill = inquiry ? inquired(bank, number, inquiry) : undefined
  if (body.flag('inquiryOnly')) return answerOf(world, { inquiry })
  const payment = earlier
    ? { ...earlier, ...readMoney(bank, body, earlier) }
    : arrive(bank, body, bill ?? billByPaymentId(world, body), clock(world.nowMs(), 0))
  const told = Array.from({ length: times }, () => confirm(world, bank, payment))
  await world.durable()
  const confirmations = await Promise.all(told)
  const again = altered && (await confirm(world, bank, altered(payment, world.nowMs())))
  return answerOf(world, { inquiry, bank, payment, confirmations, again })
}

type Done = {
  inquiry: AttemptAnswer | undefined
  bank?: BankQrSimulator
  payment?: CounterPayment
  confirmations?: readonly AttemptAnswer[]
  again?: AttemptAnswer | undefined
}

async function answerOf(world: World, { inquiry, bank, payment, confirmations = [], again }: Done): Promise<unknown> {
  await world.durable()
  const transactions = []
  if (bank && payment) {
    const { transactionId, amount, currency, atMicros } = payment
    const status = bank.book.counterPayment(transactionId)?.status
    transactions.push({ transactionId, amount, currency, paidAt: bank.timeText(atMicros), status })
  }
  const shown = confirmations.map(shownAnswer)
  return {
    transactions,
    inquiry: inquiry && shownAnswer(inquiry),
    confirmation: shown[0],
    confirmations: shown,
    again: again && shownAnswer(again),
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

/** The bank remembers the bill, to confirm it later or at another bank. */
function inquired(bank: BankQrSimulator, number: string, inquiry: AttemptAnswer): InquiredBill {
  const bill = billOf(inquiry)
  if (!bill) {
    const message =
      'Our gateway answered the inquiry with 200, but not with {data:{id, policyNumber, payer, amount, currency}}.'
    throw new ControlRefusal(502, 'number', number, message, { inquiry: shownAnswer(inquiry) })
  }
  bank.book.addInquiry(bill)
  return bill
}

function arrive(bank: BankQrSimulator, body: ControlBody, bill: InquiredBill, atMicros: number): CounterPayment {
  const chosenId = body.has('bankTransactionId') ? transactionId(body) : undefined
  return bank.receiveAtCounter({ ...bill, ...readMoney(bank, body, bill), transactionId: chosenId, atMicros })
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
