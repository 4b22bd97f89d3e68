import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Operation } from '../operation.ts'
import type { CalledOperation } from './calls.ts'
import { createOperations } from './operations.ts'
import { signPayway } from './sign.ts'
import type { SignedOperation } from './sign.ts'
import { openMerchantAuth } from './test-keys.ts'
import { call, code, paywayAnswering, privateKey, says } from './test-parts.ts'
import type { Route } from './test-parts.ts'

const bothOn = { 'account-on-file': true, 'card-on-file': true }
const callback = Buffer.from('http://127.0.0.1:8080/api/payway/v2/webhook/made-up-part-of-a-path').toString('base64')
const done: Route = says({ ...code('00', 'Success'), data: { id: 'made-up' } })

async function operationOf(name: string, more: { raw?: object; answer?: Route } = {}) {
  const { answer = done, raw = bothOn } = more
  const payway = await paywayAnswering({ [name]: answer }, { raw })
  const operation = createOperations(payway.parts).find((one) => one.name === name)
  assert.ok(operation, name)
  return { ...payway, operation }
}

/** What every operation may be given, as somebody types it. */
const given: Readonly<Record<string, string>> = {
  tran_id: '150001-k3f9q2',
  merchant_ref: 'SHOP-7',
  from_date: '2026-11-02 00:00:00',
  to_date: '2026-11-02 23:59:59',
  title: 'សាកល្បង',
  amount: '10.00',
  currency: 'USD',
  id: 'made-up-link',
  ctid: 'customer-7',
  pwt: 'made-up-token',
  request_id: 'linking-7',
  token_flag: 'CITI_FLEX',
}
const wantedBy = ({ fields }: Operation): Record<string, string> =>
  Object.fromEntries(fields.filter((one) => one.required).map(({ name }) => [name, given[name] ?? '']))

test('every operation sends what it must, signed in its own order', async () => {
  const { parts } = await paywayAnswering({})
  const all = createOperations(parts)
  assert.deepEqual(
    all.map((one) => one.name),
    [
      'exchange-rate',
      'check-transaction',
      'transaction-detail',
      'transaction-list',
      'transactions-by-ref',
      'payment-link-create',
      'payment-link-detail',
      'payment-link-void',
      'cof-link-account',
      'cof-link-card',
      'cof-payment',
      'cof-renew-token',
      'cof-remove-token',
      'cof-token-details',
    ],
  )
  for (const { name } of all.filter((one) => !['cof-link-card', 'payment-link-create'].includes(one.name))) {
    const { operation, sentTo } = await operationOf(name)
    const answer = await operation.run(wantedBy(operation), call)
    assert.equal(answer.exchanges.length, 1, name)
    const [sent = {}] = sentTo(name as CalledOperation)
    assert.equal(sent['hash'], signPayway(name as SignedOperation, sent, 'example-key-usd-0001').hash, name)
    assert.equal(sent['merchant_id'], 'khhubdemo')
    if (sent['merchant_auth'] === undefined) {
      for (const [field, value] of Object.entries(wantedBy(operation))) assert.equal(sent[field], value, name)
    } else {
      const { text } = openMerchantAuth(sent['merchant_auth'], privateKey)
      assert.deepEqual(JSON.parse(text), { mc_id: 'khhubdemo', id: 'made-up-link' })
    }
  }
})

test('a payment link is sealed, calls us back, and ends never unless told', async () => {
  const { operation, server } = await operationOf('payment-link-create')
  const field = (name: string, body: string): string =>
    new RegExp(`name="${name}"\r\n\r\n([^\r]*)\r\n`).exec(body)?.[1] ?? ''
  await operation.run(wantedBy(operation), call)
  await operation.run({ ...wantedBy(operation), payment_limit: '5', expired_date: '2027-01-01', return_url: 'x' }, call)
  const sealed = server.requests.map(({ body }) => {
    const fields = ['request_time', 'merchant_id', 'merchant_auth'].map((name) => [name, field(name, body)])
    const { hash } = signPayway('payment-link-create', Object.fromEntries(fields), 'example-key-usd-0001')
    assert.equal(field('hash', body), hash)
    return openMerchantAuth(field('merchant_auth', body), privateKey).text
  })
  const link = { mc_id: 'khhubdemo', title: 'សាកល្បង', amount: '10.00', currency: 'USD' }
  assert.deepEqual(
    sealed.map((text) => JSON.parse(text)),
    [
      { ...link, return_url: callback, expired_date: null },
      { ...link, return_url: 'eA==', payment_limit: 5, expired_date: '2027-01-01' },
    ],
  )
  await assert.rejects(
    operation.run({ ...wantedBy(operation), payment_limit: 'many' }, call),
    /payment_limit is "many"/,
  )
})

