import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clearFaults, during, setFault } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { look, operateOnce } from '../support/operators.ts'
import { createOrder, openPayment, type Order, paymentBecomes, readOrder } from '../support/orders.ts'
import { assertProblem } from '../support/problem.ts'
import {
  askRefund,
  laterBy,
  lookedAtUntil,
  readShown,
  refundBecomes,
  refundIn,
  refundSays,
  type ShownRefund,
  timesAsked,
  unclearCases,
} from '../support/refund-days.ts'
import { startTestHub, type TestHub } from '../support/running-hub.ts'
import { restSchedule } from '../support/schedule.ts'

const bank = 'ABA'

test('orders that were paid through PayWay are refunded', async (t) => {
  const hub = await startTestHub(t, {
    HUB_REQUESTS_PER_MINUTE: '10000',
    HUB_ORDER_PAYMENTS_PER_MINUTE: '10000',
    HUB_ORDER_PAYMENTS_PER_HOUR: '10000',
  })
  await restSchedule(hub)
  t.afterEach(() => clearFaults(hub))
  await t.test('in parts: the payment stays completed, and the order is refunded when all of it is back', () =>
    inParts(hub),
  )
  await t.test('in riel', () => inRiel(hub))
  await t.test('sixteen at once: as many as the money reaches, and not one more', () => atOnce(hub))
  await t.test('one that was done without an answer is found in what PayWay refunded, and not sent again', () =>
    doneWithoutAnswer(hub),
  )
  await t.test('one that was not done is sent again, 120 s later and not before', () => notDone(hub))
  await t.test('while another request is at work there it waits, and nothing else is taken for it', () => busy(hub))
  for (const [code, says] of refusals) {
    await t.test(`a refusal is explained: ${code}`, () => refused(hub, code, says))
  }
  await t.test('a key that PayWay does not take leaves it unsent, and says what to do', () => wrongKey(hub))
  await t.test('what nobody can say is told as that: nothing is sent until PayWay can be read', () => unreadable(hub))
  await t.test('the books agree after all of it', () => booksAgree(hub))
})

type Paid = { readonly id: number; readonly order: Order }

/** An order that was paid by its code. */
async function paid(hub: TestHub, more: { total?: string; currency?: string } = {}): Promise<Paid> {
  const order = await createOrder(hub, { total: '25.00', ...more })
  const { khqr } = await openPayment(hub, order)
  const answer = await hub.simulator('POST', '/_simulator/pay', { bank, qr: khqr.qr_string })
  assert.equal(answer.status, 200, answer.text)
  await paymentBecomes(hub, order, 'completed')
  return { id: Number(khqr.transaction_id.split('-')[0]), order }
}

async function orderStatus(hub: TestHub, { order }: Paid): Promise<unknown> {
  const after = await paymentBecomes(hub, order, 'completed')
  return after['order']?.['status']
}

async function shownFlags(hub: TestHub, { id }: Paid): Promise<unknown[]> {
  const { json } = await look(hub, `payments/${id}`)
  return [json['status'], json['amount_refunded']]
}

async function inParts(hub: TestHub): Promise<void> {
  const payment = await paid(hub)
  assertProblem(await askRefund(hub, payment, { amount: '25.01' }), 409, 'CONFLICT')
  for (const amount of ['10.00', '10.00']) {
    await refundBecomes(hub, refundIn(await askRefund(hub, payment, { amount })), 'succeeded')
    assert.equal(await orderStatus(hub, payment), 'paid', 'some of its money is still here')
  }
  assert.deepEqual(await shownFlags(hub, payment), ['completed', '20.00'])
  const { payment: seen } = await readOrder(hub, payment.order)
  assert.deepEqual([seen?.['amount'], seen?.['amount_refunded']], ['25.00', '20.00'])
  // What the shop knows of the payment is enough to refund it.
  const asked = await operateOnce(hub, 'refunds', {
    payment: String(seen?.['uuid']),
    reason: 'the customer returned it',
  })
  const last = await readShown(hub, refundIn(asked))
  assert.equal(last['amount'], '5.00')
  await refundBecomes(hub, String(last['id']), 'succeeded')
  assert.equal(await orderStatus(hub, payment), 'refunded')
  assert.deepEqual(await shownFlags(hub, payment), ['completed', '25.00'])
  assertProblem(await askRefund(hub, payment), 409, 'CONFLICT')
  assert.equal(await timesAsked(hub, payment.id), 3)
}

async function inRiel(hub: TestHub): Promise<void> {
  const payment = await paid(hub, { total: '20000', currency: 'KHR' })
  await refundBecomes(hub, refundIn(await askRefund(hub, payment, { amount: '4001' })), 'succeeded')
  assert.deepEqual(await shownFlags(hub, payment), ['completed', '4001'])
}

