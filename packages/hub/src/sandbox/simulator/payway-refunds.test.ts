import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startPayway, type TestPayway } from './test-payway.ts'
import { call, type Said } from './test-process.ts'

type Row = Record<string, unknown>
const codeOf = ({ json }: Said): unknown => (json['status'] as Row | undefined)?.['code']
const dataOf = ({ json }: Said): Row => (json['data'] ?? {}) as Row

describe('refunds and links at the played PayWay', () => {
  let payway: TestPayway
  before(async () => {
    payway = await startPayway()
  })
  after(() => payway.close())

  const check = async (tranId: string): Promise<Row> => dataOf(await payway.about('check-transaction-2', tranId))
  async function paid(fields = {}): Promise<string> {
    const { tranId } = await payway.makeQr(fields)
    await payway.pay(tranId)
    return tranId
  }

  it('turn the whole status with the first part, and end with the sum that was paid', async () => {
    const tranId = await paid()
    const first = await payway.refund(tranId, '0.50')
    assert.deepEqual(
      [
        first.json['grand_total'],
        first.json['total_refunded'],
        first.json['currency'],
        first.json['transaction_status'],
      ],
      [10.5, 0.5, 'USD', 'REFUNDED'],
    )
    const said = await check(tranId)
    assert.deepEqual(
      [said['payment_status_code'], said['payment_status'], said['refund_amount'], said['original_amount']],
      [4, 'REFUNDED', 0.5, 10.5],
    )
    assert.equal(codeOf(await payway.refund(tranId, '10.01')), 'PTL37')
    assert.equal((await payway.refund(tranId, 10)).json['total_refunded'], 10.5)
    const [line] = (await payway.journal()).filter((one) => one.reference === tranId)
    assert.deepEqual([line?.status, line?.refunded, line?.refunds.length], ['SUCCESS', '10.50', 2])
  })

  it('are refused by its codes, with HTTP 403', async () => {
    const tranId = await paid()
    const { tranId: unpaid } = await payway.makeQr()
    const riel = await paid({ amount: 4000, currency: 'KHR' })
    for (const [id, amount, code] of [
      ['nobody', '1.00', 'PTL36'],
      [unpaid, '1.00', 'PTL36'],
      [tranId, '1,00', 'PTL186'],
      [tranId, '1.001', 'PTL186'],
      [riel, '0.50', 'PTL186'],
      [tranId, '0.00', 'PTL187'],
      [tranId, '10.51', 'PTL37'],
    ] as const) {
      const said = await payway.refund(id, amount)
      assert.deepEqual([said.status, codeOf(said)], [403, code], `${id} ${amount}`)
    }
    const foreign = await payway.portal('online-transaction/refund', {
      mc_id: 'other',
      tran_id: tranId,
      refund_amount: 1,
    })
    assert.equal(codeOf(foreign), 'PTL62')
    assert.equal((await check(tranId))['refund_amount'], 0)
  })

  it('are one at a time: another of the same transaction is told to come back', async () => {
    const slow = await startPayway({ refundTakesMs: 1000 })
    try {
      const { tranId } = await slow.makeQr()
      await slow.pay(tranId)
      const both = await Promise.all([slow.refund(tranId, '1.00'), slow.refund(tranId, '1.00')])
      assert.deepEqual(both.map(codeOf).sort(), ['00', 'PTL168'])
      assert.equal(dataOf(await slow.about('check-transaction-2', tranId))['refund_amount'], 1)
    } finally {
      await slow.close()
    }
  })

  it('are done although nobody was told: check says it, and doing it again does it twice', async () => {
    const tranId = await paid()
    await payway.fault('refund', 'done-but-silent')
    await assert.rejects(payway.refund(tranId, '1.00'))
    await payway.clear()
    assert.equal((await check(tranId))['refund_amount'], 1)
    assert.equal((await payway.refund(tranId, '1.00')).json['total_refunded'], 2)
  })

  const link = {
    mc_id: 'khhubdemo',
    title: 'Tea',
    amount: '1.50',
    currency: 'USD',
    payment_limit: 1,
    expired_date: null,
  }
  const withUrl = (more: Row = {}): Row => ({
    ...link,
    return_url: Buffer.from(payway.callbackUrl).toString('base64'),
    merchant_ref_no: 'L-1',
    ...more,
  })
  const about = (id: unknown): Row => ({ mc_id: 'khhubdemo', id })

  it('of a link are told without a signature, and the link is paid', async () => {
    const made = dataOf(await payway.portal('payment-link/create', withUrl()))
    assert.deepEqual([made['status'], made['amount'], made['total_trxn']], ['OPEN', 1.5, 0])
    assert.match((await call('GET', String(made['payment_link']))).text, /Tea/)
    const from = payway.shop.all.length
    await payway.control('pay', { bank: 'ABA', link: made['id'] })
    await payway.shop.heard(from + 1)
    const told = payway.shop.all.at(-1)
    assert.equal(told?.headers['x-payway-hmac-sha512'], undefined)
    const body = JSON.parse(told?.body ?? '{}') as Row
    assert.deepEqual([body['status'], body['merchant_ref_no']], [0, 'L-1'])
    assert.equal((await check(String(body['tran_id'])))['original_amount'], 1.5)
    const detail = dataOf(await payway.portal('payment-link/detail', about(made['id'])))
    assert.deepEqual([detail['status'], detail['total_trxn'], detail['total_amount']], ['PAID', 1, 1.5])
    assert.equal((await payway.tryControl('pay', { bank: 'ABA', link: made['id'] })).status, 422)
  })

  it('of a link that is void are none: it is void once', async () => {
    const { id, payment_link } = dataOf(await payway.portal('payment-link/create', withUrl()))
    const done = await payway.portal('payment-link/void', about(id))
    assert.deepEqual([done.status, codeOf(done), typeof done.json['tran_id']], [200, '00', 'number'])
    assert.equal(codeOf(await payway.portal('payment-link/void', about(id))), 'PTL188')
    assert.equal(dataOf(await payway.portal('payment-link/detail', about(id)))['status'], 'VOIDED')
    assert.match((await call('GET', String(payment_link))).text, /Error Code: 07\]/)
    assert.equal(codeOf(await payway.portal('payment-link/detail', about('nobody'))), '96')
  })

  it('of a link that is badly asked for are none: whatever is wrong is PTL04', async () => {
    const soon = Math.floor(Date.now() / 1000) + 100
    for (const more of [
      { currency: 'EUR' },
      { amount: 'x' },
      { title: '' },
      { expired_date: soon },
      { return_url: '' },
    ]) {
      const said = await payway.portal('payment-link/create', withUrl(more))
      assert.deepEqual([said.status, codeOf(said)], [400, 'PTL04'], JSON.stringify(more))
    }
  })
})
