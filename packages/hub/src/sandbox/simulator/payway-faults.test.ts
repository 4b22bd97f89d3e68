import assert from 'node:assert/strict'
import { afterEach, after, before, describe, it } from 'node:test'
import { bankTime } from '../../banks/payway/simulator/payway-time.ts'
import { startPayway, type TestPayway } from './test-payway.ts'
import { hashOf, reqTime, samplePayway } from './test-payway-requests.ts'
import { type Said } from './test-process.ts'

type Row = Record<string, unknown>
const dataOf = ({ json }: Said): Row => (json['data'] ?? {}) as Row
const codeOf = ({ json }: Said): unknown => (json['status'] as Row | undefined)?.['code']

describe('bad days of the played PayWay', () => {
  let payway: TestPayway
  before(async () => {
    payway = await startPayway()
  })
  afterEach(() => payway.clear())
  after(() => payway.close())

  async function paid(): Promise<string> {
    const { tranId } = await payway.makeQr()
    await payway.pay(tranId)
    return tranId
  }
  const check = (tranId: string): Promise<Said> => payway.about('check-transaction-2', tranId)
  const rowOf = async (tranId: string): Promise<Row | undefined> => {
    const window = { from_date: bankTime(Date.now() - 3_600_000), to_date: bankTime(Date.now() + 60_000) }
    const rows = (await payway.list({ ...window, pagination: 1000 })).json['data'] as Row[]
    return rows.find((row) => row['transaction_id'] === tranId)
  }

  it('let check, detail and list disagree: another sum, another currency, another status', async () => {
    const tranId = await paid()
    await payway.fault('check', 'check-disagrees')
    assert.equal(dataOf(await check(tranId))['original_amount'], 11.5)
    await payway.fault('check', 'check-disagrees', 'status')
    assert.equal(dataOf(await check(tranId))['payment_status'], 'PENDING')
    await payway.fault('detail', 'detail-disagrees', 'currency')
    assert.equal(dataOf(await payway.about('transaction-detail', tranId))['original_currency'], 'KHR')
    await payway.fault('list', 'list-disagrees', 'amount')
    assert.equal((await rowOf(tranId))?.['original_amount'], 11.5)
    await payway.fault('list', 'list-hides')
    assert.equal(await rowOf(tranId), undefined)
    await payway.clear()
    assert.equal((await rowOf(tranId))?.['original_amount'], 10.5)
  })

  it('hide what is there, and say the same of a caller whose address is not known', async () => {
    const tranId = await paid()
    await payway.fault('check', 'not-visible')
    const hidden = await check(tranId)
    assert.deepEqual([hidden.status, codeOf(hidden)], [200, 6])
    await payway.fault('*', 'not-whitelisted')
    const stranger = await check(tranId)
    assert.deepEqual([stranger.status, codeOf(stranger)], [403, 6])
  })

  it('refuse a hash that is right, any call by a code, and all that is too much', async () => {
    const tranId = await paid()
    await payway.fault('check', 'wrong-hash')
    assert.equal(codeOf(await check(tranId)), 1)
    await payway.fault('check', 'quota')
    const many = await check(tranId)
    assert.deepEqual([many.status, codeOf(many)], [403, 429])
    await payway.fault('refund', 'code', 'PTL181')
    assert.equal(codeOf(await payway.refund(tranId, '1.00')), 'PTL181')
    await payway.fault('purchase', 'code', 72)
    assert.equal(codeOf(await payway.purchase()), '72')
    assert.match((await payway.purchase({ payment_option: 'cards' })).text, /Error Code: 72\]/)
    assert.equal(
      (await payway.tryControl('faults', { target: 'ABA', operation: 'check', fault: 'code', value: 'x' })).status,
      400,
    )
  })

  it('end the first key: it is told code 21, the second signs, and signs callbacks', async () => {
    const { tranId } = await payway.makeQr()
    const second = samplePayway.nextApiKey ?? ''
    assert.equal(codeOf(await payway.about('check-transaction-2', tranId, second)), 1)
    await payway.fault('*', 'key-expired')
    assert.equal(codeOf(await check(tranId)), 21)
    assert.equal(codeOf(await payway.refund(tranId, '1.00')), 'PTL171')
    assert.equal(codeOf(await payway.about('check-transaction-2', tranId, second)), '00')
    const from = payway.shop.all.length
    await payway.pay(tranId)
    await payway.shop.heard(from + 1)
    const told = payway.shop.all[from]
    const body = JSON.parse(told?.body ?? '{}') as Record<string, string>
    const values = Object.keys(body)
      .sort()
      .map((name) => body[name] ?? '')
    assert.equal(told?.headers['x-payway-hmac-sha512'], hashOf(values, second))
  })

  it('write codes with another sum, or for another payee', async () => {
    await payway.fault('generate-qr', 'wrong-qr')
    assert.match((await payway.makeQr()).qr, /540511\.50/)
    await payway.fault('purchase', 'wrong-payee')
    assert.match(String((await payway.purchase()).json['qr_string']), /somebody_else@wrng/)
  })

  it('keep one payment from being told, for a while or by turns, or have another sum arrive', async () => {
    const { tranId } = await payway.makeQr()
    await payway.pay(tranId, { verify: 'unpaid' })
    assert.equal(dataOf(await check(tranId))['payment_status'], 'PENDING')
    assert.equal(await rowOf(tranId), undefined)
    await payway.control('verify', { bank: 'ABA', paymentId: tranId, verify: 'paid' })
    assert.equal(dataOf(await check(tranId))['payment_status'], 'APPROVED')
    await payway.control('verify', { bank: 'ABA', paymentId: tranId, verify: 'flap' })
    const words = [await check(tranId), await check(tranId)].map((said) => dataOf(said)['payment_status'])
    assert.deepEqual(words, ['APPROVED', 'PENDING'])
    await payway.control('verify', { bank: 'ABA', paymentId: tranId, verify: 'garbage' })
    assert.equal(dataOf(await check(tranId))['payment_status_code'], 'x')
    const { tranId: other } = await payway.makeQr()
    await payway.pay(other, { verify: 'wrong-amount' })
    assert.equal(dataOf(await check(other))['original_amount'], 11.5)
    const { tranId: later } = await payway.makeQr()
    await payway.pay(later, { verify: 'unpaid-for:600' })
    const [line] = (await payway.journal()).filter((one) => one.reference === later)
    assert.equal(line?.status, 'PENDING')
  })

  it('close without saying so', async () => {
    const { tranId } = await payway.makeQr()
    await payway.fault('close', 'closed-but-silent')
    await assert.rejects(payway.about('close-transaction', tranId))
    assert.equal((await payway.tryControl('pay', { bank: 'ABA', paymentId: tranId })).status, 422)
  })
})

