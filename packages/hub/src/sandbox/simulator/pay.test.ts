import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { makeQr, verify } from './test-bank-client.ts'
import {
  call,
  listenAsGateway,
  otherBank,
  sampleBank,
  sampleConfig,
  spawnSimulator,
  temporaryFolder,
  type TestSimulator,
} from './test-process.ts'

type Transaction = { transactionId: string; amount: string; currency: string; paidAt: string }
const textBank = { ...otherBank, basePath: '/text', qrForm: 'khqr' as const }

describe('POST /_simulator/pay', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let gateway: Awaited<ReturnType<typeof listenAsGateway>>
  let simulator: TestSimulator
  let url = ''
  let nextBill = 150_001
  /** A fresh simulator and gateway for one test, with one code at AMK. */
  async function begin(answer: Parameters<typeof listenAsGateway>[0] = () => ({ status: 200 })) {
    folder = await temporaryFolder()
    gateway = await listenAsGateway(answer)
    const banks = { AMK: sampleBank, BANK01: otherBank, TEXT: textBank }
    simulator = await spawnSimulator(sampleConfig(folder.path, gateway.url, { banks }))
    url = simulator.url
    const paymentId = nextBill++
    assert.equal((await makeQr(url, sampleBank, { billNumber: String(paymentId) })).status, 200)
    return paymentId
  }
  afterEach(async () => {
    await simulator.stop()
    await gateway.close()
    await folder.remove()
  })
  const pay = (body: unknown) => call('POST', `${url}/_simulator/pay`, body)
  const paid = async (body: unknown) => (await pay(body)).json['transactions'] as Transaction[]
  const notices = () => gateway.all.map((told) => JSON.parse(told.body) as Record<string, unknown>)

  it("moves what the code says, and tells us with the bank's own token", async () => {
    const paymentId = await begin()
    const [transaction] = await paid({ bank: 'amk', paymentId })
    await gateway.heard(1)
    assert.deepEqual([transaction?.amount, transaction?.currency], ['150.00', 'USD'])
    const [told] = gateway.all
    assert.deepEqual([told?.method, told?.path], ['POST', '/AMK/khqr'])
    assert.equal(told?.headers.authorization, 'Bearer sample-bank-token')
    assert.match(String(told?.headers['x-request-id']), /^[\w.-]{1,128}$/)
    assert.match(String(told?.headers['x-timestamp']), /^\d{10}$/)
    assert.match(
      told?.body ?? '',
      /^\{"invoice_number":"\d+","status":"SUCCESS","merchant_number":"900000000000001","paid_amount":150\.00,"currency":"USD","paid_datetime":"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}"\}$/,
    )
    const listed = await verify(url, sampleBank, String(paymentId))
    const [movement] = listed.json['payments'] as { transactionId: string; paidDate: string }[]
    assert.equal(movement?.transactionId, transaction?.transactionId)
    assert.equal(movement?.paidDate, notices()[0]?.['paid_datetime'])
  })

  it('takes other amounts as text or number, and another currency', async () => {
    const paymentId = await begin()
    const drop = { bank: 'AMK', paymentId: String(paymentId), webhook: 'drop' }
    assert.equal((await paid({ ...drop, amount: '149.99' }))[0]?.amount, '149.99')
    assert.equal((await paid({ ...drop, amount: 1.5 }))[0]?.amount, '1.50')
    assert.deepEqual(
      (await paid({ ...drop, amount: 4000, currency: 'KHR' })).map((one) => [one.amount, one.currency]),
      [['4000', 'KHR']],
    )
  })

  it('moves money several times, each at its own time, and tells of each', async () => {
    const paymentId = await begin()
    const transactions = await paid({ bank: 'AMK', paymentId, times: 3, gapMs: 1 })
    await gateway.heard(3)
    assert.equal(new Set(transactions.map((one) => one.transactionId)).size, 3)
    assert.equal(new Set(notices().map((one) => one['paid_datetime'])).size, 3)
  })

  it('drops a notice, or tells it three times, or late', async () => {
    const paymentId = await begin()
    await paid({ bank: 'AMK', paymentId, webhook: 'drop' })
    await paid({ bank: 'AMK', paymentId, webhook: 'late:0.05' })
    await gateway.heard(1)
    await paid({ bank: 'AMK', paymentId, webhook: 'duplicate' })
    await gateway.heard(4)
    const [late, ...three] = notices()
    assert.equal(new Set(three.map((one) => JSON.stringify(one))).size, 1)
    assert.notDeepEqual(late, three[0])
  })

  it('forges a notice: told, but no money moved', async () => {
    const paymentId = await begin()
    assert.deepEqual(await paid({ bank: 'AMK', paymentId, webhook: 'forged', times: 2 }), [])
    await gateway.heard(2)
    assert.equal(notices()[0]?.['invoice_number'], String(paymentId))
    assert.equal((await verify(url, sampleBank, String(paymentId))).json['status'], 'PENDING')
    await paid({ bank: 'AMK', paymentId: 999, webhook: 'forged', amount: '1.00', currency: 'USD' })
    await gateway.heard(3)
    assert.equal(notices()[2]?.['invoice_number'], '999')
  })

  it('makes verify say unpaid, or another amount, or nothing readable', async () => {
    const paymentId = await begin()
    const reference = String(paymentId)
    const journal = async () => (await call('GET', `${url}/_simulator/journal`)).text
    await paid({ bank: 'AMK', paymentId, webhook: 'drop', verify: 'unpaid' })
    assert.equal((await verify(url, sampleBank, reference)).json['status'], 'PENDING')
    assert.match(await journal(), new RegExp(`"reference":"${reference}"[^}]*"status":"PENDING"`))
    await call('POST', `${url}/_simulator/verify`, { bank: 'AMK', paymentId, verify: 'paid' })
    assert.equal((await verify(url, sampleBank, reference)).json['status'], 'SUCCESS')

    const [wrong] = await paid({ bank: 'AMK', paymentId, verify: 'wrong-amount' })
    await gateway.heard(1)
    assert.equal(wrong?.amount, '151.00')
    assert.match(gateway.all[0]?.body ?? '', /"paid_amount":150\.00/)
    assert.match((await verify(url, sampleBank, reference)).text, /"amount":151\.00/)

    await paid({ bank: 'AMK', paymentId, webhook: 'drop', verify: 'garbage' })
    const garbage = await verify(url, sampleBank, reference)
    assert.equal(garbage.status, 200)
    assert.throws(() => JSON.parse(garbage.text))

    await paid({ bank: 'AMK', paymentId, webhook: 'drop', verify: 'silent' })
    const silent = verify(url, sampleBank, reference)
    await paid({ bank: 'AMK', paymentId, webhook: 'drop' })
    assert.equal((await verify(url, sampleBank, reference)).json['status'], 'SUCCESS')
    await Promise.all([assert.rejects(silent), simulator.stop()])
  })

  it('pays a code by its text, at the bank that made it alone', async () => {
    await begin()
    const { text: qr } = await makeQr(url, textBank, { billNumber: '77', amount: 3.5 })
    assert.equal((await paid({ bank: 'TEXT', qr, webhook: 'drop' }))[0]?.amount, '3.50')
    const elsewhere = await pay({ bank: 'AMK', qr })
    assert.equal(elsewhere.status, 404)
    assert.match(elsewhere.text, /make one first/)
    const broken = await pay({ bank: 'TEXT', qr: qr.replace('3.50', '3.51') })
    assert.equal(broken.status, 400)
    assert.match(broken.text, /says CRC/)
  })

  it('says which field is wrong, its value and what to do', async () => {
    const paymentId = await begin()
    const cases: [unknown, number, string][] = [
      [{ bank: 'NOBANK', paymentId }, 400, 'bank'],
      [{ paymentId }, 400, 'bank'],
      [{ bank: 'AMK' }, 400, 'paymentId'],
      [{ bank: 'AMK', paymentId, qr: 'x' }, 400, 'qr'],
      [{ bank: 'AMK', qr: 'x' }, 400, 'qr'],
      [{ bank: 'AMK', paymentId: 999_999 }, 404, 'paymentId'],
      [{ bank: 'AMK', paymentId: [] }, 400, 'paymentId'],
      [{ bank: 'AMK', paymentId, amount: '1.001' }, 400, 'amount'],
      [{ bank: 'AMK', paymentId, amount: -1 }, 400, 'amount'],
      [{ bank: 'AMK', paymentId, currency: 'THB' }, 400, 'currency'],
      [{ bank: 'AMK', paymentId, times: 0 }, 400, 'times'],
      [{ bank: 'AMK', paymentId, times: 1.5 }, 400, 'times'],
      [{ bank: 'AMK', paymentId, gapMs: -1 }, 400, 'gapMs'],
      [{ bank: 'AMK', paymentId, times: 1000, gapMs: 60_000 }, 400, 'gapMs'],
      [{ bank: 'AMK', paymentId, webhook: 'twice' }, 400, 'webhook'],
      [{ bank: 'AMK', paymentId, webhook: 'late:x' }, 400, 'webhook'],
      [{ bank: 'AMK', paymentId, verify: 'maybe' }, 400, 'verify'],
      [{ bank: 'AMK', paymentId, webhook: 'forged', verify: 'unpaid' }, 400, 'verify'],
      [{ bank: 'AMK', paymentId, amuont: '1' }, 400, 'amuont'],
      ['[]', 400, 'body'],
      ['{', 400, 'body'],
    ]
    for (const [body, status, field] of cases) {
      const said = await pay(body)
      const { error } = said.json as { error: { field: string; message: string } }
      assert.deepEqual([said.status, error.field], [status, field], said.text)
      assert.match(error.message, /.{20}/)
    }
    assert.equal((await call('GET', `${url}/_simulator/deliveries`)).text.includes(`"reference":"${paymentId}"`), false)
  })

  it('has a message for each of 192 at once on its way to us', async () => {
    const first = nextBill
    nextBill += 64
    await begin(() => 'hold')
    const ids = Array.from({ length: 64 }, (_, n) => first + n)
    await Promise.all(ids.map((id) => makeQr(url, sampleBank, { billNumber: String(id) })))
    await Promise.all(ids.map((paymentId) => paid({ bank: 'AMK', paymentId, webhook: 'duplicate' })))
    // None is answered, so all of them must be under way together.
    await gateway.heard(192)
  })

  it('tells again, as scheduled, what we did not answer 2xx, and gives up after the last time', async () => {
    const paymentId = await begin((_, count) => ({ status: [500, 404, 302, 503][count - 1] ?? 200 }))
    await paid({ bank: 'AMK', paymentId })
    await gateway.heard(4)
    await paid({ bank: 'AMK', paymentId })
    await gateway.heard(5)
    const { json } = await call('GET', `${url}/_simulator/deliveries`)
    const mine = (json['deliveries'] as { reference: string; state: string; attempts: { status: number }[] }[]).filter(
      (one) => one.reference === String(paymentId),
    )
    assert.deepEqual(mine[0]?.attempts.map((attempt) => attempt.status).slice(0, 3), [500, 404, 302])
  })
})
