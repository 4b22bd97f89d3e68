import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  call,
  listenAsGateway,
  sampleConfig,
  spawnSimulator,
  temporaryFolder,
  type TestSimulator,
  type Told,
} from './test-process.ts'

const bill = { id: 150_001, policyNumber: 'P123456789', payer: 'SAMPLE', amount: 150, currency: 'USD' }

describe('POST /_simulator/bill-payment', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let gateway: Awaited<ReturnType<typeof listenAsGateway>>
  let simulator: TestSimulator
  let url = ''
  let confirm: (told: Told, count: number) => { status: number; body?: unknown }
  before(async () => {
    folder = await temporaryFolder()
    gateway = await listenAsGateway((told, count) => {
      if (told.method === 'POST') return confirm(told, count)
      const query = new URLSearchParams(told.path.split('?')[1]).get('query')
      if (query === 'P123456789') return { status: 200, body: { success: true, data: bill } }
      return query === 'ODD' ? { status: 200, body: { data: {} } } : { status: 404, body: { success: false } }
    })
    simulator = await spawnSimulator(sampleConfig(folder.path, gateway.url))
    url = simulator.url
  })
  after(async () => {
    await simulator.stop()
    await gateway.close()
    await folder.remove()
  })

  const payBill = (body: unknown) => call('POST', `${url}/_simulator/bill-payment`, body)
  const posted = () => gateway.all.filter((told) => told.method === 'POST').map((told) => told.body)
  const journal = async () => {
    const { json } = await call('GET', `${url}/_simulator/journal`)
    return (json['banks'] as Record<string, { payments: Record<string, string>[] }>)['AMK']?.payments ?? []
  }

  it('inquires, confirms what it was told, and shows what we answered', async () => {
    confirm = () => ({ status: 200, body: { success: true } })
    const said = await payBill({ bank: 'AMK', number: 'P123456789', bankTransactionId: 'T-1' })
    assert.equal(said.status, 200)
    assert.deepEqual(said.json['confirmation'], { status: 200, body: { success: true } })
    assert.equal((said.json['inquiry'] as { status: number }).status, 200)
    assert.deepEqual(gateway.all.map((told) => [told.method, told.path, told.headers.authorization]).slice(0, 2), [
      ['GET', '/AMK/payments?query=P123456789', 'Bearer sample-bank-token'],
      ['POST', '/AMK/payments', 'Bearer sample-bank-token'],
    ])
    assert.match(
      posted()[0] ?? '',
      /^\{"id":150001,"policyNumber":"P123456789","amount":150\.00,"currency":"USD","bankTransactionId":"T-1","payer":"SAMPLE","paidDate":"\d{14}"\}$/,
    )
    const [payment] = await journal()
    assert.deepEqual(
      [payment?.['transactionId'], payment?.['reference'], payment?.['amount'], payment?.['status']],
      ['T-1', '150001', '150.00', 'SUCCESS'],
    )
  })

  it('sends the same confirmation several times, and once more under a used transaction id', async () => {
    const before = posted().length
    const said = await payBill({ bank: 'AMK', number: 'P123456789', times: 3 })
    const three = posted().slice(before)
    assert.equal(three.length, 3)
    assert.equal(new Set(three).size, 1)
    const [{ transactionId } = { transactionId: '' }] = said.json['transactions'] as { transactionId: string }[]
    assert.match(transactionId, /^\d{17}$/)
    await payBill({ bank: 'AMK', number: 'P123456789', bankTransactionId: transactionId })
    assert.equal(posted().at(-1), three[0])
    await payBill({ bank: 'AMK', number: 'P123456789', bankTransactionId: transactionId, amount: '1.00' })
    assert.match(posted().at(-1) ?? '', /"amount":1\.00/)
    assert.equal((await journal()).filter((one) => one['transactionId'] === transactionId).length, 1)
  })

  it('confirms another amount or currency when asked', async () => {
    await payBill({ bank: 'AMK', number: 'P123456789', amount: 600000, currency: 'KHR' })
    assert.match(posted().at(-1) ?? '', /"amount":600000,"currency":"KHR"/)
  })

  it('takes no money for a bill that we do not know, and says what we answered', async () => {
    const before = (await journal()).length
    const unknown = await payBill({ bank: 'AMK', number: 'P999999999' })
    assert.equal(unknown.status, 404)
    assert.deepEqual(unknown.json['inquiry'], { status: 404, body: { success: false } })
    assert.equal((await payBill({ bank: 'AMK', number: 'ODD' })).status, 502)
    assert.equal((await journal()).length, before)
  })

  it('confirms again until we take it; what we never take is not money of ours', async () => {
    let refusals = 0
    confirm = () => ({ status: ++refusals <= 2 ? 503 : 200 })
    const said = await payBill({ bank: 'AMK', number: 'P123456789', bankTransactionId: 'T-2' })
    assert.deepEqual(said.json['confirmation'], { status: 503, body: {} })
    await settled('T-2', 'SUCCESS')
    confirm = () => ({ status: 400 })
    await payBill({ bank: 'AMK', number: 'P123456789', bankTransactionId: 'T-3' })
    await settled('T-3', 'REFUSED')
  })

  async function settled(transactionId: string, status: string): Promise<void> {
    let now: string | undefined
    do now = (await journal()).find((one) => one['transactionId'] === transactionId)?.['status']
    while (now === 'PENDING')
    assert.equal(now, status)
  }

  it('confirms one transaction a second time with other content, after the first was answered', async () => {
    const from = posted().length
    confirm = (_, count) => ({ status: 200, body: { count } })
    const again = { amount: '1.50', currency: 'KHR', payer: 'SOMEBODY', number: 'P2', paidAt: '2026-01-30T09:30:00Z' }
    const said = await payBill({ bank: 'AMK', number: 'P123456789', bankTransactionId: 'T-4', again })
    const [first, second] = posted()
      .slice(from)
      .map((body) => JSON.parse(body) as Record<string, unknown>)
    assert.equal(first?.['amount'], 150)
    assert.deepEqual(second, {
      ...first,
      amount: 1.5,
      currency: 'KHR',
      payer: 'SOMEBODY',
      policyNumber: 'P2',
      paidDate: '20260130163000',
    })
    assert.equal((said.json['again'] as { status: number }).status, 200)
    const lines = (await journal()).filter((one) => one['transactionId'] === 'T-4')
    assert.deepEqual(
      lines.map((one) => [one['amount'], one['currency'], one['status']]),
      [['150.00', 'USD', 'SUCCESS']],
    )
  })

  it('is money of ours once any of its confirmations was taken', async () => {
    confirm = (told) => ({ status: told.body.includes('1.00') ? 200 : 503 })
    const again = { amount: 1 }
    const said = await payBill({ bank: 'AMK', number: 'P123456789', bankTransactionId: 'T-5', again })
    assert.equal((said.json['confirmation'] as { status: number }).status, 503)
    assert.equal((said.json['transactions'] as { status: string }[])[0]?.status, 'SUCCESS')
    let pending = true
    while (pending) pending = (await call('GET', `${url}/_simulator/deliveries`)).text.includes('"pending"')
    await settled('T-5', 'SUCCESS')
  })

  it('confirms at two banks what one of them inquired about, without asking again', async () => {
    const asked = () => gateway.all.filter((told) => told.method === 'GET').length
    confirm = () => ({ status: 200 })
    const only = await payBill({ bank: 'AMK', number: 'P123456789', inquiryOnly: true })
    assert.deepEqual([only.json['transactions'], only.json['confirmations']], [[], []])
    assert.equal((only.json['inquiry'] as { status: number }).status, 200)
    const before = asked()
    const from = gateway.all.length
    for (const bank of ['AMK', 'BANK01']) {
      const said = await payBill({ bank, number: 'P123456789', paymentId: 150_001 })
      assert.equal(said.status, 200, said.text)
    }
    assert.equal(asked(), before)
    const told = gateway.all.slice(from)
    assert.deepEqual(
      told.map((one) => one.path),
      ['/AMK/payments', '/BANK01/payments'],
    )
    for (const { body } of told) assert.match(body, /^\{"id":150001,"policyNumber":"P123456789","amount":150\.00,/)
    const stranger = { bank: 'BANK01', number: 'P5', paymentId: '150009', amount: 3, currency: 'USD', payer: 'X' }
    await payBill(stranger)
    assert.match(posted().at(-1) ?? '', /^\{"id":150009,"policyNumber":"P5","amount":3\.00,.*"payer":"X"/)
    const unknown = await payBill({ bank: 'BANK01', number: 'P5', paymentId: 150_010 })
    assert.equal(unknown.status, 404)
    assert.match(unknown.text, /say amount and currency, or inquire first/)
  })

  it('says paid times by a wrong clock, or as it is told', async () => {
    const paidAt = '2026-01-30T09:30:00Z'
    await payBill({ bank: 'AMK', number: 'P123456789', bankTransactionId: 'T-6', paidAt, clockSkewS: '-120' })
    assert.match(posted().at(-1) ?? '', /"paidDate":"20260130162800"/)
    const line = (await journal()).find((one) => one['transactionId'] === 'T-6')
    assert.equal(line?.['paidAt'], '2026-01-30T09:28:00.000000Z')
  })

  it('says which field is wrong', async () => {
    for (const [body, field] of [
      [{ bank: 'X', number: 'P123456789' }, 'bank'],
      [{ bank: 'AMK' }, 'number'],
      [{ bank: 'AMK', number: 'P123456789', amount: '0' }, 'amount'],
      [{ bank: 'AMK', number: 'P123456789', currency: 'EUR' }, 'currency'],
      [{ bank: 'AMK', number: 'P123456789', bankTransactionId: 'a b' }, 'bankTransactionId'],
      [{ bank: 'AMK', number: 'P123456789', times: 101 }, 'times'],
      [{ bank: 'AMK', number: 'P123456789', again: {} }, 'again'],
      [{ bank: 'AMK', number: 'P123456789', again: { amount: 'x' } }, 'again.amount'],
      [{ bank: 'AMK', number: 'P123456789', again: { times: 2 } }, 'again.times'],
      [{ bank: 'AMK', number: 'P123456789', paymentId: 'x' }, 'paymentId'],
      [{ bank: 'AMK', number: 'P123456789', paymentId: 150_001, inquiryOnly: true }, 'inquiryOnly'],
      [{ bank: 'AMK', number: 'P123456789', inquiryOnly: 'maybe' }, 'inquiryOnly'],
      [{ bank: 'AMK', number: 'P123456789', clockSkewS: 1.5 }, 'clockSkewS'],
      [{ bank: 'AMK', number: 'P123456789', paidAt: 'now' }, 'paidAt'],
    ] as const) {
      const said = await payBill(body)
      assert.deepEqual([said.status, (said.json['error'] as { field: string }).field], [400, field], said.text)
    }
  })
})