async function atOnce(hub: TestHub): Promise<void> {
  const payment = await paid(hub)
  const answers = await Promise.all(Array.from({ length: 16 }, () => askRefund(hub, payment, { amount: '10.00' })))
  const taken = answers.filter((one) => one.status !== 409)
  for (const one of answers) if (one.status === 409) assertProblem(one, 409, 'CONFLICT')
  assert.equal(taken.length, 2)
  for (const one of taken) await lookedAtUntil(hub, refundIn(one), 'succeeded')
  assert.deepEqual(await shownFlags(hub, payment), ['completed', '20.00'])
  assert.equal(await timesAsked(hub, payment.id), 2)
}

async function doneWithoutAnswer(hub: TestHub): Promise<void> {
  const payment = await paid(hub)
  const refund = await sentUnder(hub, payment, 'done-but-silent')
  assertProblem(await askRefund(hub, payment, { amount: '15.01' }), 409, 'CONFLICT')
  await laterBy(hub, refund, 0)
  await refundBecomes(hub, refund, 'succeeded')
  assert.equal(await timesAsked(hub, payment.id), 1)
  await refundBecomes(hub, refundIn(await askRefund(hub, payment, { amount: '15.00' })), 'succeeded')
  assert.equal(await orderStatus(hub, payment), 'refunded')
}

/** Asked for while PayWay does as the fault says; back is the refund once its trouble is known. */
async function sentUnder(hub: TestHub, payment: Paid, fault: string, value?: string): Promise<string> {
  await setFault(hub, bank, 'refund', fault, value)
  const refund = refundIn(await askRefund(hub, payment, { amount: '10.00' }))
  const shown = await refundSays(hub, refund, /ABA refund/)
  assert.equal(shown['status'], 'processing', JSON.stringify(shown))
  await clearFaults(hub)
  return refund
}

async function notDone(hub: TestHub): Promise<void> {
  const payment = await paid(hub)
  const refund = await sentUnder(hub, payment, 'html')
  await laterBy(hub, refund, 100)
  await refundSays(hub, refund, /does not list it; that is believed 120 s after sending/)
  assert.equal(await timesAsked(hub, payment.id), 1)
  await laterBy(hub, refund, 20)
  await refundBecomes(hub, refund, 'succeeded')
  assert.equal(await timesAsked(hub, payment.id), 2)
  assert.deepEqual(await shownFlags(hub, payment), ['completed', '10.00'])
}

async function busy(hub: TestHub): Promise<void> {
  const payment = await paid(hub)
  const refund = await sentUnder(hub, payment, 'code', 'PTL168')
  assert.match(String((await readShown(hub, refund))['sentence']), /another request about this transaction is at work/)
  await laterBy(hub, refund, 130)
  await refundBecomes(hub, refund, 'succeeded')
  assert.deepEqual(await unclearCases(hub, payment.id), [])
}

const refusals = [
  ['PTL36', /no paid transaction of this id .* Look for it in the merchant portal/],
  ['PTL181', /our balance at PayWay is too low .* Wait for new payments/],
] as const

async function refused(hub: TestHub, code: string, says: RegExp): Promise<void> {
  const payment = await paid(hub)
  await setFault(hub, bank, 'refund', 'code', code)
  const shown = await refundBecomes(hub, refundIn(await askRefund(hub, payment)), 'failed')
  assert.match(String(shown['sentence']), new RegExp(`^ABA refused it: Code ${code}: `))
  assert.match(String(shown['sentence']), says)
  await clearFaults(hub)
  // Its money stands again where it was.
  assert.deepEqual(await shownFlags(hub, payment), ['completed', '0.00'])
  assert.equal(await orderStatus(hub, payment), 'paid')
  await refundBecomes(hub, refundIn(await askRefund(hub, payment)), 'succeeded')
}

async function wrongKey(hub: TestHub): Promise<void> {
  const payment = await paid(hub)
  const refund = await sentUnder(hub, payment, 'wrong-hash')
  assert.match(
    String((await readShown(hub, refund))['sentence']),
    /code PTL02: the hash is not right: .* Compare the API key/,
  )
  await laterBy(hub, refund, 130)
  await refundBecomes(hub, refund, 'succeeded')
}

async function unreadable(hub: TestHub): Promise<void> {
  const payment = await paid(hub)
  const refund = await during(hub, [bank, 'check', 'html'], async () => {
    const id = refundIn(await askRefund(hub, payment))
    const shown: ShownRefund = await refundSays(hub, id, /ABA|cannot be asked|unknown/)
    assert.ok(['requested', 'pending'].includes(String(shown['status'])), JSON.stringify(shown))
    return id
  })
  assert.equal(await timesAsked(hub, payment.id), 0)
  await lookedAtUntil(hub, refund, 'succeeded')
}
