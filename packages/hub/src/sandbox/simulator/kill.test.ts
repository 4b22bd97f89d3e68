import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { askRefund, makeQr, readRefunds, verify } from './test-bank-client.ts'
import {
  call,
  journalOf,
  listenAsGateway,
  otherBank,
  type Said,
  sampleConfig,
  spawnSimulator,
  temporaryFolder,
  type TestSimulator,
} from './test-process.ts'

const merchantId = otherBank.accounts[0]?.merchantId ?? ''
const bill = { id: 150_900, policyNumber: 'P123456789', payer: 'SAMPLE', amount: 40, currency: 'USD' }

describe('a simulator that is killed', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let gateway: Awaited<ReturnType<typeof listenAsGateway>>
  let simulator: TestSimulator
  let answer: Parameters<typeof listenAsGateway>[0] = () => ({ status: 200, body: { data: bill } })
  before(async () => {
    folder = await temporaryFolder()
    gateway = await listenAsGateway((told, count) => answer(told, count))
    simulator = await spawn()
  })
  after(async () => {
    await simulator.stop()
    await gateway.close()
    await folder.remove()
  })
  const spawn = (): Promise<TestSimulator> => spawnSimulator(sampleConfig(folder.path, gateway.url))

  const post = async (path: string, body: Record<string, unknown>) => {
    const said = await call('POST', `${simulator.url}/_simulator/${path}`, { bank: 'BANK01', ...body })
    assert.equal(said.status, 200, said.text)
    return said.json
  }
  const setFault = async (fault: string, value?: number) => {
    const said = { target: 'BANK01', operation: 'refund', fault, value }
    assert.equal((await call('POST', `${simulator.url}/_simulator/faults`, said)).status, 200)
  }
  async function paid(paymentId: string, how: Record<string, unknown> = {}): Promise<string> {
    await makeQr(simulator.url, otherBank, { billNumber: paymentId })
    const { transactions } = await post('pay', { paymentId, webhook: 'drop', ...how })
    return (transactions as { transactionId: string }[])[0]?.transactionId ?? ''
  }
  const refund = (transactionId: string, refundId: string, amount = '10.00'): Promise<Said> =>
    askRefund(simulator.url, otherBank, { merchantId, transactionId, amount, currency: 'USD', refundId })

  it('believes afterwards, to the letter, all that it believed', async () => {
    const [refunded, reversed, restored] = [await paid('1'), await paid('2'), await paid('3')]
    await paid('4')
    await refund(refunded, 'done')
    await setFault('rejected')
    await refund(refunded, 'rejected')
    await setFault('pending', 600)
    await refund(refunded, 'pending')
    await refund(reversed, 'overtaken')
    await setFault('done-but-silent')
    await refund(refunded, 'silent').catch(() => {})
    await setFault('none')
    await post('reverse', { transactionId: reversed })
    await post('reverse', { transactionId: restored })
    await post('restore', { transactionId: restored })
    await post('reverse', { transactionId: refunded, afterS: 600 })
    await paid('5', { verify: 'unpaid-for:600', clockSkewS: -120 })
    await paid('6', { paidAt: '2026-01-30T09:30:00Z', times: 2 })
    await post('verify', { paymentId: '4', verify: 'flap' })
    await post('bill-payment', { number: 'P123456789', bankTransactionId: 'C-1', again: { amount: 1 } })
    await post('reverse', { transactionId: 'C-1' })
    await post('bill-payment', { number: 'P123456789', inquiryOnly: true })
    const read = async () => {
      const { json } = await call('GET', `${simulator.url}/_simulator/journal`)
      const listed = [1, 2, 3, 5, 6].map((one) => verify(simulator.url, otherBank, String(one)))
      const totals = [refunded, reversed, 'C-1'].map((one) => readRefunds(simulator.url, otherBank, one))
      return [json, ...(await Promise.all([...listed, ...totals])).map((said) => said.json)]
    }
    const believed = await read()
    await simulator.stop('SIGKILL')
    simulator = await spawn()
    assert.deepEqual(await read(), believed)
    assert.deepEqual(
      (await journalOf(simulator.url, 'BANK01', 1)).map((one) => [one.status, one.refunded, one.refunds.length]),
      [['SUCCESS', '20.00', 4]],
    )
    const twice = [await verify(simulator.url, otherBank, '4'), await verify(simulator.url, otherBank, '4')]
    assert.deepEqual(
      twice.map((said) => said.json['status']),
      ['SUCCESS', 'PENDING'],
    )
    // What it will do later, it still will; what it gave an id, it does not give to another.
    assert.equal((await refund(refunded, 'silent')).json['status'], 'REFUNDED')
    const { json } = await refund(refunded, 'new')
    assert.ok(!JSON.stringify(believed).includes(String(json['bankRefundId'])))
    await post('restore', { transactionId: refunded })
    await post('bill-payment', { number: 'P123456789', paymentId: 150_900 })
  })

  it('has given back what it said it gave back, and nothing twice, whenever it was killed', async () => {
    const transactionId = await paid('7')
    const ids = Array.from({ length: 40 }, (_, n) => `many-${n}`)
    const answered: string[] = []
    let firstAnswers = (): void => {}
    const some = new Promise<void>((resolve) => {
      firstAnswers = resolve
    })
    const asked = ids.map(async (refundId) => {
      const said = await refund(transactionId, refundId, '5.00').catch(() => undefined)
      if (said?.json['status'] === 'REFUNDED') answered.push(refundId)
      if (answered.length === 5) firstAnswers()
    })
    await some
    await simulator.stop('SIGKILL')
    await Promise.all(asked)
    simulator = await spawn()
    const done = async () => {
      const [line] = await journalOf(simulator.url, 'BANK01', 7)
      const refunds = line?.refunds.filter((one) => one.status === 'REFUNDED').map((one) => one.refundId) ?? []
      assert.equal(line?.refunded, `${refunds.length * 5}.00`)
      return refunds
    }
    const kept = new Set(await done())
    assert.deepEqual(
      answered.filter((id) => !kept.has(id)),
      [],
    )
    for (const id of ids) await refund(transactionId, id, '5.00')
    assert.equal((await done()).length, 30)
  })

  it('tells in order afterwards what it had to tell in order', async () => {
    answer = () => 'hold'
    const from = gateway.all.length
    await paid('8', { webhook: 'reorder', times: 3 })
    await gateway.heard(from + 1)
    await simulator.stop('SIGKILL')
    answer = () => ({ status: 200 })
    simulator = await spawn()
    await gateway.heard(from + 4)
    const times = gateway.all
      .slice(from + 1)
      .map((one) => String((JSON.parse(one.body) as Record<string, unknown>)['paid_datetime']))
    assert.equal(new Set(times).size, 3)
    assert.deepEqual(times, [...times].sort().toReversed())
  })
})
