import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertRefused } from '../support/refused.ts'
import { startTestHub, type TestHub } from '../support/running-hub.ts'

type Body = Record<string, unknown>

const today = () => new Date(Date.now() + 7 * 3_600_000).toISOString().replace(/\D/g, '')

async function confirmed(hub: TestHub): Promise<Body> {
  const bill = await hub.bill({ amount: '150.00', currency: 'USD' })
  const found = await hub.gateway('GET', `/AMK/payments?query=${bill}`, { token: hub.secrets.banks['AMK']?.bankToken })
  const { id, policyNumber, amount, currency } = found.json['data'] as unknown as Body
  const paidDate = today().slice(0, 14)
  const body = {
    id,
    policyNumber,
    amount,
    currency,
    bankTransactionId: `S-${String(id)}`,
    payer: 'Sok Sample',
    paidDate,
  }
  const answer = await tell(hub, body)
  assert.equal(answer.status, 200, answer.text)
  return body
}

function tell(hub: TestHub, body: Body | string) {
  const token = hub.secrets.banks['AMK']?.bankToken
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return hub.gateway('POST', '/AMK/payments', { token, body: text, headers: { 'content-type': 'application/json' } })
}

const reversed = (body: Body) => Object.fromEntries(Object.entries(body).toReversed())

const sameContent: Readonly<Record<string, (body: Body) => Body | string>> = {
  'byte for byte': (body) => body,
  'its fields in another order': reversed,
  'with blanks and line ends': (body) => JSON.stringify(body, null, 4),
  'the amount as text': (body) => ({ ...body, amount: '150.00' }),
  'the amount with trailing zeros': (body) => JSON.stringify(body).replace('"amount":150', '"amount":150.0000'),
  'the policy number in lower case': (body) => ({ ...body, policyNumber: String(body['policyNumber']).toLowerCase() }),
  'with a property that nobody knows': (body) => ({ ...body, retry: true }),
}

const otherContent: Readonly<Record<string, Body>> = {
  amount: { amount: 150.01 },
  currency: { currency: 'KHR' },
  policyNumber: { policyNumber: 'P123456789' },
  payer: { payer: 'Somebody Else' },
  paidDate: { paidDate: `${today().slice(0, 8)}000000` },
}

test('the same transaction told again', async (t) => {
  const hub = await startTestHub(t)
  for (const [title, spell] of Object.entries(sameContent)) {
    await t.test(`[E02] ${title}: the same 200 again, and nothing happens twice`, async () => {
      const body = await confirmed(hub)
      const first = await tell(hub, body)
      const again = await tell(hub, spell(body))
      assert.equal(again.status, 200, again.text)
      assert.deepEqual(again.json['data'], first.json['data'])
      assert.deepEqual(await countsOf(hub, body), { receipts: 1, cases: 0, events: 3 })
    })
  }
  for (const [field, change] of Object.entries(otherContent)) {
    await t.test(`[E03] with another ${field}: 400, one case however often, nothing applied`, async () => {
      const body = await confirmed(hub)
      for (const round of [1, 2]) {
        assertRefused(await tell(hub, { ...body, ...change, round }), 400, 'PAYMENT_VERIFICATION_DATA_MISMATCHED')
      }
      assert.deepEqual(await countsOf(hub, body), { receipts: 1, cases: 1, events: 3 })
    })
  }
})

async function countsOf(hub: TestHub, { id }: Body): Promise<Record<string, number>> {
  const { rows } = await hub.pool.query<Record<string, number>>(
    `select (select count(*)::int from receipts where payment_number = $1) as receipts,
            (select count(*)::int from cases where payment_number = $1) as cases,
            (select count(*)::int from events where payment_number = $1) as events`,
    [id],
  )
  return rows[0] ?? {}
}
