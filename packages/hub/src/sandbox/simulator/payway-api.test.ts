import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { bankTime } from '../../banks/payway/simulator/payway-time.ts'
import { startPayway, type TestPayway } from './test-payway.ts'
import { type Fields, hashOf, newTranId, reqTime, samplePayway } from './test-payway-requests.ts'
import { call, type Said } from './test-process.ts'

const statusOf = ({ json }: Said): Record<string, unknown> => (json['status'] ?? {}) as Record<string, unknown>
const dataOf = ({ json }: Said): Record<string, unknown> => (json['data'] ?? {}) as Record<string, unknown>

describe('the played PayWay, on the wire', () => {
  let payway: TestPayway
  before(async () => {
    payway = await startPayway()
  })
  after(() => payway.close())

  it('takes POST alone: whoever gets is told 405', async () => {
    for (const path of ['/payway/api/payment-gateway/v1/payments/purchase', '/api/payment-gateway/v1/exchange-rate']) {
      assert.equal((await call('GET', payway.url() + path)).status, 405)
    }
  })

  it('answers a wrong hash with HTTP 403 and code 1, a number of check and a text of generate-qr', async () => {
    const { tranId } = await payway.makeQr()
    const check = await payway.about('check-transaction-2', tranId, 'another-key')
    assert.deepEqual([check.status, statusOf(check)['code'], statusOf(check)['message']], [403, 1, 'Wrong Hash.'])
    const qr = await payway.ask('payments/generate-qr', { ...(await order()), tran_id: newTranId() }, ['x'])
    assert.deepEqual([qr.status, statusOf(qr)['code']], [403, '1'])
    const list = await payway.ask('payments/transaction-list-2', { req_time: reqTime(), merchant_id: 'khhubdemo' }, [])
    assert.deepEqual([list.status, statusOf(list)['code']], [403, '1'])
    const auth = { request_time: reqTime(), merchant_id: 'khhubdemo', merchant_auth: 'AAAA', hash: 'x' }
    const path = '/api/merchant-portal/merchant-access/online-transaction/refund'
    const refund = await call('POST', payway.url() + path, auth)
    assert.deepEqual([refund.status, statusOf(refund)['code']], [403, 'PTL02'])
  })

  async function order(): Promise<Fields> {
    return {
      req_time: reqTime(),
      merchant_id: 'khhubdemo',
      amount: '1.00',
      currency: 'USD',
      lifetime: 10,
      payment_option: 'abapay_khqr',
      qr_image_template: 'template1',
    }
  }

  it('makes a code with its picture and deeplink, in camel case', async () => {
    const { said, qr } = await payway.makeQr({ amount: 10.5 })
    assert.match(qr, /^000201010212/)
    assert.match(String(said.json['qrImage']), /^data:image\/png;base64,iVBOR/)
    assert.equal(
      said.json['abapay_deeplink'],
      `abamobilebank://ababank.com?type=payway&qrcode=${encodeURIComponent(qr)}`,
    )
    assert.deepEqual([said.json['amount'], said.json['currency'], statusOf(said)['code']], [10.5, 'USD', '0'])
    assert.match(qr, /540510\.50/)
    assert.match((await payway.makeQr({ amount: 4000, currency: 'KHR' })).qr, /54074000\.00/)
  })

  it('refuses what is badly asked for by its codes', async () => {
    const cases: [Fields, number, string][] = [
      [{ lifetime: 2 }, 400, '04'],
      [{ lifetime: 43_201 }, 400, '04'],
      [{ qr_image_template: 'template9' }, 400, '04'],
      [{ tran_id: 'a'.repeat(21) }, 400, '04'],
      [{ tran_id: 'a_b' }, 400, '04'],
      [{ req_time: reqTime(Date.now() + 7 * 3_600_000) }, 400, '04'],
      [{ req_time: '2026-01-15' }, 400, '04'],
      [{ merchant_id: 'somebody' }, 403, '96'],
      [{ amount: '10.5' }, 400, '04'],
      [{ amount: '0.00' }, 400, '04'],
      [{ amount: '4000.50', currency: 'KHR' }, 400, '04'],
      [{ amount: '99', currency: 'KHR' }, 403, '47'],
      [{ currency: 'EUR' }, 403, '12'],
      [{ payment_option: 'bakong' }, 403, '23'],
      [{ payment_option: 'wechat', amount: '4000', currency: 'KHR' }, 403, '12'],
      [{ first_name: 'R2D2' }, 403, '16'],
      [{ first_name: 'A'.repeat(21) }, 403, '16'],
      [{ last_name: 'O!' }, 403, '17'],
      [{ phone: 'x' }, 403, '18'],
      [{ email: 'x' }, 403, '19'],
      [{ items: 'no base64!' }, 403, '13'],
      [{ callback_url: 'bm90IGEgdXJs' }, 403, '102'],
    ]
    for (const [fields, status, code] of cases) {
      const { said } = await payway.makeQr(fields)
      assert.deepEqual([said.status, statusOf(said)['code']], [status, code], JSON.stringify(fields))
    }
    assert.equal((await payway.makeQr({ amount: '100', currency: 'KHR', first_name: 'សុខា' })).said.status, 200)
  })

  it('refuses a tran_id that generate-qr has seen, and gives purchase a code that nobody can pay', async () => {
    const { tranId, qr } = await payway.makeQr()
    const again = (await payway.makeQr({ tran_id: tranId })).said
    assert.deepEqual([again.status, statusOf(again)['code']], [403, '403'])
    const silent = await payway.purchase({ tran_id: tranId })
    assert.deepEqual([silent.status, statusOf(silent)['code']], [200, '00'])
    const dead = String(silent.json['qr_string'])
    assert.notEqual(dead, qr)
    const refused = await payway.tryControl('pay', { bank: 'ABA', qr: dead })
    assert.equal(refused.status, 422)
    assert.match(refused.text, /Transaction not found/)
    await payway.pay(tranId)
  })

  it('answers a purchase by deeplink in JSON, in every form that it may be sent in', async () => {
    for (const form of ['urlencoded', 'multipart', 'json'] as const) {
      const said = await payway.purchase({ firstname: 'សុខា', lastname: 'Sok' }, form)
      assert.deepEqual([said.status, statusOf(said)['code'], statusOf(said)['tran_id']], [200, '00', said.tranId], form)
      assert.equal(said.json['checkout_qr_url'], undefined)
      assert.match(String(said.json['abapay_deeplink']), /^abamobilebank:/)
    }
  })

  it('gives a checkout address only for payment_gate 0 in a hosted view; without that view the gate answers a page', async () => {
    const hosted = await payway.purchase({ payment_gate: '0', view_type: 'hosted_view' })
    const page = await call('GET', String(hosted.json['checkout_qr_url']))
    assert.match(page.text, new RegExp(hosted.tranId))
    const alone = await payway.purchase({ payment_gate: '0' })
    assert.match(String(alone.headers.get('content-type')), /^text\/html/)
  })

  it('answers every other option with a page, refusals too', async () => {
    for (const payment_option of ['cards', 'abapay_khqr', 'alipay', 'wechat', '']) {
      const said = await payway.purchase({ payment_option })
      assert.equal(said.status, 200)
      assert.match(said.text, /^<!doctype html>[\s\S]*<form method="post"/, payment_option)
    }
    const cases: [Fields, string][] = [
      [{ payment_option: 'cards', lifetime: '2' }, '69'],
      [{ payment_option: 'google_pay' }, '79'],
      [{ payment_option: 'cards', amount: '10' }, '3'],
      [{ payment_option: 'cards', merchant_id: 'x' }, '26'],
    ]
    for (const [fields, code] of cases) {
      const said = await payway.purchase(fields)
      assert.equal(said.status, 200)
      assert.match(said.text, new RegExp(`Error Code: ${code}\\]`), JSON.stringify(fields))
    }
    const inJson = await payway.purchase({ lifetime: '2' })
    assert.deepEqual([inJson.status, statusOf(inJson)['code']], [400, '69'])
  })

  it('takes the currency of the profile where none is sent', async () => {
    const { tranId } = await payway.purchase({ currency: '' })
    const { transactions } = await payway.pay(tranId)
    assert.equal((transactions as { currency: string }[])[0]?.currency, 'USD')
  })

  it('knows nothing of a transaction by HTTP 200 and code 6', async () => {
    for (const name of ['check-transaction-2', 'transaction-detail']) {
      const said = await payway.about(name, newTranId())
      assert.deepEqual([said.status, statusOf(said)['code'], said.json['data']], [200, 6, undefined])
    }
    const close = await payway.about('close-transaction', newTranId())
    assert.deepEqual([close.status, statusOf(close)['code']], [403, 5])
    const old = await payway.about('check-transaction', newTranId())
    assert.deepEqual([old.status, old.json['status']], [200, 6])
  })

  it('tells of an unpaid code: pending, without currency in check, with the currency of the profile in detail', async () => {
    const { tranId } = await payway.makeQr({ amount: 4000, currency: 'KHR' })
    const check = dataOf(await payway.about('check-transaction-2', tranId))
    assert.deepEqual(
      [check['payment_status_code'], check['payment_status'], check['original_amount'], check['payment_amount']],
      [2, 'PENDING', 4000, 0],
    )
    assert.deepEqual([check['payment_currency'], check['apv'], 'original_currency' in check], ['', '', false])
    const detail = dataOf(await payway.about('transaction-detail', tranId))
    assert.deepEqual([detail['original_currency'], detail['transaction_operations']], ['USD', []])
  })

  it('lists at most three days, by strict dates in its own time, in pages, and tells no unpaid code of generate-qr', async () => {
    const { tranId: unpaid } = await payway.makeQr()
    const { tranId: opened } = await payway.purchase()
    const { tranId: paid } = await payway.makeQr()
    await payway.pay(paid)
    const from_date = bankTime(Date.now() - 3_600_000)
    const to_date = bankTime(Date.now() + 3_600_000)
    const said = await payway.list({ from_date, to_date, pagination: 1000 })
    const rows = said.json['data'] as Record<string, unknown>[]
    const words = new Map(rows.map((row) => [row['transaction_id'], row['payment_status']]))
    assert.deepEqual([words.get(unpaid), words.get(opened), words.get(paid)], [undefined, 'PENDING', 'APPROVED'])
    assert.equal(rows.find((row) => row['transaction_id'] === paid)?.['original_currency'], 'USD')
    const first = await payway.list({ from_date, to_date, status: 'APPROVED', page: 1, pagination: 1 })
    assert.deepEqual([(first.json['data'] as unknown[]).length, first.json['pagination']], [1, '1'])
    const past = await payway.list({ from_date, to_date, status: 'APPROVED', page: 2, pagination: 1000 })
    assert.deepEqual(past.json['data'], [])
    const utc = reqTime(Date.now() - 60_000)
    for (const [fields, code] of [
      [{ from_date: utc, to_date }, '49'],
      [{ from_date, to_date: '2026-01-15' }, '50'],
      [{ from_date: to_date, to_date: from_date }, '51'],
      [{ from_date: bankTime(Date.now() - 3 * 86_400_000), to_date }, '52'],
      [{ from_date, to_date, from_amount: 5, to_amount: 1 }, '53'],
      [{ from_date, to_date, pagination: 1001 }, '48'],
    ] as const) {
      const refused = await payway.list(fields)
      assert.deepEqual([refused.status, statusOf(refused)['code']], [403, code], JSON.stringify(fields))
    }
  })

  it('counts details to ten a minute and says no more then than HTTP 403 and the number 429', async () => {
    const other = await startPayway()
    try {
      const { tranId } = await other.makeQr()
      for (let n = 0; n < 10; n++) assert.equal((await other.about('transaction-detail', tranId)).status, 200)
      const over = await other.about('transaction-detail', tranId)
      assert.deepEqual([over.status, statusOf(over)['code'], over.headers.get('retry-after')], [403, 429, null])
      assert.equal((await other.about('check-transaction-2', tranId)).status, 200)
    } finally {
      await other.close()
    }
  })

  it('tells made-up rates, and what was paid on one printed code', async () => {
    const at = reqTime()
    const rates = await payway.ask('exchange-rate', { req_time: at, merchant_id: 'khhubdemo' }, [at, 'khhubdemo'])
    const { thb } = rates.json['exchange_rates'] as Record<string, { sell: string; buy: string }>
    assert.deepEqual(thb, { sell: '0.0316', buy: '0.0300' })
    await payway.control('pay', { bank: 'ABA', merchantRef: 'REF-77', amount: '2.50', currency: 'USD' })
    await payway.control('pay', { bank: 'ABA', merchantRef: 'REF-78', amount: '2.50', currency: 'USD' })
    const fields = { req_time: at, merchant_id: 'khhubdemo', merchant_ref: 'REF-77' }
    const said = await payway.ask('payments/get-transactions-by-mc-ref', fields, [at, 'khhubdemo', 'REF-77'])
    const rows = said.json['data'] as Record<string, unknown>[]
    assert.deepEqual(
      rows.map((row) => [row['original_amount'], row['merchant_ref'], row['payment_status']]),
      [[2.5, 'REF-77', 'APPROVED']],
    )
  })

  it('is found at the root as well as below its path', async () => {
    const at = reqTime()
    const body = { req_time: at, merchant_id: samplePayway.merchantId, hash: hashOf([at, samplePayway.merchantId]) }
    for (const base of ['', '/payway']) {
      const said = await call('POST', `${payway.url()}${base}/api/payment-gateway/v1/exchange-rate`, body)
      assert.equal(said.status, 200)
    }
  })
})
