import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { startRelaying } from '../../test/support/relaying-hub.ts'
import { asIngenium } from '../billers/policy-system/test-systems.ts'
import type { Payment } from '../domain/payment.ts'
import { momentIn } from '../kit/deadline.ts'
import { creditMarks, startCredits } from '../store/credits.ts'
import { type Order, sendWithinMs, tellOnce } from './tell-once.ts'

const world = await startRelaying({ after }, { 'allow-plain-http': true, ...asIngenium })
const { hub, books } = world

beforeEach(() => {
  world.calls.length = 0
  Object.assign(world.shift, { monotonic: 0, wall: 0 })
})

test('a sender that was stopped right before the call, while another asked and sent, sends nothing and undoes nothing', async () => {
  const payment = await world.paid()
  // The stopped one: it has noted try 1, and its call waits at the gate.
  const sendBefore = momentIn(hub.clock, sendWithinMs)
  const freshTry = await start(payment)
  const gate = Promise.withResolvers<void>()
  const order = orderOf(payment)
  const stopped = tellOnce(
    hub,
    {
      ...order,
      freshTry,
      send: async (call) => {
        await gate.promise
        return order.send(call)
      },
    },
    sendBefore,
  )
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

test('of eight who asked at once, and were told "not credited", one sends', async () => {
  const payment = await world.paid()
  await start(payment)
  const everybody = Promise.withResolvers<void>()
  let asked = 0
  const order = orderOf(payment)
  const told = await Promise.all(
    Array.from({ length: 8 }, () =>
      tellOnce(
        hub,
        {
          ...order,
          known: { state: 'sending', tries: 1, saidDone: false, sentAgoS: 121 },
          find: async (call) => {
            const found = await order.find(call)
            asked += 1
            if (asked === 8) everybody.resolve()
            await everybody.promise
            return found
          },
        },
        momentIn(hub.clock, sendWithinMs),
      ),
    ),
  )
  assert.equal(told.filter(({ kind }) => kind === 'told').length, 1)
  assert.equal(world.calls.filter((call) => call === `credit ${payment.number}`).length, 1)
})

async function start(payment: Payment): Promise<number | undefined> {
  const { number, billNumber, amount } = payment
  const started = await startCredits(books.db, [
    { paymentNumber: number, biller: 'DLIS', policyNumber: billNumber, amount },
  ])
  return started.get(number)
}

function orderOf(payment: Payment): Order {
  const biller = hub.billers.get('DLIS')
  assert.ok(biller)
  return {
    biller,
    about: 'the credit',
    correlationId: 'c-1',
    isIdempotent: false,
    freshTry: undefined,
    known: null,
    marks: creditMarks,
    key: payment.number,
    async find(call) {
      const found = await biller.findCredit(String(payment.number), call)
      return found.state === 'credited' ? found : undefined
    },
    send: (call) =>
      biller.credit(
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
      ),
  }
}
