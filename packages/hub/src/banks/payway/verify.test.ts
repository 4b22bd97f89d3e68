import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Trouble } from '../../kit/trouble.ts'
import { writeBankTime } from './bank-time.ts'
import { call, code, html, paywayAnswering, says, silent } from './test-parts.ts'
import type { Route } from './test-parts.ts'
import {
  reference,
  paidAt,
  usd,
  day,
  shown,
  keysOf,
  ok,
  checked,
  charge,
  detailed,
  pending,
  look,
  isUnknown,
} from './test-verify.ts'
import { verify } from './verify.ts'

test('paid is one movement under our reference, in the currency of detail, never what the payer’s account was debited', async () => {
  const { found } = await look(says(checked()))
  assert.equal(found.state, 'paid')
  assert.deepEqual(found.movements, [
    {
      bankTransactionId: reference,
      keyedBy: 'bank',
      amount: usd,
      payeeAccount: undefined,
      payer: '*001',
      paidAt,
      reversed: false,
      isReturned: false,
    },
  ])
  assert.equal(found.exchanges.length, 2)
})

test('another amount or currency than was asked for is reported as it is', async () => {
  const other = { original_amount: '4000', original_currency: 'KHR', transaction_operations: [] }
  const { found } = await look(says(checked({ original_amount: '4000' })), says(detailed(other)))
  assert.deepEqual(found.movements[0]?.amount, { amountMinor: 4_000n, currency: 'KHR' })
})

test('check and detail that contradict each other are unknown', async () => {
  for (const [changes, doubt] of [
    [{ payment_status_code: 2, payment_status: 'PENDING' }, /check says paid and detail says unpaid/],
    [{ original_amount: 12.49 }, /check says USD 12\.50 and detail says USD 12\.49/],
    [{ original_currency: 'THB' }, /no currency that we know/],
    [{ transaction_id: '150002-aaaaaa' }, /about 150002-aaaaaa/],
  ] as const) {
    isUnknown((await look(says(checked()), says(detailed(changes)))).found, doubt)
  }
})

test('what was not paid is unpaid, and detail is not asked about it', async () => {
  for (const status of [
    { payment_status_code: 2, payment_status: 'PENDING' },
    { payment_status_code: '2', payment_status: ' pending ' },
    { payment_status_code: 3, payment_status: 'DECLINED' },
    { payment_status_code: 3, payment_status: 'DECLINDED' },
  ]) {
    const { found, counts } = await look(says(checked(status)))
    assert.deepEqual([found.state, found.movements, counts['transaction-detail']], ['unpaid', [], undefined])
  }
})

test('an authorised sum is not paid, and not unpaid either', async () => {
  isUnknown((await look(says(checked({ payment_status: 'PRE-AUTH' })))).found, /authorised/)
})

test('a refund, of a part or of all, leaves the movement as it was paid', async () => {
  for (const refunded of [0.01, 12.5]) {
    const status = { payment_status_code: 4, payment_status: 'REFUNDED', refund_amount: refunded }
    const operations = [charge('100FT1'), charge('', { status: 'Refunded', amount: refunded })]
    const { found } = await look(
      says(checked(status)),
      says(detailed({ ...status, transaction_operations: operations })),
    )
    assert.deepEqual(
      found.movements.map(({ amount, reversed }) => [amount, reversed]),
      [[usd, false]],
    )
    assert.equal(found.state, 'paid')
  }
})

test('money that PayWay calls cancelled is listed as taken back, and is unpaid', async () => {
  const status = { payment_status_code: 7, payment_status: 'CANCELLED' }
  const { found } = await look(says(checked(status)), says(detailed(status)))
  assert.equal(found.state, 'unpaid')
  assert.deepEqual(
    found.movements.map(({ bankTransactionId, reversed }) => [bankTransactionId, reversed]),
    [[reference, true]],
  )
})

test('a second charge of one code is a movement of its own, by its bank_ref', async () => {
  const later = charge('100FT2', { transaction_date: writeBankTime(new Date(paidAt.getTime() + 5_000)) })
  const { found } = await look(says(checked()), says(detailed({ transaction_operations: [later, charge('100FT1')] })))
  assert.deepEqual(
    found.movements.map(({ bankTransactionId, amount, paidAt: at }) => [bankTransactionId, amount, at]),
    [
      [reference, usd, paidAt],
      [`${reference}/100FT2`, usd, new Date(paidAt.getTime() + 5_000)],
    ],
  )
  const nameless = [charge('100FT1'), charge('')]
  isUnknown((await look(says(checked()), says(detailed({ transaction_operations: nameless })))).found, /no bank_ref/)
})

test('code 6 is "not yet" in the first minute of a shown code, and after that no answer at all', async () => {
  const young = keysOf([shown({ createdAt: new Date(Date.now() - 50_000) })])
  assert.equal((await look(says(code(6)), undefined, young)).found.state, 'unpaid')
  isUnknown((await look(says(code(6)))).found, /white-list/)
})

