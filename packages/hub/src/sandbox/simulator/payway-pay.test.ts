import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { bankTime } from '../../banks/payway/simulator/payway-time.ts'
import { startPayway, type TestPayway } from './test-payway.ts'
import { hashOf, merchantAuth, reqTime } from './test-payway-requests.ts'
import { call, type Said } from './test-process.ts'

type Row = Record<string, unknown>
const dataOf = ({ json }: Said): Row => (json['data'] ?? {}) as Row
const codeOf = ({ json }: Said): unknown => (json['status'] as Row | undefined)?.['code']

describe('payments at the played PayWay', () => {
  let payway: TestPayway
  before(async () => {
    payway = await startPayway()
  })
  after(() => payway.close())

  const check = async (tranId: string): Promise<Row> => dataOf(await payway.about('check-transaction-2', tranId))
  /** Ten details a minute are answered: each test that reads more has a PayWay of its own. */
  const detail = async (tranId: string): Promise<Row> => dataOf(await payway.about('transaction-detail', tranId))
  const rows = async (tranId: string): Promise<Row[]> => {
    const window = { from_date: bankTime(Date.now() - 86_400_000), to_date: bankTime(Date.now() + 60_000) }
    const said = await payway.list({ ...window, pagination: 1000 })
    return (said.json['data'] as Row[]).filter((row) => row['transaction_id'] === tranId)
  }
  const ours = async (tranId: string) => (await payway.journal()).filter((one) => one.reference === tranId)

  it('are found by the newest tran_id of a payment number, and told by check, detail, list and journal', async () => {
    await payway.makeQr({ tran_id: '900001-aaaaaa' })
    const { tranId } = await payway.makeQr({ tran_id: '900001-bbbbbb' })
    await payway.makeQr({ tran_id: '9000011-cccccc' })
    const { transactions } = (await payway.pay('900001')) as { transactions: Row[] }
    assert.deepEqual(
      transactions.map((one) => [one['transactionId'], one['amount'], one['currency']]),
      [[tranId, '10.50', 'USD']],
    )
    const said = await check(tranId)
    assert.deepEqual(
      [said['payment_status_code'], said['payment_status'], said['original_amount']],
      [0, 'APPROVED', 10.5],
    )
    assert.deepEqual(
      [said['payment_amount'], said['payment_currency'], said['apv']],
      [10.5, 'USD', transactions[0]?.['apv']],
    )
    const more = await detail(tranId)
    assert.deepEqual(
      [more['original_currency'], more['payment_type'], more['bank_ref']],
      ['USD', 'KHQR', transactions[0]?.['bankRef']],
    )
    assert.deepEqual(
      (more['transaction_operations'] as Row[]).map((one) => [one['status'], one['amount']]),
      [['Completed', 10.5]],
    )
    assert.deepEqual(
      (await rows(tranId)).map((row) => row['payment_status']),
      ['APPROVED'],
    )
    assert.deepEqual(
      (await ours(tranId)).map((one) => [one.transactionId, one.status, one.amount]),
      [[tranId, 'SUCCESS', '10.50']],
    )
    const old = await payway.about('check-transaction', tranId)
    assert.deepEqual([old.json['status'], old.json['description']], [0, 'approved'])
  })

  it('tell the time of making in detail and that of paying in the list', async () => {
    const { tranId } = await payway.makeQr()
    const paidAt = new Date(Date.now() - 3_600_000)
    await payway.pay(tranId, { paidAt: paidAt.toISOString(), force: true })
    assert.equal((await rows(tranId))[0]?.['transaction_date'], bankTime(paidAt.getTime()))
    assert.notEqual((await detail(tranId))['transaction_date'], bankTime(paidAt.getTime()))
  })

  it("may leave the payer's account in its own currency: what was asked for stays", async () => {
    const { tranId } = await payway.makeQr({ amount: 4000, currency: 'KHR' })
    await payway.pay(tranId, { payerCurrency: 'USD' })
    const said = await check(tranId)
    assert.deepEqual([said['original_amount'], said['payment_amount'], said['payment_currency']], [4000, 1, 'USD'])
    assert.equal((await detail(tranId))['original_currency'], 'KHR')
    const { tranId: other } = await payway.makeQr({ amount: '1.20' })
    await payway.pay(other, { payerCurrency: 'KHR' })
    assert.equal((await check(other))['payment_amount'], 4800)
  })

  it('may have a discount: the total is less, the original is not', async () => {
    const { tranId } = await payway.makeQr()
    await payway.pay(tranId, { discount: '0.50' })
    const said = await check(tranId)
    assert.deepEqual(
      [said['original_amount'], said['total_amount'], said['discount_amount'], said['payment_amount']],
      [10.5, 10, 0.5, 10],
    )
    assert.equal(codeOf(await payway.refund(tranId, '10.01')), 'PTL37')
  })

  it('cannot be made twice, unless they are forced: then detail and list tell of both', async () => {
    const { tranId, qr } = await payway.makeQr()
    await payway.pay(tranId)
    const again = await payway.tryControl('pay', { bank: 'ABA', qr })
    assert.equal(again.status, 422)
    assert.match(again.text, /Transaction expired/)
    const { tranId: twice } = await payway.makeQr()
    const { transactions } = (await payway.pay(twice, { times: 2 })) as { transactions: Row[] }
    const second = `${twice}/${String(transactions[1]?.['bankRef'])}`
    assert.deepEqual(
      transactions.map((one) => one['transactionId']),
      [twice, second],
    )
    assert.equal(((await detail(twice))['transaction_operations'] as Row[]).length, 2)
    assert.equal((await rows(twice)).length, 2)
    assert.deepEqual(
      (await ours(twice)).map((one) => one.transactionId),
      [twice, second],
    )
  })

  it('are refused after a close by apps, and taken on a page that was open, by card', async () => {
    const { tranId } = await payway.makeQr()
    for (let n = 0; n < 2; n++) assert.equal(codeOf(await payway.about('close-transaction', tranId)), '00')
    assert.equal((await check(tranId))['payment_status'], 'PENDING')
    assert.match((await payway.tryControl('pay', { bank: 'ABA', paymentId: tranId })).text, /Transaction expired/)
    const { tranId: opened } = await payway.purchase({ payment_option: 'cards' })
    await payway.about('close-transaction', opened)
    const form = new URLSearchParams({ method: 'cards' })
    const page = await fetch(`${payway.url()}/payway/checkout/${opened}/pay`, { method: 'POST', body: form })
    assert.match(await page.text(), /Payment successful/)
    assert.equal((await check(opened))['payment_status'], 'APPROVED')
    const more = await detail(opened)
    assert.deepEqual([more['payment_type'], more['card_source']], ['VISA', 'ONUS'])
    const late = await payway.about('close-transaction', opened)
    assert.deepEqual([late.status, codeOf(late)], [403, 2])
  })

  it('on a page that was posted again are for the sum of the last form, and no second one', async () => {
    const { tranId } = await payway.purchase({ payment_option: 'cards' })
    const again = await payway.purchase({ payment_option: 'cards', tran_id: tranId, amount: '1.71' })
    assert.match(again.text, /USD 1\.71/)
    await payway.pay(tranId)
    assert.equal((await check(tranId))['original_amount'], 1.71)
    assert.match((await payway.purchase({ payment_option: 'cards', tran_id: tranId })).text, /Error Code: 4\]/)
  })

  it('go back to the payer when they come too late, and no read tells of them', async () => {
    const { tranId } = await payway.makeQr({ lifetime: 3 })
    const after = new Date(Date.now() + 200_000).toISOString()
    assert.equal((await payway.tryControl('pay', { bank: 'ABA', paymentId: tranId, paidAt: after })).status, 422)
    const heard = payway.shop.all.length
    await payway.pay(tranId, { paidAt: after, late: true })
    assert.equal((await check(tranId))['payment_status'], 'PENDING')
    assert.deepEqual(
      (await ours(tranId)).map((one) => one.status),
      ['REVERSED'],
    )
    assert.equal(payway.shop.all.length, heard)
  })

  it('by card need a page, and held money is no paid money until it is captured', async () => {
    const { tranId: bare } = await payway.makeQr()
    assert.equal((await payway.tryControl('pay', { bank: 'ABA', paymentId: bare, method: 'cards' })).status, 422)
    const { tranId } = await payway.purchase({ payment_option: 'cards', type: 'pre-auth' })
    await payway.pay(tranId)
    const held = await check(tranId)
    assert.deepEqual([held['payment_status_code'], held['payment_status']], [0, 'PRE-AUTH'])
    assert.deepEqual(
      (await ours(tranId)).map((one) => one.status),
      ['PRE-AUTH'],
    )
    assert.equal(codeOf(await payway.refund(tranId, '1.00')), 'PTL57')
    const hold = { mc_id: 'khhubdemo', tran_id: tranId }
    const box = merchantAuth({ ...hold, complete_amount: '10.50' })
    const at = reqTime()
    const done = await call(
      'POST',
      `${payway.url()}/api/merchant-portal/merchant-access/online-transaction/pre-auth-completion`,
      {
        request_time: at,
        merchant_id: 'khhubdemo',
        merchant_auth: box,
        hash: hashOf([box, at, 'khhubdemo']),
      },
    )
    assert.equal(done.json['transaction_status'], 'COMPLETED')
    assert.equal((await check(tranId))['payment_status'], 'APPROVED')
  })
})
