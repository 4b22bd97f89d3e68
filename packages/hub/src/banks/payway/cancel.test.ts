import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Trouble } from '../../kit/trouble.ts'
import { cancel } from './cancel.ts'
import { checkCredentials, probe } from './probe.ts'
import { account, call, code, html, paywayAnswering, says, silent } from './test-parts.ts'
import type { Route } from './test-parts.ts'

const closing = async (route: Route) => {
  const world = await paywayAnswering({ 'close-transaction': route })
  return { ...world, close: () => cancel(world.parts, { reference: 'T-1', account }, { ...call, deadlineMs: 300 }) }
}

test('a code is closed, or was paid before, or is not known', async () => {
  for (const [body, status, state] of [
    [code('00'), 200, 'closed'],
    [code(2), 403, 'paid'],
    [code('5'), 200, 'not_found'],
  ] as const) {
    const { close, sentTo } = await closing(says(body, status))
    const answer = await close()
    assert.deepEqual([answer.state, answer.exchanges.length], [state, 1])
    assert.equal(sentTo('close-transaction')[0]?.['tran_id'], 'T-1')
  }
})

test('any other answer to a close is trouble', async () => {
  for (const [route, kind] of [
    [says(code(26), 403), 'error_answer'],
    [says(code(1), 403), 'auth_refused'],
    [says(code(77)), 'error_answer'],
    [html, 'unreadable'],
    [silent, 'timeout'],
  ] as const) {
    const { close } = await closing(route)
    await assert.rejects(close(), (error) => error instanceof Trouble && error.kind === kind, kind)
  }
})

test('HTTP 405 proves the path, and so does any other answer; silence does not', async () => {
  for (const status of [405, 200, 403, 500]) {
    const { parts } = await paywayAnswering({ 'check-transaction': says({}, status) })
    const probed = await probe(parts, call)
    assert.deepEqual([probed.reachable, probed.sentence], [true, `ABA answers (HTTP ${status})`])
  }
  const { parts } = await paywayAnswering({ 'check-transaction': silent })
  assert.equal((await probe(parts, { ...call, deadlineMs: 200 })).reachable, false)
})

test('credentials are proved by the exchange rate, of every merchant id', async () => {
  const other = { 'merchant-id': 'other', 'api-key': 'example-key-3', 'payee-account': 'other@abaa' }
  const route: Route = (request, response, count) => {
    const isOther = request.body.includes('"merchant_id":"other"')
    says(isOther ? code(1) : code('00'), isOther ? 403 : 200)(request, response, count)
  }
  const { parts } = await paywayAnswering({ 'exchange-rate': route })
  await checkCredentials(parts, call)
  const both = await paywayAnswering({ 'exchange-rate': route }, { raw: { accounts: [other] } })
  await assert.rejects(checkCredentials(both.parts, call), (error) => {
    return error instanceof Trouble && error.kind === 'auth_refused' && both.counts['exchange-rate'] === 2
  })
})