test('code 6 about a page that was offered is unpaid where PayWay hears us: nobody opened it', async () => {
  const page = keysOf([shown({ qrString: '' })])
  for (const [rate, state] of [
    [says(code('00')), 'unpaid'],
    [says(code(6), 403), 'unknown'],
    [html, 'unknown'],
  ] as const) {
    const { parts } = await paywayAnswering({ 'check-transaction': says(code(6)), 'exchange-rate': rate })
    assert.equal((await verify(parts, page, call)).state, state)
  }
  const young = keysOf([shown({ qrString: '', createdAt: new Date() })])
  const { parts } = await paywayAnswering({ 'check-transaction': says(code(6)) })
  assert.equal((await verify(parts, young, call)).state, 'unpaid')
})

test('code 6 about a code that nobody was shown is unpaid; about a reference that is not ours it is not found', async () => {
  const { found, sentTo } = await look(says(code(6)), undefined, keysOf([], ['150001-aaaaaa']))
  assert.equal(found.state, 'unpaid')
  assert.deepEqual(
    sentTo('check-transaction').map((sent) => sent['tran_id']),
    ['150001-aaaaaa'],
  )
  const stranger = await look(says(code(6)), undefined, { ...keysOf([]), reference: 'LINK-1' })
  assert.equal(stranger.found.state, 'not_found')
  assert.deepEqual(
    stranger.sentTo('check-transaction').map((sent) => sent['tran_id']),
    ['LINK-1'],
  )
})

test('money of a reference that is not ours needs detail: nobody else says its currency', async () => {
  const stranger = { ...keysOf([]), reference }
  assert.deepEqual((await look(says(checked()), undefined, stranger)).found.movements[0]?.amount, usd)
  isUnknown((await look(says(checked()), html, stranger)).found, /not asked for by us/)
})

test('a code that was never shown and paid all the same is found', async () => {
  const { found } = await look(says(checked()), undefined, keysOf([], [reference]))
  assert.equal(found.state, 'paid')
})

test('what is not understood is unknown, never unpaid', async () => {
  for (const [route, doubt] of [
    [html, /page of HTML/],
    [says('{"status":{"co'), /not valid JSON/],
    [says({ data: { payment_status_code: 'x', original_amount: null } }), /code is missing/],
    [says({ status: ok }), /no data/],
    [says(code(77)), /code 77: .*no document/],
    [says(checked({ payment_status: 'PENDING' })), /status is 0 with the word PENDING/],
    [says(checked({ payment_status: undefined })), /status is 0 with the word nothing/],
    [says(checked({ payment_status_code: 5, payment_status: 'APPROVED' })), /status is 5/],
    [says(checked({ payment_status_code: null })), /status is/],
    [says(checked({ original_amount: 'x' })), /amount/],
  ] as const) {
    isUnknown((await look(route, html)).found, doubt)
  }
})

test('an answer with a code that names no money is trouble, with its reason', async () => {
  for (const [route, kind] of [
    [says(code(429), 403), 'quota'],
    [says(code(1), 403), 'auth_refused'],
    [says(code(11), 200), 'error_answer'],
    [says('x', 500), 'error_answer'],
    [silent, 'timeout'],
  ] as const) {
    await assert.rejects(look(route), (error) => error instanceof Trouble && error.kind === kind, kind)
  }
})

test('beyond seven days check has forgotten it, and detail is asked instead', async () => {
  const old = keysOf([shown({ createdAt: new Date(Date.now() - 7 * day) })])
  const { found, counts } = await look(says(code(6)), undefined, old)
  assert.deepEqual([found.state, counts['check-transaction'], counts['transaction-detail']], ['paid', undefined, 1])
  const without = look(says(code(6)), undefined, old, { spent: ['transaction-detail'] })
  await assert.rejects(without, (error) => error instanceof Trouble && error.kind === 'quota')
})

test('of several codes all are asked about: one that is paid settles, one that cannot be asked about leaves it open', async () => {
  const other = '150001-bbbbbb'
  const byReference =
    (routes: Readonly<Record<string, Route>>): Route =>
    (request, response, count) =>
      routes[(JSON.parse(request.body) as { tran_id: string }).tran_id]?.(request, response, count)
  const two = keysOf([shown({ reference: other }), shown()])
  const onePaid = byReference({ [other]: says(pending), [reference]: says(checked()) })
  assert.equal((await look(onePaid, undefined, two)).found.movements[0]?.bankTransactionId, reference)
  const oneAway = byReference({ [other]: says('x', 500), [reference]: says(checked()) })
  assert.equal((await look(oneAway, undefined, two)).found.state, 'paid')
  const oneUnread = byReference({ [other]: html, [reference]: says(pending) })
  isUnknown((await look(oneUnread, undefined, two)).found, /HTML/)
  const noneKnown = byReference({ [other]: says('x', 500), [reference]: says(pending) })
  await assert.rejects(look(noneKnown, undefined, two), (error) => error instanceof Trouble)
})
