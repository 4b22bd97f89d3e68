import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertRefused, fieldsOf } from '../support/refused.ts'
import { startTestHub } from '../support/running-hub.ts'

const nowS = () => Math.floor(Date.now() / 1_000)
const near = { now: () => nowS(), '4 minutes behind': () => nowS() - 240, '4 minutes ahead': () => nowS() + 240 }
const far = {
  '6 minutes behind': () => nowS() - 360,
  '6 minutes ahead': () => nowS() + 360,
  'in milliseconds': () => Date.now(),
  negative: () => -nowS(),
  'with decimals': () => `${nowS()}.5`,
  'a date': () => '2026-01-07T05:00:00Z',
  empty: () => '',
  'a word': () => 'now',
  'a very long number': () => '9'.repeat(400),
}

test('X-Timestamp is optional; far from our clock it is refused, on bank routes only logged', async (t) => {
  const hub = await startTestHub(t)
  const token = hub.token('bills:read khqr:create')
  const bank = hub.secrets.banks['AMK']?.bankToken ?? ''
  const surfaces = [
    [hub.khqr, '/khqr?bankCode=AMK&billNumber=P123456789', 'VALIDATION_ERROR'],
    [hub.integration, '/integration/premiums/P123456789', 'BAD_REQUEST'],
  ] as const
  for (const [ask, path, code] of surfaces) {
    for (const [title, stamp] of Object.entries(near)) {
      await t.test(`${path}: ${title} is let in`, async () => {
        const answer = await ask('GET', path, { token, headers: { 'x-timestamp': String(stamp()) } })
        assert.equal(answer.status, 200, answer.text)
      })
    }
    for (const [title, stamp] of Object.entries(far)) {
      await t.test(`${path}: ${title} is refused`, async () => {
        const answer = await ask('GET', path, { token, headers: { 'x-timestamp': String(stamp()) } })
        assertRefused(answer, 400, code)
        assert.deepEqual(fieldsOf(answer), ['X-Timestamp'])
      })
    }
  }
  for (const [title, stamp] of Object.entries({ ...near, ...far })) {
    await t.test(`bank routes: ${title} is let in`, async () => {
      const headers = { 'x-timestamp': String(stamp()) }
      const inquiry = await hub.gateway('GET', '/AMK/payments?query=P123456789', { token: bank, headers })
      assert.equal(inquiry.status, 200, inquiry.text)
      const notice = { id: 199_999, policyNumber: 'P123456789', amount: 150, currency: 'USD' }
      const more = { bankTransactionId: 'S-1', payer: 'Sok Sample', paidDate: '20260107120000' }
      const told = await hub.gateway('POST', '/gateway/payments', {
        token: bank,
        headers,
        json: { ...notice, ...more },
      })
      assertRefused(told, 404, 'RESOURCE_NOT_FOUND')
    })
  }
  await t.test('health does not mind', async () => {
    const answer = await hub.khqr('GET', '/actuator/health/liveness', { headers: { 'x-timestamp': '1' } })
    assert.equal(answer.status, 200)
  })
})
