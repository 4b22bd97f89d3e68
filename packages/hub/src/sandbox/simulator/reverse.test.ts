import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { askRefund, makeQr, verify } from './test-bank-client.ts'
import {
  call,
  journalOf,
  listenAsGateway,
  otherBank,
  sampleConfig,
  spawnSimulator,
  temporaryFolder,
  type TestSimulator,
} from './test-process.ts'

const merchantId = otherBank.accounts[0]?.merchantId ?? ''
const bill = { id: 8, policyNumber: 'P123456789', payer: 'SAMPLE', amount: 40, currency: 'USD' }

describe('POST /_simulator/reverse and restore', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let gateway: Awaited<ReturnType<typeof listenAsGateway>>
  let simulator: TestSimulator
  let url = ''
  let lastBill = 150_000
  before(async () => {
    folder = await temporaryFolder()
    gateway = await listenAsGateway(() => ({ status: 200, body: { data: bill } }))
    simulator = await spawnSimulator(sampleConfig(folder.path, gateway.url))
    url = simulator.url
  })
  after(async () => {
    await simulator.stop()
    await gateway.close()
    await folder.remove()
  })
  afterEach(() => call('DELETE', `${url}/_simulator/faults`))

  async function paid(times = 1) {
    const paymentId = String(++lastBill)
    await makeQr(url, otherBank, { billNumber: paymentId })
    const order = { bank: 'BANK01', paymentId, webhook: 'drop', times }
    const { json } = await call('POST', `${url}/_simulator/pay`, order)
    return { paymentId, ids: (json['transactions'] as { transactionId: string }[]).map((one) => one.transactionId) }
  }
  const turn = (way: 'reverse' | 'restore', what: Record<string, unknown>) =>
    call('POST', `${url}/_simulator/${way}`, { bank: 'BANK01', ...what })
  const statuses = async (paymentId: string) => (await journalOf(url, 'BANK01', paymentId)).map((one) => one.status)
  const listed = async (paymentId: string) => {
    const { json } = await verify(url, otherBank, paymentId)
    return [json['status'], ...(json['payments'] as { transactionId: string }[]).map((one) => one.transactionId)]
  }
  const refund = (transactionId: string | undefined, amount: string, refundId: string) =>
    askRefund(url, otherBank, { merchantId, transactionId, amount, currency: 'USD', refundId })

  it('take one movement back and give it again', async () => {
    const { paymentId, ids } = await paid(2)
    const [first, second] = ids
    const said = await turn('reverse', { transactionId: first })
    const [done] = said.json['transactions'] as { transactionId: string; amount: string }[]
    assert.deepEqual([said.status, done?.transactionId, done?.amount], [200, first, '150.00'])
    assert.deepEqual(await listed(paymentId), ['SUCCESS', second])
    assert.deepEqual(await statuses(paymentId), ['REVERSED', 'SUCCESS'])
    assert.equal((await turn('restore', { transactionId: first })).status, 200)
    assert.deepEqual(await listed(paymentId), ['SUCCESS', first, second])
    assert.deepEqual(await statuses(paymentId), ['SUCCESS', 'SUCCESS'])
  })

  it('leave a payment unpaid when nothing is left of it', async () => {
    const { paymentId, ids } = await paid(2)
    await turn('reverse', { paymentId })
    assert.deepEqual(await listed(paymentId), ['PENDING'])
    assert.deepEqual(await statuses(paymentId), ['REVERSED', 'REVERSED'])
    await turn('restore', { paymentId: Number(paymentId) })
    assert.deepEqual(await listed(paymentId), ['SUCCESS', ...ids])
  })

  it('take back and give again later, and the last word counts', async () => {
    const { paymentId, ids } = await paid()
    await turn('reverse', { paymentId, afterS: 600 })
    assert.deepEqual(await statuses(paymentId), ['SUCCESS'])
    await turn('restore', { paymentId })
    assert.equal((await turn('restore', { paymentId })).status, 409)
    await turn('reverse', { paymentId, afterS: 1 })
    while ((await statuses(paymentId))[0] === 'SUCCESS');
    assert.deepEqual(await listed(paymentId), ['PENDING'])
    await turn('restore', { paymentId, afterS: 1 })
    while ((await statuses(paymentId))[0] === 'REVERSED');
    assert.deepEqual(await listed(paymentId), ['SUCCESS', ...ids])
  })

  it('take back what a counter took', async () => {
    await call('POST', `${url}/_simulator/bill-payment`, { bank: 'BANK01', number: 'P1', bankTransactionId: 'C-1' })
    assert.equal((await turn('reverse', { transactionId: 'C-1' })).status, 200)
    assert.deepEqual(await statuses('8'), ['REVERSED'])
    assert.equal((await turn('restore', { paymentId: 8 })).status, 200)
    assert.deepEqual(await statuses('8'), ['SUCCESS'])
  })

  it('leave refunded what was refunded, and reject what was pending', async () => {
    const { paymentId, ids } = await paid()
    const set = { target: 'BANK01', operation: 'refund', fault: 'pending', value: 600 }
    await refund(ids[0], '50.00', 'r-done')
    await call('POST', `${url}/_simulator/faults`, set)
    await refund(ids[0], '60.00', 'r-pending')
    await call('DELETE', `${url}/_simulator/faults`)
    await turn('reverse', { paymentId })
    const late = await refund(ids[0], '1.00', 'r-late')
    assert.deepEqual([late.json['status'], late.json['message']], ['REJECTED', 'the movement was taken back'])
    const told = async () => {
      const [line] = await journalOf(url, 'BANK01', paymentId)
      return [line?.status, line?.refunded, ...(line?.refunds ?? []).map((one) => one.status)]
    }
    assert.deepEqual(await told(), ['REVERSED', '50.00', 'REFUNDED', 'REJECTED', 'REJECTED'])
    await turn('restore', { paymentId })
    assert.deepEqual(await told(), ['SUCCESS', '50.00', 'REFUNDED', 'REJECTED', 'REJECTED'])
    assert.equal((await refund(ids[0], '100.00', 'r-rest')).json['status'], 'REFUNDED')
    assert.equal((await turn('reverse', { paymentId })).status, 409)
    assert.deepEqual((await told())[0], 'SUCCESS')
  })

  it('say which field is wrong, its value and what to do', async () => {
    const { paymentId, ids } = await paid()
    await turn('reverse', { paymentId })
    for (const [way, body, status, field] of [
      ['reverse', {}, 400, 'paymentId'],
      ['reverse', { paymentId, transactionId: ids[0] }, 400, 'transactionId'],
      ['reverse', { paymentId: 999 }, 404, 'paymentId'],
      ['restore', { transactionId: '999' }, 404, 'transactionId'],
      ['reverse', { paymentId }, 409, 'paymentId'],
      ['reverse', { paymentId, afterS: -1 }, 400, 'afterS'],
      ['reverse', { paymentId, bank: 'X' }, 400, 'bank'],
    ] as const) {
      const said = await turn(way, body)
      const { error } = said.json as { error: { field: string; message: string } }
      assert.deepEqual([said.status, error.field], [status, field], said.text)
      assert.match(error.message, /.{20}/)
    }
  })
})
