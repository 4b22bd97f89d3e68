import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RefundKeys } from '../bank.ts'
import { readRefunds } from './read-refunds.ts'
import { account, call, code, html, paywayAnswering, says } from './test-parts.ts'

const dayMs = 86_400_000
const keys = (days = 0): RefundKeys => ({
  bankTransactionId: '150001-k3f9q2/100FT1',
  reference: '150001',
  account,
  paidAt: new Date(Date.now() - days * dayMs),
})
const data = (changes: object = {}): object => ({
  data: {
    transaction_id: '150001-k3f9q2',
    payment_status_code: 0,
    payment_status: 'APPROVED',
    original_amount: 25,
    total_amount: 25,
    refund_amount: 0,
    payment_amount: 25,
    payment_currency: 'USD',
    ...changes,
  },
  status: { code: '00', message: 'Success!', tran_id: '150001-k3f9q2' },
})
const operation = (status: string, amount: number | string) => ({ status, amount, transaction_date: '', bank_ref: '' })
const refunded = (amount: number, ...operations: object[]): object =>
  data({
    refund_amount: amount,
    payment_status: 'REFUNDED',
    payment_status_code: 4,
    ...(operations.length > 0 ? { original_currency: 'USD', transaction_operations: operations } : {}),
  })

test('nothing refunded is told by check alone', async () => {
  const { parts, counts, sentTo } = await paywayAnswering({ 'check-transaction': says(data()) })
  const totals = await readRefunds(parts, keys(6.4), call)
  assert.deepEqual([totals.state, totals.refunded?.amountMinor, totals.refunds], ['known', 0n, []])
  assert.deepEqual([totals.exchanges.length, counts], [1, { 'check-transaction': 1 }])
  assert.equal(
    sentTo('check-transaction')[0]?.['tran_id'],
    '150001-k3f9q2',
    'a second charge is of the same transaction',
  )
})

test('what was refunded is told as a sum by check, and one by one by detail', async () => {
  const { parts } = await paywayAnswering({
    'check-transaction': says(refunded(12.5)),
    'transaction-detail': says(
      refunded(12.5, operation('Completed', 25), operation('Refunded', 10), operation('Refunded', '2.50')),
    ),
  })
  const totals = await readRefunds(parts, keys(), call)
  assert.equal(totals.refunded?.amountMinor, 1_250n)
  assert.deepEqual(
    totals.refunds.map((one) => [one.refundId, one.amount.amountMinor, one.state]),
    [
      [undefined, 1_000n, 'refunded'],
      [undefined, 250n, 'refunded'],
    ],
  )
  assert.equal(totals.exchanges.length, 2)
})

test('without detail, or with one that is some seconds behind, the sum of check counts', async () => {
  const behind = says(data({ original_currency: 'USD', transaction_operations: [operation('Completed', 25)] }))
  const check = says(refunded(10))
  for (const { detail, spent } of [
    { detail: behind },
    { detail: html },
    { detail: says(code(6)) },
    { detail: says(code(429), 403) },
    { detail: says(refunded(10, operation('Refunded', 9))) },
    { detail: behind, spent: ['transaction-detail'] as const },
  ]) {
    const { parts } = await paywayAnswering({ 'check-transaction': check, 'transaction-detail': detail }, { spent })
    const totals = await readRefunds(parts, keys(), call)
    assert.deepEqual([totals.state, totals.refunded?.amountMinor, totals.refunds], ['known', 1_000n, []])
  }
})

test('what is older than check looks back, or not shown by it, is asked of detail', async () => {
  const detail = says(refunded(25, operation('Completed', 25), operation('Refunded', 25)))
  for (const { days, asked } of [
    { days: 6.6, asked: { 'transaction-detail': 1 } },
    { days: 6, asked: { 'check-transaction': 1, 'transaction-detail': 1 } },
  ]) {
    const routes = { 'check-transaction': says(code(6)), 'transaction-detail': detail }
    const { parts, counts } = await paywayAnswering(routes)
    const totals = await readRefunds(parts, keys(days), call)
    assert.deepEqual([totals.refunded?.amountMinor, totals.refunds.length, counts], [2_500n, 1, asked])
  }
})

test('an answer that cannot be believed is unknown, never nothing', async () => {
  const rows = [
    [refunded(25.01), /USD 25\.01 is said to be refunded of USD 25\.00/],
    [refunded(0), /REFUNDED, and nothing/],
    [data({ refund_amount: undefined }), /missing, which is no number/],
    [data({ payment_status: 'PENDING' }), /the transaction is PENDING/],
    [data({ payment_status: 'PRE-AUTH' }), /the transaction is PRE-AUTH/],
    [data({ original_currency: 'KHR' }), /the transaction is in KHR, and ours in USD/],
    [{ status: { code: '00' } }, /data is not a JSON object/],
  ] as const
  for (const [body, doubt] of rows) {
    const { parts } = await paywayAnswering({ 'check-transaction': says(body) })
    const totals = await readRefunds(parts, keys(), call)
    assert.deepEqual([totals.state, totals.refunded], ['unknown', undefined])
    assert.match(totals.doubt ?? '', doubt)
    assert.equal(totals.exchanges.length, 1)
  }
  const page = await paywayAnswering({ 'check-transaction': html })
  assert.equal((await readRefunds(page.parts, keys(), call)).state, 'unknown')
  const other = await paywayAnswering({ 'transaction-detail': says(data({ transaction_id: 'another' })) })
  assert.match(
    (await readRefunds(other.parts, keys(20), call)).doubt ?? '',
    /about another, and 150001-k3f9q2 was asked/,
  )
  const nowhere = await paywayAnswering({ 'transaction-detail': says(code(6)) })
  assert.match((await readRefunds(nowhere.parts, keys(20), call)).doubt ?? '', /shows no transaction 150001-k3f9q2/)
})

test('a bank that is away, refuses our key or has counted enough is trouble', async () => {
  for (const [route, wanted] of [
    [says({}, 500), { kind: 'error_answer' }],
    [says(code('1'), 403), { kind: 'auth_refused' }],
  ] as const) {
    const { parts } = await paywayAnswering({ 'check-transaction': route })
    await assert.rejects(readRefunds(parts, keys(), call), wanted)
  }
  const { parts, server } = await paywayAnswering({}, { spent: ['transaction-detail'] })
  await assert.rejects(readRefunds(parts, keys(20), call), { kind: 'quota', outcome: 'not_done' })
  assert.equal(server.requests.length, 0)
})
