import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { askRefund, logIn, makeQr, readRefunds, verify } from './test-bank-client.ts'
import {
  call,
  journalOf,
  listenAsGateway,
  otherBank,
  sampleBank,
  sampleConfig,
  type Said,
  spawnSimulator,
  temporaryFolder,
  type TestSimulator,
} from './test-process.ts'

const merchantId = otherBank.accounts[0]?.merchantId ?? ''
const wholeBank = { ...otherBank, basePath: '/whole', refunds: 'full' as const }
const bill = { id: 7, policyNumber: 'P123456789', payer: 'SAMPLE', amount: 40, currency: 'USD' }

describe('the refunds of a bank', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let gateway: Awaited<ReturnType<typeof listenAsGateway>>
  let simulator: TestSimulator
  let url = ''
  let lastBill = 150_000
  before(async () => {
    folder = await temporaryFolder()
    gateway = await listenAsGateway(() => ({ status: 200, body: { data: bill } }))
    const banks = { AMK: sampleBank, BANK01: otherBank, WHOLE: wholeBank }
    simulator = await spawnSimulator(sampleConfig(folder.path, gateway.url, { banks }))
    url = simulator.url
  })
  after(async () => {
    await simulator.stop()
    await gateway.close()
    await folder.remove()
  })
  afterEach(() => call('DELETE', `${url}/_simulator/faults`))

  /** A movement, of 150.00 USD unless said, and what a refund of it needs. */
  async function movement(how: Record<string, unknown> = {}, settings = otherBank, bank = 'BANK01') {
    const reference = String(++lastBill)
    await makeQr(url, settings, { billNumber: reference })
    const order = { bank, paymentId: reference, webhook: 'drop', ...how }
    const { json } = await call('POST', `${url}/_simulator/pay`, order)
    const [{ transactionId } = { transactionId: '' }] = json['transactions'] as { transactionId: string }[]
    return { reference, transactionId, order: { merchantId, transactionId, amount: '25.00', currency: 'USD' } }
  }
  const ask = (order: unknown, settings = otherBank): Promise<Said> => askRefund(url, settings, order)
  const set = async (operation: string, fault: string, value?: number) => {
    const said = await call('POST', `${url}/_simulator/faults`, { target: 'BANK01', operation, fault, value })
    assert.equal(said.status, 200, said.text)
  }

  it('give parts of a movement back, and tell what went back of it', async () => {
    const { reference, transactionId, order } = await movement()
    const first = await ask({ ...order, refundId: 'r-1' })
    const { bankRefundId, ...answer } = first.json
    assert.deepEqual(answer, { status: 'REFUNDED', refundId: 'r-1', transactionId, amount: '25.00', currency: 'USD' })
    assert.match(String(bankRefundId), /^\d{17}$/)
    assert.equal((await ask({ ...order, refundId: 'r-2', amount: 0.5 })).json['amount'], '0.50')
    const totals = (await readRefunds(url, otherBank, transactionId)).json
    const [line] = await journalOf(url, 'BANK01', reference)
    assert.deepEqual(totals, {
      transactionId,
      currency: 'USD',
      amount: '150.00',
      refunded: '25.50',
      refunds: line?.refunds,
    })
    assert.deepEqual(
      line?.refunds.map((one) => [one.refundId, one.amount, one.status]),
      [
        ['r-1', '25.00', 'REFUNDED'],
        ['r-2', '0.50', 'REFUNDED'],
      ],
    )
    assert.equal(line?.refunds[0]?.bankRefundId, bankRefundId)
    assert.match(line?.refunds[0]?.at ?? '', /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    assert.deepEqual([line?.amount, line?.refunded, line?.status], ['150.00', '25.50', 'SUCCESS'])
    assert.match((await verify(url, otherBank, reference)).text, /"payments":\[\{[^}]*"amount":150\.00/)
  })

  it('happen once for each id, and never with other content under it', async () => {
    const { transactionId, order } = await movement()
    const all = await Promise.all(Array.from({ length: 8 }, () => ask({ ...order, refundId: 'once' })))
    assert.deepEqual(new Set(all.map((said) => `${said.status} ${said.text}`)).size, 1)
    assert.equal((await ask({ ...order, amount: 25, refundId: 'once' })).text, all[0]?.text)
    const another = await movement()
    for (const other of [{ amount: '25.01' }, { currency: 'KHR', amount: 25 }, another.order]) {
      const said = await ask({ ...order, ...other, refundId: 'once' })
      assert.deepEqual([said.status, said.json], [409, { error: 'DUPLICATE_REFUND_ID' }])
    }
    assert.equal((await readRefunds(url, otherBank, transactionId)).json['refunded'], '25.00')
  })

  it('never give back more than is left, however many ask at once', async () => {
    const { reference, order } = await movement()
    const ids = Array.from({ length: 16 }, (_, n) => `${reference}-${n}`)
    const said = await Promise.all(ids.map((refundId) => ask({ ...order, amount: '40.00', refundId })))
    const rejected = said.filter((one) => one.json['status'] === 'REJECTED')
    assert.equal(said.filter((one) => one.json['status'] === 'REFUNDED').length, 3)
    assert.equal(rejected.length, 13)
    assert.deepEqual(
      new Set(rejected.map((one) => `${one.status} ${String(one.json['message'])}`)),
      new Set(['200 only 30.00 USD is left of the movement']),
    )
    const [line] = await journalOf(url, 'BANK01', reference)
    assert.deepEqual([line?.refunded, line?.refunds.length], ['120.00', 16])
  })

  it('are refused for money that is not there, in another currency, or by a stranger', async () => {
    const { reference, order } = await movement()
    const waiting = await movement({ verify: 'unpaid' })
    const notFound = [404, { error: 'TRANSACTION_NOT_FOUND' }]
    for (const wrong of [{ transactionId: '1' }, { merchantId: '1' }, waiting.order]) {
      const said = await ask({ ...order, ...wrong, refundId: 'lost' })
      assert.deepEqual([said.status, said.json], notFound)
    }
    assert.deepEqual((await readRefunds(url, otherBank, '1')).json, notFound[1])
    const khr = await ask({ ...order, currency: 'KHR', amount: '100', refundId: `${reference}-khr` })
    assert.deepEqual([khr.json['status'], khr.json['message']], ['REJECTED', 'the movement is in USD'])
    const stranger = { authorization: 'Bearer nobody' }
    assert.equal((await call('POST', `${url}/bank01/refunds`, order, stranger)).status, 401)
    assert.equal((await call('GET', `${url}/bank01/refunds`, undefined, stranger)).status, 401)
    for (const wrong of [{}, { refundId: 'x', amount: '1.001' }, { refundId: 'x', currency: 'THB' }, { refundId: 9 }]) {
      assert.equal((await ask({ ...order, ...wrong })).status, 400)
    }
    assert.equal((await journalOf(url, 'BANK01', reference))[0]?.refunded, '0.00')
  })

  it('give back money that was paid at the counter', async () => {
    await call('POST', `${url}/_simulator/bill-payment`, { bank: 'BANK01', number: 'P1', bankTransactionId: 'C-1' })
    const order = { merchantId, transactionId: 'C-1', amount: '40.00', currency: 'USD', refundId: 'c-1' }
    assert.equal((await ask(order)).json['status'], 'REFUNDED')
    assert.equal((await readRefunds(url, otherBank, 'C-1')).json['refunded'], '40.00')
  })

  it('are of whole movements alone where the bank says so, and nowhere where it has none', async () => {
    const { order } = await movement({}, wholeBank, 'WHOLE')
    const part = await ask({ ...order, refundId: 'part' }, wholeBank)
    assert.deepEqual(
      [part.json['status'], part.json['message']],
      ['REJECTED', 'only the whole movement can be refunded'],
    )
    assert.equal((await ask({ ...order, amount: 150, refundId: 'whole' }, wholeBank)).json['status'], 'REFUNDED')
    const none = await movement({}, sampleBank, 'AMK')
    for (const said of [await ask(order, sampleBank), await readRefunds(url, sampleBank, none.transactionId)]) {
      assert.equal(said.status, 404)
      assert.equal(typeof said.json['error'], 'object')
    }
  })

  it('can be done without an answer', async () => {
    const { transactionId, order } = await movement()
    await set('refund', 'done-but-silent')
    await assert.rejects(ask({ ...order, refundId: 'silent' }))
    await set('refund', 'none')
    const { refunded, refunds } = (await readRefunds(url, otherBank, transactionId)).json
    assert.deepEqual([refunded, (refunds as { refundId: string }[])[0]?.refundId], ['25.00', 'silent'])
    assert.equal((await ask({ ...order, refundId: 'silent' })).json['status'], 'REFUNDED')
    assert.equal((await readRefunds(url, otherBank, transactionId)).json['refunded'], '25.00')
  })

  for (const [fault, end, refunded] of [
    ['pending', 'REFUNDED', '25.00'],
    ['pending-then-rejected', 'REJECTED', '0.00'],
  ] as const) {
    it(`can be pending, and ${end} by themselves later (${fault})`, async () => {
      const { reference, transactionId, order } = await movement()
      await set('refund', fault, 600)
      const held = await ask({ ...order, amount: '140.00', refundId: `${fault}-held` })
      assert.equal(held.json['status'], 'PENDING')
      const tooMuch = await ask({ ...order, refundId: `${fault}-more` })
      assert.equal(tooMuch.json['message'], 'only 10.00 USD is left of the movement')
      assert.equal((await journalOf(url, 'BANK01', reference))[0]?.refunded, '0.00')

      const soon = await movement()
      await set('refund', fault, 0)
      assert.equal((await ask({ ...soon.order, refundId: `${fault}-soon` })).json['status'], 'PENDING')
      const [line] = await journalOf(url, 'BANK01', soon.reference)
      assert.deepEqual([line?.refunded, line?.refunds[0]?.status], [refunded, end])
      assert.equal((await ask({ ...soon.order, refundId: `${fault}-soon` })).json['status'], end)
      assert.equal((await readRefunds(url, otherBank, soon.transactionId)).json['refunded'], refunded)
      assert.equal((await readRefunds(url, otherBank, transactionId)).json['refunded'], '0.00')
    })
  }

  it('can be rejected, and stay so', async () => {
    const { order } = await movement()
    await set('refund', 'rejected')
    assert.equal((await ask({ ...order, refundId: 'no' })).json['status'], 'REJECTED')
    await set('refund', 'none')
    assert.equal((await ask({ ...order, refundId: 'no' })).json['status'], 'REJECTED')
    assert.equal((await ask({ ...order, refundId: 'yes' })).json['status'], 'REFUNDED')
  })

  it('have every bad day that other calls have', async () => {
    const { transactionId, order } = await movement()
    const totals = () => readRefunds(url, otherBank, transactionId)
    const asked = (refundId: string) => ask({ ...order, amount: 1, refundId })
    for (const [fault, status] of [
      ['500', 500],
      ['html', 200],
      ['quota', 429],
      ['wrong-secret', 401],
    ] as const) {
      await set('refund', fault)
      await set('refund-totals', fault)
      const said = await Promise.all([asked(fault), totals()])
      assert.deepEqual(
        said.map((one) => one.status),
        [status, status],
      )
      assert.ok(said.every((one) => !one.text.includes('REFUNDED')))
    }
    for (const fault of ['truncated', 'cut']) {
      await set('refund', fault)
      const said = await asked(fault).then(({ text }) => text, String)
      assert.throws(() => JSON.parse(said))
    }
    const { json: token } = await logIn(url, otherBank)
    await set('refund', 'expired-token')
    const old = { authorization: `Bearer ${String(token['access_token'])}` }
    assert.equal((await call('POST', `${url}/bank01/refunds`, order, old)).status, 401)
    await call('DELETE', `${url}/_simulator/faults`)
    const { refunds } = (await totals()).json
    assert.deepEqual(
      (refunds as { refundId: string }[]).map((one) => one.refundId),
      ['truncated', 'cut'],
    )
  })
})
