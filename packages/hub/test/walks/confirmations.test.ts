import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertRefused, fieldsOf } from '../support/refused.ts'
import { type Answer, startTestHub, type TestHub } from '../support/running-hub.ts'

/** As the bank writes it: UTC+7, `yyyyMMddHHmmss`. */
export function paidDate(minutesFromNow: number): string {
  const local = new Date(Date.now() + minutesFromNow * 60_000 + 7 * 3_600_000)
  return local.toISOString().replace(/\D/g, '').slice(0, 14)
}

type Body = Record<string, unknown>

/** A bill that AMK inquired about, and the confirmation that fits it. */
async function inquired(hub: TestHub, what: Parameters<TestHub['bill']>[0] = {}): Promise<Body> {
  const bill = await hub.bill(what)
  const found = await hub.gateway('GET', `/AMK/payments?query=${bill}`, { token: bankToken(hub) })
  assert.equal(found.status, 200, found.text)
  const { id, policyNumber, amount, currency, payer } = found.json['data'] as unknown as Body
  const bankTransactionId = `SAMPLE-${String(id)}`
  return { id, policyNumber, amount, currency, bankTransactionId, payer, paidDate: paidDate(0) }
}

function bankToken(hub: TestHub): string {
  return hub.secrets.banks['AMK']?.bankToken ?? ''
}

/** Sent with amounts digit by digit: `raw` replaces one field's JSON text. */
function tell(
  hub: TestHub,
  body: Body,
  raw: Readonly<Record<string, string>> = {},
  path = '/AMK/payments',
): Promise<Answer> {
  const parts = Object.entries(body)
    .filter(([name, value]) => value !== undefined && raw[name] === undefined)
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  const raws = Object.entries(raw).map(([name, text]) => `${JSON.stringify(name)}:${text}`)
  const headers = { 'content-type': 'application/json' }
  return hub.gateway('POST', path, { token: bankToken(hub), headers, body: `{${[...parts, ...raws].join(',')}}` })
}

const badFields: Readonly<Record<string, readonly string[]>> = {
  id: [
    '"x"',
    '0',
    '-1',
    '-150001',
    '1.5',
    '150001.5',
    '1e400',
    '"NaN"',
    '"1e5"',
    'true',
    '[]',
    '{}',
    '""',
    'null',
    '9007199254740992',
    '99999999999999999999',
    '"150001 "',
    '"0x24"',
  ],
  policyNumber: [
    '""',
    'null',
    '123456789',
    '"P12345678901"',
    '"P1234 678"',
    '"ស១២៣៤៥៦៧៨"',
    '"P12345678\\n"',
    '["P123456789"]',
    '"P12345678\\u0000"',
  ],
  amount: [
    '150.001',
    '"150.001"',
    '-1',
    '"-150.00"',
    '0',
    '0.00',
    '"0"',
    '1e400',
    '1e-400',
    '"1e2"',
    '"NaN"',
    '"Infinity"',
    '"150,00"',
    '"150 "',
    '" 150"',
    '"+150"',
    '"USD 150"',
    '""',
    'null',
    'true',
    '[]',
    '{}',
    '10000000000.00',
    '"0x96"',
    '"១៥០"',
    '150.0000000000000000000000000000000000000001',
  ],
  currency: ['"usd"', '"EUR"', '"US"', '840', '""', 'null', '["USD"]', '"USD "', '"__proto__"', '"toString"'],
  bankTransactionId: ['""', 'null', '1', `"${'x'.repeat(65)}"`, '" x"', '"x\\u0000"', '"x\\ny"', '"ឯកសារ"', '[]'],
  payer: ['""', '"   "', 'null', '7', `"${'x'.repeat(101)}"`, '"a\\u0000b"', '"a\\nb"', '[]'],
  paidDate: [
    '""',
    'null',
    '20260107120000',
    '"2026-01-07 12:00:00"',
    '"20260107"',
    '"202601071200000"',
    '"20260230120000"',
    '"20261307120000"',
    '"20260107250000"',
    '"20260107126000"',
    '"2026010712000x"',
    '"00000000000000"',
    '"1767762000"',
  ],
}

