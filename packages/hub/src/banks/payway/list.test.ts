import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listMovements, readListed } from './list.ts'
import { signPayway } from './sign.ts'
import { account, call, code, html, paywayAnswering, says } from './test-parts.ts'
import type { Route } from './test-parts.ts'

const row = (id: string, changes: object = {}): object => ({
  transaction_id: id,
  transaction_date: '2026-11-02 10:00:00',
  payment_status: 'APPROVED',
  payment_status_code: 0,
  original_amount: 12.5,
  original_currency: 'USD',
  total_amount: 12.5,
  refund_amount: 0,
  payment_amount: 12.5,
  payment_currency: 'USD',
  bank_ref: `100FT-${id}`,
  payer_account: '000***111',
  ...changes,
})
const list = (...data: readonly object[]): object => ({ data, page: '1', pagination: '500', status: { code: '00' } })
const days = (from: string, to: string) => ({ from: new Date(from), to: new Date(to) })
const oneDay = days('2026-11-02T00:00:00Z', '2026-11-02T16:00:00Z')

test('a movement is what was asked for, in its own currency, when it was paid by the clock of Phnom Penh', async () => {
  const { parts, sentTo } = await paywayAnswering({ 'transaction-list': says(list(row('150001-aaaaaa'))) })
  const { movements, exchanges } = await listMovements(parts, account, oneDay, call)
  assert.deepEqual(movements, [
    {
      bankTransactionId: '150001-aaaaaa',
      reference: '150001-aaaaaa',
      keyedBy: 'bank',
      amount: { amountMinor: 1_250n, currency: 'USD' },
      payeeAccount: undefined,
      payer: '000***111',
      paidAt: new Date('2026-11-02T03:00:00Z'),
      reversed: false,
    },
  ])
  assert.equal(exchanges.length, 1)
  const [sent = {}] = sentTo('transaction-list')
  assert.deepEqual(
    [sent['from_date'], sent['to_date'], sent['page'], sent['pagination']],
    ['2026-11-02 07:00:00', '2026-11-02 23:00:00', '1', '500'],
  )
  assert.equal(sent['hash'], signPayway('transaction-list', sent, 'example-key-usd-0001').hash)
})

test('only money is listed: refunded is, and what is unpaid, declined or authorised is not', async () => {
  const rows = [
    row('refunded', { payment_status: 'REFUNDED', payment_status_code: 4, refund_amount: 2 }),
    row('pending', { payment_status: 'PENDING', payment_status_code: 2 }),
    row('declined', { payment_status: 'DECLINED', payment_status_code: 3, original_amount: 0 }),
    row('misspelt', { payment_status: 'DECLINDED', payment_status_code: 3 }),
    row('held', { payment_status: 'PRE-AUTH' }),
    row('undone', { payment_status: 'CANCELLED', payment_status_code: 7 }),
    row('riel', { original_currency: 'KHR', original_amount: 4000, payment_amount: 1 }),
  ]
  const { parts } = await paywayAnswering({ 'transaction-list': says(list(...rows)) })
  const usd = await listMovements(parts, account, oneDay, call)
  assert.deepEqual(
    usd.movements.map((one) => [one.reference, one.reversed]),
    [
      ['refunded', false],
      ['undone', true],
    ],
  )
  const khr = await listMovements(parts, { ...account, currency: 'KHR' }, oneDay, call)
  assert.deepEqual(
    khr.movements.map((one) => one.amount),
    [{ amountMinor: 4_000n, currency: 'KHR' }],
  )
})

test('a long time is asked for three days of Phnom Penh at a time, with nothing between them', async () => {
  const { parts, sentTo } = await paywayAnswering({ 'transaction-list': says(list()) })
  await listMovements(parts, account, days('2026-11-01T18:30:00Z', '2026-11-08T12:00:00Z'), call)
  assert.deepEqual(
    sentTo('transaction-list').map((sent) => [sent['from_date'], sent['to_date']]),
    [
      ['2026-11-02 01:30:00', '2026-11-04 23:59:59'],
      ['2026-11-05 00:00:00', '2026-11-07 23:59:59'],
      ['2026-11-08 00:00:00', '2026-11-08 19:00:00'],
    ],
  )
})

test('every page is read, and what moved to the next one meanwhile counts once', async () => {
  const full = Array.from({ length: 500 }, (_, place) => row(`a-${place}`))
  const pages: Route = (request, response, count) => {
    const { page } = JSON.parse(request.body) as { page: string }
    assert.equal(page, String(count))
    says(count === 1 ? list(...full) : list(row('a-499'), row('b-1')))(request, response, count)
  }
  const { parts, counts } = await paywayAnswering({ 'transaction-list': pages })
  const { movements } = await listMovements(parts, account, oneDay, call)
  assert.equal(movements.length, 501)
  assert.equal(new Set(movements.map((one) => one.bankTransactionId)).size, 501)
  assert.equal(counts['transaction-list'], 2)
})