test('linking a card is a form for the browser, and asks nobody', async () => {
  const { operation, server } = await operationOf('cof-link-card')
  const { body, exchanges } = await operation.run({ ...wantedBy(operation), frequency: '1M' }, call)
  const { action, method, fields } = JSON.parse(body)
  assert.deepEqual([action, method], [`${server.url}/api/payment-credential/v3/cof/link-card`, 'POST'])
  assert.equal(fields.hash, signPayway('cof-link-card', fields, 'example-key-usd-0001').hash)
  assert.deepEqual([fields.ctid, fields.frequency, fields.callback_url], ['customer-7', '1M', callback])
  assert.deepEqual([exchanges.length, server.requests.length], [0, 0])
})

test('what is about stored accounts and cards is refused while its switch is off, and says which', async () => {
  const rows = [
    ['cof-link-account', {}, /set banks\.ABA\.account-on-file \(PAYWAY_FEATURE_AOF\) to true/],
    ['cof-link-account', { 'card-on-file': true }, /PAYWAY_FEATURE_AOF/],
    ['cof-link-card', { 'account-on-file': true }, /set banks\.ABA\.card-on-file \(PAYWAY_FEATURE_COF\) to true/],
    ['cof-renew-token', { 'card-on-file': true }, /PAYWAY_FEATURE_AOF/],
    ['cof-payment', {}, /ABA cof-payment is switched off: set banks\.ABA\.account-on-file .* or .*PAYWAY_FEATURE_COF/],
    ['cof-remove-token', {}, /switched off/],
    ['cof-token-details', {}, /switched off/],
  ] as const
  for (const [name, raw, message] of rows) {
    const { operation, server } = await operationOf(name, { raw })
    await assert.rejects(operation.run(wantedBy(operation), call), message)
    assert.equal(server.requests.length, 0)
  }
  const { operation } = await operationOf('cof-payment', { raw: { 'card-on-file': true } })
  await operation.run(wantedBy(operation), call)
})

test('taking a customer’s money is marked as that, and is sent once whatever comes back', async () => {
  for (const [answer, outcome] of [
    [says({}, 500), 'unknown'],
    [says('<html>'), 'unknown'],
    [says(code('105', 'Invalid payment credential token'), 403), 'not_done'],
    [says(code('4'), 403), 'unknown'],
  ] as const) {
    const { operation, counts } = await operationOf('cof-payment', { answer })
    assert.equal(operation.movesMoney, true)
    await assert.rejects(operation.run(wantedBy(operation), call), { outcome })
    assert.equal(counts['cof-payment'], 1)
  }
})

test('an answer is printed as PayWay wrote it, without tokens and the secret part of our path', async () => {
  const said = {
    ...code('00'),
    rate: 4_000.5,
    data: { pwt: 'made-up-token', pushback_url: 'http://x/secret', ctid: 'c' },
  }
  const { operation } = await operationOf('cof-token-details', { answer: says(said) })
  assert.deepEqual(JSON.parse((await operation.run(wantedBy(operation), call)).body), {
    ...said,
    data: { pwt: '[removed]', pushback_url: '[removed]', ctid: 'c' },
  })
})

test('a code that is no success is told with what it means', async () => {
  const { operation } = await operationOf('cof-token-details', { answer: says(code('09', 'Data not found'), 403) })
  await assert.rejects(
    operation.run(wantedBy(operation), call),
    /code 09: PayWay knows nothing of it \("Data not found"\)/,
  )
})

test('with several merchant ids the one that is named is used, and no other', async () => {
  const second = { 'merchant-id': 'khhubkhr', 'api-key': 'example-key-khr-0002', 'payee-account': 'sample_shop@abaa' }
  const { operation, sentTo } = await operationOf('exchange-rate', { raw: { accounts: [second] } })
  await operation.run({ merchant_id: 'khhubkhr' }, call)
  const [sent = {}] = sentTo('exchange-rate')
  assert.equal(sent['hash'], signPayway('exchange-rate', sent, 'example-key-khr-0002').hash)
  await assert.rejects(
    operation.run({ merchant_id: 'other' }, call),
    /merchant_id "other" is none of ABA: it has khhubdemo, khhubkhr/,
  )
})
