import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hashOf } from './hash.ts'
import { PaywaySimulator } from './payway-simulator.ts'

const settings = {
  ...({ kind: 'payway', basePath: '/payway', alsoAtRoot: false, active: true, merchantId: 'khhubdemo' } as const),
  currencies: ['USD', 'KHR'] as const,
  payeeAccount: 'sample_shop@abaa',
  payeeMerchantId: 'SAMPLE-ABA-1',
  merchantName: 'Sample Shop',
  city: 'Phnom Penh',
  apiKey: 'example-key',
  rsaPrivateKey: '',
}

describe('a new transaction of the played PayWay', () => {
  it('is seen by check after two seconds at most, whatever is set, and by detail not before', () => {
    let now = Date.UTC(2026, 0, 15)
    const silent = { keep: () => {}, tell: () => {}, picture: () => Buffer.alloc(0) }
    const payway = new PaywaySimulator(
      'ABA',
      { ...settings, mostLagMs: 60_000 },
      { nowMs: () => now, ...silent },
      () => false,
    )
    const ask = (operation: 'check' | 'detail', tranId: string): boolean => {
      const req_time = new Date(now).toISOString().replace(/\D/g, '').slice(0, 14)
      const fields = { req_time, merchant_id: settings.merchantId, tran_id: tranId }
      const body = Buffer.from(JSON.stringify({ ...fields, hash: hashOf(operation, fields, settings.apiKey) }))
      const route = payway.routes.find((one) => one.operation === operation && one.method === 'POST')
      const answer = route?.handle({
        headers: { 'content-type': 'application/json' },
        params: {},
        body,
        fault: undefined,
      })
      return typeof answer === 'object' && answer.body.includes('"code":"00"')
    }
    for (let n = 0; n < 40; n++) {
      const madeAt = now
      const { tranId } = payway.openOwn({ merchantRef: 'REF-77', amount: '1.00', currency: 'USD' }).tran
      for (const afterMs of [0, 700, 1400]) {
        now = madeAt + afterMs
        assert.ok(ask('check', tranId) || !ask('detail', tranId), `${afterMs} ms after it was made`)
      }
      now = madeAt + 2000
      assert.ok(ask('check', tranId))
      // Ten details a minute are answered, and no more.
      now += 60_000
      assert.ok(ask('detail', tranId))
      now += 60_000
    }
  })
})