test('a second charge of one transaction is a movement of its own, the later one', async () => {
  const rows = [
    row('twice', { transaction_date: '2026-11-02 10:05:00', bank_ref: '100FT-2', original_amount: 13 }),
    row('twice', { bank_ref: '100FT-1' }),
  ]
  const { parts } = await paywayAnswering({ 'transaction-list': says(list(...rows)) })
  const { movements } = await listMovements(parts, account, oneDay, call)
  assert.deepEqual(
    movements.map((one) => [one.bankTransactionId, one.reference, one.amount?.amountMinor]),
    [
      ['twice', 'twice', 1_250n],
      ['twice/100FT-2', 'twice', 1_300n],
    ],
  )
})

test('what PayWay lists outside of the time is left out', async () => {
  const rows = [
    row('before', { transaction_date: '2026-11-02 06:59:59' }),
    row('at', { transaction_date: '2026-11-02 07:00:00' }),
  ]
  const { parts } = await paywayAnswering({ 'transaction-list': says(list(...rows)) })
  const { movements } = await listMovements(parts, account, oneDay, call)
  assert.deepEqual(
    movements.map((one) => one.reference),
    ['at'],
  )
})

test('a list with a row that cannot be read is no list', async () => {
  const rows = [
    [row('x', { payment_status: 'SETTLED' }), /status is 0 with the word SETTLED/],
    [row('x', { original_currency: 'THB' }), /x is in THB, neither USD nor KHR/],
    [row('x', { original_amount: 0 }), /a movement of nothing/],
    [row('x', { original_amount: 1.005 }), /an amount cannot be read/],
    [row('x', { transaction_date: 'yesterday' }), /x was paid at yesterday/],
    [row('', {}), /a row is about transaction/],
  ] as const
  for (const [bad, message] of rows) {
    const { parts } = await paywayAnswering({ 'transaction-list': says(list(row('good'), bad)) })
    await assert.rejects(listMovements(parts, account, oneDay, call), (error: Error) => {
      assert.match(error.message, message)
      assert.equal((error as { kind?: unknown }).kind, 'unreadable')
      return true
    })
  }
  for (const [answer, kind] of [
    [html, 'unreadable'],
    [says({ status: { code: '00' } }), 'unreadable'],
    [says(code('49', 'Invalid Start Date.'), 403), 'error_answer'],
    [says(code(429), 403), 'quota'],
  ] as const) {
    const { parts } = await paywayAnswering({ 'transaction-list': answer })
    await assert.rejects(listMovements(parts, account, oneDay, call), { kind })
  }
})

test('each call is counted before it is sent, and none is sent that the minute has no room for', async () => {
  const { parts, takes } = await paywayAnswering({ 'transaction-list': says(list()) })
  await listMovements(parts, account, days('2026-11-02T00:00:00Z', '2026-11-07T00:00:00Z'), call)
  const take = { account: 'khhubdemo', operation: 'transaction-list', perMinute: 50 }
  assert.deepEqual(takes, [take, take])
  const spent = await paywayAnswering({}, { spent: ['transaction-list'] })
  await assert.rejects(listMovements(spent.parts, account, oneDay, call), { kind: 'quota', outcome: 'not_done' })
  assert.equal(spent.server.requests.length, 0)
})

test('the list tells in which currency a transaction was asked for', async () => {
  const rows = [row('150001-aaaaaa', { original_currency: 'KHR', original_amount: 4000 }), row('150002-bbbbbb')]
  const { parts, sentTo, time } = await paywayAnswering({ 'transaction-list': says(list(...rows)) })
  const madeAt = new Date('2026-11-02T02:50:00Z')
  time.shiftMs = new Date('2026-11-02T03:00:30Z').getTime() - Date.now()
  const currencyOf = async (reference: string) =>
    (await readListed(parts, { merchantId: 'khhubdemo', reference, madeAt }, call)).rows[0]?.currency
  assert.deepEqual(
    [await currencyOf('150001-aaaaaa'), await currencyOf('150002-bbbbbb'), await currencyOf('150003-cccccc')],
    ['KHR', 'USD', undefined],
  )
  const [sent = {}] = sentTo('transaction-list')
  assert.match(`${sent['from_date']} ${sent['to_date']}`, /^2026-11-02 09:49:00 2026-11-02 10:01:3\d$/)
})
