import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { type EmptyBooks, openBooks } from '../../test/support/empty-books.ts'
import { openedAt, usd } from '../../test/support/sample-payment.ts'
import { newId } from '../kit/ids.ts'
import {
  createOrder,
  isWithdrawn,
  listOrders,
  type NewOrder,
  openOrderPayment,
  readOrder,
  withdrawOrder,
} from './orders.ts'

let made = 0

function sampleOrder(more: Partial<NewOrder> = {}): NewOrder {
  made += 1
  return {
    uuid: randomUUID(),
    orderNumber: `SAMPLE-${made}`,
    customerId: 'customer-1',
    total: usd(5_000n),
    items: [{ name: 'កាហ្វេ', quantity: 2, price: '25.00' }],
    customer: { firstName: 'ដារ៉ា', lastName: 'Sok', email: undefined, phone: '012 000 000' },
    returnUrl: 'https://shop.example/thanks',
    cancelUrl: undefined,
    createdBy: 'client sample',
    ...more,
  }
}

function pay(books: EmptyBooks, order: NewOrder, id = newId('pay')) {
  return openOrderPayment(books.db, {
    payableKind: 'order',
    biller: 'SHOP',
    billNumber: order.orderNumber,
    billKey: '',
    id,
    amount: order.total,
    payer: { name: 'Sok', email: undefined, phone: undefined },
    bankCode: undefined,
    channel: 'KHQR_PAYMENT',
    at: openedAt,
    sentence: 'It is to be paid.',
    actor: 'client sample',
    correlationId: 'test',
    eventId: newId('evt'),
    lookOnly: false,
    eventBody: { payment: { id, number: 0 } },
    orderUuid: order.uuid,
    checkout: { token: id.padEnd(43, 'x').slice(0, 43), returnUrl: order.returnUrl, cancelUrl: order.cancelUrl },
  })
}

test('orders are kept as they were made', async (t) => {
  const books = await openBooks(t)
  await t.test('an order is read as it was made', async () => {
    const order = sampleOrder()
    assert.equal(await createOrder(books.db, order), true)
    const read = await readOrder(books.db, { uuid: order.uuid })
    assert.ok(read)
    const { id, createdAt, cancelledAt, payment, ...rest } = read
    assert.deepEqual(rest, order)
    assert.deepEqual(
      [typeof id, createdAt instanceof Date, cancelledAt, payment],
      ['number', true, undefined, undefined],
    )
    assert.deepEqual(await readOrder(books.db, { id }), read)
    assert.deepEqual(await readOrder(books.db, { orderNumber: order.orderNumber }), read)
  })
  await t.test('a number is given once, also to 16 at once', async () => {
    const { orderNumber } = sampleOrder()
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => createOrder(books.db, sampleOrder({ orderNumber }))),
    )
    assert.equal(answers.filter(Boolean).length, 1)
  })
  await t.test('what an order was made with does not change, and it does not go', async () => {
    const order = sampleOrder()
    await createOrder(books.db, order)
    const change = (sql: string) => books.pool.query(sql, [order.uuid])
    await assert.rejects(change('update orders set total_minor = 1 where uuid = $1'), /keeps what it was made with/)
    await assert.rejects(change("update orders set items = '[]' where uuid = $1"), /keeps what it was made with/)
    await assert.rejects(change('delete from orders where uuid = $1'))
    await withdrawOrder(books.db, order.uuid, 'a mistake')
    await assert.rejects(change('update orders set cancelled_at = null where uuid = $1'), /keeps what it was made with/)
  })
  await t.test('the list goes from the newest to the oldest, page by page', async () => {
    const customerId = 'customer-2'
    const orders = [sampleOrder({ customerId }), sampleOrder({ customerId }), sampleOrder({ customerId })]
    for (const order of orders) await createOrder(books.db, order)
    const page = (before: number | undefined) =>
      listOrders(books.db, { customerId, orderNumber: undefined, before, limit: 2 })
    const first = await page(undefined)
    const rest = await page(first.at(-1)?.id)
    assert.deepEqual(
      [...first, ...rest].map((one) => one.orderNumber),
      orders.map((one) => one.orderNumber).toReversed(),
    )
  })
})

test('an order has one open payment, and none once it was given up', async (t) => {
  const books = await openBooks(t)
  await t.test('whoever pays it at once gets the same payment', async () => {
    const order = sampleOrder()
    await createOrder(books.db, order)
    const openings = await Promise.all(Array.from({ length: 16 }, () => pay(books, order)))
    const numbers = openings.map((one) => (one.kind === 'open' ? one.payment.number : one.kind))
    assert.equal(new Set(numbers).size, 1)
    assert.equal((await readOrder(books.db, { uuid: order.uuid }))?.payment?.number, numbers[0])
    assert.deepEqual(await withdrawOrder(books.db, order.uuid, 'late'), { kind: 'open', number: numbers[0] })
  })
  await t.test('given up and paid at once: one of the two, never both', async () => {
    for (let round = 0; round < 20; round += 1) {
      const order = sampleOrder()
      await createOrder(books.db, order)
      const [opening, withdrawal] = await Promise.all([
        pay(books, order),
        withdrawOrder(books.db, order.uuid, 'a race'),
      ])
      assert.notEqual(opening.kind === 'open', withdrawal.kind === 'withdrawn', `${opening.kind} ${withdrawal.kind}`)
      assert.equal(await isWithdrawn(books.db, order.orderNumber), withdrawal.kind === 'withdrawn')
    }
  })
})