describe('what the played PayWay believes', () => {
  it('is the same after a restart: codes nobody can pay, closes, payments, refunds, links, and what it still has to tell', async () => {
    const payway = await startPayway()
    try {
      const { tranId, qr } = await payway.makeQr()
      await payway.pay(tranId, { times: 2, payerCurrency: 'KHR', webhook: 'late:600' })
      await payway.refund(tranId, '0.50')
      const { tranId: closed } = await payway.makeQr()
      await payway.about('close-transaction', closed)
      const dead = String((await payway.purchase({ tran_id: tranId })).json['qr_string'])
      const at = reqTime()
      const before = await payway.journal()
      const read = (await payway.about('check-transaction-2', tranId)).json['data']
      await payway.restart()
      assert.deepEqual(await payway.journal(), before)
      assert.deepEqual((await payway.about('check-transaction-2', tranId)).json['data'], read)
      for (const body of [{ qr }, { qr: dead }, { paymentId: closed }]) {
        assert.equal((await payway.tryControl('pay', { bank: 'ABA', ...body })).status, 422)
      }
      assert.equal(codeOf((await payway.makeQr({ tran_id: tranId, req_time: at })).said), '403')
      const deliveries = (await (await fetch(`${payway.url()}/_simulator/deliveries`)).json()) as {
        deliveries: { reference: string; state: string }[]
      }
      assert.deepEqual(
        deliveries.deliveries.map((one) => [one.reference, one.state]),
        [
          [tranId, 'pending'],
          [tranId, 'pending'],
        ],
      )
    } finally {
      await payway.close()
    }
  })
})