test('every field of a confirmation is checked, by name, before anything is decided', async (t) => {
  const hub = await startTestHub(t)
  const good = await inquired(hub, { amount: '150.00' })
  for (const [field, values] of Object.entries(badFields)) {
    for (const value of [undefined, ...values]) {
      await t.test(`${field}: ${value?.slice(0, 30) ?? 'missing'}`, async () => {
        const answer = await tell(hub, { ...good, [field]: undefined }, value === undefined ? {} : { [field]: value })
        assertRefused(answer, 400, 'BAD_REQUEST')
        assert.deepEqual(fieldsOf(answer), [field])
      })
    }
  }
  await t.test('all bad fields are named at once', async () => {
    const answer = await tell(hub, { ...good, id: 'x', amount: -1, currency: 'EUR', paidDate: 'now', payer: '' })
    assertRefused(answer, 400, 'BAD_REQUEST')
    assert.deepEqual(fieldsOf(answer), ['amount', 'currency', 'id', 'paidDate', 'payer'])
  })
  await t.test('a time over a day ahead is a bad field; one within a day is not', async () => {
    const answer = await tell(hub, { ...good, paidDate: paidDate(24 * 60 + 2) })
    assertRefused(answer, 400, 'BAD_REQUEST')
    assert.deepEqual(fieldsOf(answer), ['paidDate'])
    const ahead = await tell(hub, { ...(await inquired(hub)), paidDate: paidDate(24 * 60 - 2) })
    assert.equal(ahead.status, 200, ahead.text)
  })
  await t.test('a short number is a bad field, before the unknown id is', async () => {
    const answer = await tell(hub, { ...good, id: 199_999, policyNumber: 'P1234567' })
    assertRefused(answer, 400, 'BAD_REQUEST')
    assert.deepEqual(fieldsOf(answer), ['policyNumber'])
  })
  await t.test('none of this touched the payment, and all of it was kept', async () => {
    const { rows } = await hub.pool.query('select status from payments where number = $1', [good['id']])
    assert.deepEqual(rows, [{ status: 'pending' }])
    const bad = 1 + 1 + 1 + Object.values(badFields).reduce((sum, values) => sum + values.length + 1, 0)
    const { rows: kept } = await hub.pool.query(`select count(*)::int as n from inbox where outcome = 'refused'`)
    assert.deepEqual(kept, [{ n: bad }])
  })
})

const goodSpellings: Readonly<Record<string, { raw?: Record<string, string>; more?: (body: Body) => Body }>> = {
  'as it should be': {},
  'the amount as text': { raw: { amount: '"150.00"' } },
  'the amount without decimals': { raw: { amount: '150' } },
  'the amount with trailing zeros': { raw: { amount: '150.0000000' } },
  'the amount as text with trailing zeros': { raw: { amount: '"150.000"' } },
  'the amount with an exponent': { raw: { amount: '1.5E2' } },
  'the policy number in lower case': {
    more: (body) => ({ ...body, policyNumber: String(body['policyNumber']).toLowerCase() }),
  },
  'a payer in Khmer': { more: (body) => ({ ...body, payer: 'សុខ ដារ៉ា' }) },
  'a payer of 100 letters': { more: (body) => ({ ...body, payer: 'ក'.repeat(100) }) },
  'a transaction id of 64 characters': {
    more: (body) => ({ ...body, bankTransactionId: `${String(body['id'])}${'x'.repeat(58)}` }),
  },
  'properties that nobody knows': { more: (body) => ({ ...body, branch: 'Sample', teller: { id: [1, 2] } }) },
  'a prototype key': { raw: { ['__proto__']: '{"id":1}' } },
  'paid 14 minutes before we opened it': { more: (body) => ({ ...body, paidDate: paidDate(-14) }) },
}

test('a confirmation that fits is confirmed, in every spelling', async (t) => {
  const hub = await startTestHub(t)
  for (const [title, { raw = {}, more = (body: Body) => body }] of Object.entries(goodSpellings)) {
    await t.test(title, async () => {
      const body = more(await inquired(hub, { amount: '150.00', currency: 'USD' }))
      const answer = await tell(hub, body, raw)
      assert.equal(answer.status, 200, answer.text)
      assert.deepEqual(answer.json['data'], {
        transactionId: body['bankTransactionId'],
        paymentReferenceId: String(body['id']),
        status: 'CONFIRMED',
        message: 'Payment successfully processed',
      })
    })
  }
  await t.test('through /gateway, where the token says which bank', async () => {
    const answer = await tell(hub, await inquired(hub), {}, '/gateway/payments')
    assert.equal(answer.status, 200, answer.text)
  })
})
