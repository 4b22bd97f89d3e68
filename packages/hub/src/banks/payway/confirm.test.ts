import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, code, html, paywayAnswering, says, silent } from './test-parts.ts'
import { reference, usd, shown, keysOf, ok, checked, detailed, look, isUnknown } from './test-verify.ts'
import { verify } from './verify.ts'

const inOurs = { payment_amount: 12.5, payment_currency: 'USD' }

test('without detail and list the currency is that of our own request, where the payer was debited in it', async () => {
  for (const detail of [html, says(code(6)), says(code(429), 403), says(code(1), 403), says('x', 500)]) {
    const { found } = await look(says(checked(inOurs)), detail)
    assert.deepEqual([found.state, found.movements[0]?.amount], ['paid', usd])
    const other = { ...inOurs, original_amount: 12.49 }
    isUnknown((await look(says(checked(other)), detail)).found, /12\.49.*detail was not to be had/)
  }
  for (const debited of [{}, { ...inOurs, payment_currency: '' }, { ...inOurs, payment_amount: 0 }]) {
    isUnknown((await look(says(checked(debited)), silent)).found, /debited|nothing/)
  }
})

test('what there is no time left to confirm is unknown, and asked again', async () => {
  const { found } = await look(says(checked(inOurs)), silent, undefined, {}, 250)
  isUnknown(found, /no time left to confirm it/)
})

test('detail is not asked where its ten calls of the minute are used up', async () => {
  const { found, counts } = await look(says(checked(inOurs)), undefined, undefined, { spent: ['transaction-detail'] })
  assert.deepEqual([found.state, counts['transaction-detail']], ['paid', undefined])
})

/** What is found while detail is used up, and the list has these rows of the transaction. */
async function listing(...rows: readonly object[]) {
  const data = rows.map((row) => ({ ...detailed().data, ...row }))
  const routes = { 'check-transaction': says(checked()), 'transaction-list': says({ status: ok, data }) }
  const { parts, counts } = await paywayAnswering(routes, { spent: ['transaction-detail'] })
  return { found: await verify(parts, keysOf([shown()]), call), counts }
}

test('where detail is used up the list confirms the currency, and names no further charge', async () => {
  const { found, counts } = await listing({})
  assert.deepEqual(found.movements[0]?.amount, usd)
  assert.deepEqual(
    [counts['transaction-detail'], counts['transaction-list'], found.exchanges.length],
    [undefined, 1, 2],
  )
  const twice = await listing({ bank_ref: '100FT2' }, {})
  assert.deepEqual(
    twice.found.movements.map((one) => one.bankTransactionId),
    [reference],
    'which of two rows is the transaction itself only detail says',
  )
})

test('a list that does not show as paid what check says was paid, or shows it otherwise, leaves it unknown', async () => {
  isUnknown((await listing()).found, /check says paid, and the list does not/)
  const unpaid = { payment_status_code: 2, payment_status: 'PENDING' }
  isUnknown((await listing(unpaid)).found, /check says paid, and the list does not/)
  isUnknown((await listing({ original_currency: 'KHR' })).found, /the list says KHR, and USD 12\.50 was asked for/)
  isUnknown((await listing({ original_amount: 125 })).found, /check says USD 12\.50 and the list says USD 125\.00/)
})

test('what was sent back whole before it was seen is said to be, and a part of it is not', async () => {
  const refunded = { payment_status_code: 4, payment_status: 'REFUNDED' }
  for (const [amount, isReturned] of [
    [12.5, true],
    [12.49, false],
  ] as const) {
    const changes = { ...refunded, refund_amount: amount }
    const { found } = await look(says(checked(changes)), says(detailed(changes)))
    assert.deepEqual([found.state, found.movements[0]?.isReturned], ['paid', isReturned])
  }
})
