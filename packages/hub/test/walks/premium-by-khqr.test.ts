import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, readPng } from '@khqr-hub/khqr'
import { eventually, startTestHub } from '../support/running-hub.ts'

test('[E01] a premium is found, shown as a KHQR, paid, proved, credited once and told to the policy system', async (t) => {
  const hub = await startTestHub(t)
  const token = hub.token('bills:read khqr:create payments:read')

  const inquiry = await hub.gateway('GET', '/AMK/payments?query=P123456789', { token })
  assert.equal(inquiry.status, 200, inquiry.text)
  assert.equal(inquiry.json['data']?.['id'], 150001)
  assert.match(inquiry.text, /"amount":150\.00,/)

  const khqr = await hub.khqr('GET', '/khqr?bankCode=AMK&billNumber=P123456789', { token })
  assert.equal(khqr.status, 200, khqr.text)
  const data = khqr.json['data'] as unknown as { paymentId: number; qrCode: string; qrString: string }
  assert.equal(data.paymentId, 150001)
  const shown = decode(readPng(Buffer.from(data.qrCode, 'base64')))
  assert.deepEqual(shown.money, { amountMinor: 15000n, currency: 'USD' })
  assert.equal(shown.billNumber, '150001')

  const paid = await hub.simulator('POST', '/_simulator/pay', { bank: 'AMK', paymentId: '150001' })
  assert.equal(paid.status, 200, paid.text)

  const credits = await eventually('the credit', async () => {
    const found = await hub.credits(150001)
    return found.length > 0 && found
  })
  assert.deepEqual(
    credits.map(({ system, amount, currency }) => ({ system, amount, currency })),
    [{ system: 'DLIS', amount: '150.00', currency: 'USD' }],
  )

  const again = await hub.khqr('GET', '/khqr/150001', { token })
  assert.equal(again.json['data']?.['status'], 'completed')
  const nothing = await hub.gateway('GET', '/AMK/payments?query=P123456789', { token })
  assert.equal(nothing.status, 404)
  assert.match(nothing.text, /Nothing is due/)

  const { rows } = await hub.pool.query(
    'select account, currency, sum(amount_minor)::int as total from entries group by 1, 2 order by 1',
  )
  assert.deepEqual(rows, [
    { account: 'bank:AMK', currency: 'USD', total: 15000 },
    { account: 'payable:premium', currency: 'USD', total: -15000 },
  ])
})
