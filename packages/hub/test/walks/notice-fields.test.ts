import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertRefused, fieldsOf } from '../support/refused.ts'
import { startTestHub, type TestHub } from '../support/running-hub.ts'

type Body = Record<string, unknown>

/** A code of AMK for a fresh bill, and the notice that AMK would send once it is paid. */
async function shown(hub: TestHub): Promise<Body> {
  const bill = await hub.bill({ amount: '150.00', currency: 'USD' })
  const made = await hub.khqr('GET', `/khqr?bankCode=AMK&billNumber=${bill}`, { token: hub.token('khqr:create') })
  assert.equal(made.status, 200, made.text)
  return {
    invoice_number: String(made.json['data']?.['paymentId']),
    status: 'SUCCESS',
    merchant_number: '900000000000001',
    paid_amount: 150,
    currency: 'USD',
    paid_datetime: '2026-01-07 12:00:00.123456',
  }
}

/** Paid at the bank, which does not tell us: the test does, with the time the bank wrote down. */
async function paidInSilence(hub: TestHub): Promise<Body> {
  const body = await shown(hub)
  const paymentId = body['invoice_number']
  const paid = await hub.simulator('POST', '/_simulator/pay', { bank: 'AMK', paymentId, webhook: 'drop' })
  const paidAt = new Date(String(paid.json['transactions']?.[0]?.['paidAt']))
  const local = new Date(paidAt.getTime() + 7 * 3_600_000).toISOString().replace('T', ' ').slice(0, 23)
  return { ...body, paid_datetime: local }
}

function tell(hub: TestHub, body: Body, path = '/AMK/khqr') {
  const token = hub.secrets.banks['AMK']?.bankToken
  return hub.gateway('POST', path, { token, json: body })
}

const badInvoices = [undefined, null, '', 0, -1, 1.5, true, [], {}, 'x', '0', '-1', '1e5', '1.0', 'NaN', ' 1', '0x10']

const badFields: Readonly<Record<string, readonly unknown[]>> = {
  status: [undefined, null, '', 1, true, 'x'.repeat(65), 'ជោគជ័យ', 'a\u0000', []],
  merchant_number: [undefined, null, '', true, [], {}, 'x'.repeat(65), 'ក'],
  paid_amount: [undefined, null, '', 0, -1, 150.001, '150.001', 'NaN', '1e400', '150,00', true, [], {}],
  currency: [undefined, null, '', 'usd', 'EUR', 840, []],
  paid_datetime: [
    undefined,
    null,
    '',
    'now',
    1_767_762_000,
    '2026-02-30 00:00:00',
    '2026-01-07',
    '2999-01-07 12:00:00',
    '2026-01-07 12:00:00.1234567',
    '20260107120000',
  ],
}

const goodTimes: readonly ((time: string) => string)[] = [
  (time) => time.slice(0, 19),
  (time) => time.slice(0, 21),
  (time) => time,
  (time) => `${time}000`,
]

test('the fields of a notice', async (t) => {
  const hub = await startTestHub(t)
  const unpaid = await shown(hub)
  for (const value of badInvoices) {
    await t.test(`invoice_number ${JSON.stringify(value) ?? 'missing'} leads nowhere: 400, kept`, async () => {
      const answer = await tell(hub, { ...unpaid, invoice_number: value })
      assertRefused(answer, 400, 'BAD_REQUEST')
      assert.deepEqual(fieldsOf(answer), ['invoice_number'])
      assert.deepEqual(await outcomeOf(hub, answer.json['correlationId']), 'refused')
    })
  }
  for (const [field, values] of Object.entries(badFields)) {
    for (const value of values) {
      await t.test(
        `${field} ${JSON.stringify(value) ?? 'missing'}, not paid: 400 that names it; asked again`,
        async () => {
          const answer = await tell(hub, { ...unpaid, [field]: value })
          assertRefused(answer, 400, 'BAD_REQUEST')
          assert.deepEqual(fieldsOf(answer), [field])
          assert.deepEqual(await outcomeOf(hub, answer.json['correlationId']), 'waiting')
        },
      )
    }
    await t.test(`${field} bad, paid all the same: proved and confirmed`, async () => {
      const body = await paidInSilence(hub)
      const answer = await tell(hub, { ...body, [field]: values[1] })
      assertConfirmed(answer, body)
    })
  }
  for (const spell of goodTimes) {
    const sample = spell('2026-01-07 12:00:00.123')
    await t.test(`paid_datetime as ${sample}`, async () => {
      const body = await paidInSilence(hub)
      assertConfirmed(await tell(hub, { ...body, paid_datetime: spell(String(body['paid_datetime'])) }), body)
    })
  }
  await t.test(
    'invoice_number and merchant_number as numbers, the amount as text, a property nobody knows',
    async () => {
      const body = await paidInSilence(hub)
      const numbers = { invoice_number: Number(body['invoice_number']), merchant_number: 900000000000001 }
      assertConfirmed(await tell(hub, { ...body, ...numbers, paid_amount: '150.0000', extra: { a: [1] } }), body)
    },
  )
  await t.test('through /gateway, where the token says which bank', async () => {
    const body = await paidInSilence(hub)
    assertConfirmed(await tell(hub, body, '/gateway/khqr'), body)
  })
})

function assertConfirmed(answer: Awaited<ReturnType<typeof tell>>, body: Body): void {
  assert.equal(answer.status, 200, answer.text)
  assert.deepEqual(answer.json['data'], {
    transactionId: `AMK_KHQR_${String(body['invoice_number'])}`,
    status: 'CONFIRMED',
    message: 'KHQR payment successfully processed',
  })
}

async function outcomeOf(hub: TestHub, correlationId: unknown): Promise<string | undefined> {
  const { rows } = await hub.pool.query<{ outcome: string }>('select outcome from inbox where correlation_id = $1', [
    correlationId,
  ])
  assert.equal(rows.length, 1)
  return rows[0]?.outcome
}
