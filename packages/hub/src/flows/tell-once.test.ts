import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startRelaying } from '../../test/support/relaying-hub.ts'
import { asIngenium } from '../billers/policy-system/test-systems.ts'
import { momentIn } from '../kit/deadline.ts'
import { creditMarks, startCredits } from '../store/credits.ts'
import { type Order, sendWithinMs, tellOnce } from './tell-once.ts'

test('a sender that was stopped right before the call, while another asked and sent, sends nothing and undoes nothing', async () => {
  const world = await startRelaying({ after }, { 'allow-plain-http': true, ...asIngenium })
  const { hub, books } = world
  const payment = await world.paid()
  const biller = hub.billers.get('DLIS')
  assert.ok(biller)
  // The stopped one: it has noted try 1, and its call waits at the gate.
  const sendBefore = momentIn(hub.clock, sendWithinMs)
  const started = await startCredits(books.db, [
    { paymentNumber: payment.number, biller: 'DLIS', policyNumber: payment.billNumber, amount: payment.amount },
  ])
  const gate = Promise.withResolvers<void>()
  const order: Order = {
    biller,
    about: 'the credit',
    correlationId: 'c-1',
    isIdempotent: false,
    freshTry: started.get(payment.number),
    known: null,
    marks: creditMarks,
    key: payment.number,
    find: async () => undefined,
    send: async (call) => {
      await gate.promise
      return biller.credit(
        {
          paymentNumber: String(payment.number),
          policyNumber: payment.billNumber,
          amount: payment.amount,
          dueDate: payment.billKey,
          paidAt: new Date(),
          bankCode: 'BANK01',
          bankTransactionId: 'TX-1',
        },
        call,
      )
    },
  }
  const stopped = tellOnce(hub, order, sendBefore)
  // Minutes later another asks, is told "not credited", believes it, and sends.
  world.shift.wall = 150_000
  await world.tryAgain(150)
  assert.deepEqual(world.calls, [`find-credit ${payment.number}`, `credit ${payment.number}`])
  gate.resolve()
  assert.equal((await stopped).kind, 'again')
  assert.deepEqual(world.calls, [`find-credit ${payment.number}`, `credit ${payment.number}`])
  const { rows } = await books.pool.query('select state, tries, last_error from credits where payment_number = $1', [
    payment.number,
  ])
  assert.deepEqual(rows, [{ state: 'credited', tries: 2, last_error: null }])
})
