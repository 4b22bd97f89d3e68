import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertRefused } from '../support/refused.ts'
import { startTestHub } from '../support/running-hub.ts'

test('[E29] a confirmation that is not sent as JSON is kept, and refused with 415', async (t) => {
  const hub = await startTestHub(t)
  const token = hub.secrets.banks['AMK']?.bankToken
  const found = await hub.gateway('GET', '/AMK/payments?query=P123456789', { token })
  const { id, policyNumber, amount, currency } = found.json['data'] as unknown as Record<string, unknown>
  const paidDate = new Date(Date.now() + 7 * 3_600_000).toISOString().replace(/\D/g, '').slice(0, 14)
  const body = JSON.stringify({
    id,
    policyNumber,
    amount,
    currency,
    bankTransactionId: 'S-1',
    payer: 'Sok Sample',
    paidDate,
  })
  for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', '/']) {
    const answer = await hub.gateway('POST', '/AMK/payments', { token, body, headers: { 'content-type': type } })
    assertRefused(answer, 415, 'UNSUPPORTED_MEDIA_TYPE')
    const { rows } = await hub.pool.query('select content_type from inbox order by id desc limit 1')
    assert.deepEqual(rows, [{ content_type: type }])
  }
})
