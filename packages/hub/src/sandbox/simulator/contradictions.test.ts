import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { makeQr, verify } from './test-bank-client.ts'
import {
  call,
  journalOf,
  listenAsGateway,
  sampleBank,
  sampleConfig,
  spawnSimulator,
  temporaryFolder,
  type TestSimulator,
} from './test-process.ts'

type Transaction = { transactionId: string; amount: string; currency: string; paidAt: string }
type Notice = Record<string, unknown>

describe('a bank that contradicts itself', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let gateway: Awaited<ReturnType<typeof listenAsGateway>>
  let simulator: TestSimulator
  let url = ''
  let lastBill = 150_000
  before(async () => {
    folder = await temporaryFolder()
    gateway = await listenAsGateway(() => ({ status: 200 }))
    simulator = await spawnSimulator(sampleConfig(folder.path, gateway.url))
    url = simulator.url
  })
  after(async () => {
    await simulator.stop()
    await gateway.close()
    await folder.remove()
  })

  /** Pays a new code of 150.00 USD, and waits for so many notices about it. */
  async function paid(how: Record<string, unknown>, count = 0) {
    const reference = String(++lastBill)
    await makeQr(url, sampleBank, { billNumber: reference })
    const before = gateway.all.length
    const said = await call('POST', `${url}/_simulator/pay`, { bank: 'AMK', paymentId: reference, ...how })
    assert.equal(said.status, 200, said.text)
    await gateway.heard(before + count)
    const told = gateway.all.slice(before).map((one) => one.body)
    return { reference, transactions: said.json['transactions'] as Transaction[], told }
  }
  const status = async (reference: string) => (await verify(url, sampleBank, reference)).json['status']
  const lines = async (reference: string) => (await journalOf(url, 'AMK', reference)).map((one) => one.status)
  const setVerify = (paymentId: string, how: string) =>
    call('POST', `${url}/_simulator/verify`, { bank: 'AMK', paymentId, verify: how })

  it('tells another amount, currency, time, merchant or status in its notice than verify', async () => {
    const notice = {
      paid_amount: '1.50',
      currency: 'KHR',
      paid_datetime: '2020-01-01 00:00:00.000001',
      merchant_number: '42',
      status: 'FAILED',
    }
    const { reference, told } = await paid({ notice }, 1)
    const { invoice_number: invoice, ...rest } = JSON.parse(told[0] ?? '') as Notice
    assert.deepEqual([invoice, rest], [reference, { ...notice, paid_amount: 1.5 }])
    assert.match(told[0] ?? '', /"paid_amount":1\.50,/)
    const listed = await verify(url, sampleBank, reference)
    assert.match(listed.text, /"status":"SUCCESS".*"currency":"USD".*"amount":150\.00/)
    assert.deepEqual(await lines(reference), ['SUCCESS'])
    const odd = await paid({ notice: { paid_amount: 'much', status: null } }, 1)
    assert.match(odd.told[0] ?? '', /"paid_amount":"much"/)
    assert.doesNotMatch(odd.told[0] ?? '', /status/)
  })

  it('tells the second movement first', async () => {
    const { transactions, told } = await paid({ webhook: 'reorder', amount: 5 }, 2)
    const times = told.map((body) => String((JSON.parse(body) as Notice)['paid_datetime']))
    assert.equal(transactions.length, 2)
    assert.deepEqual(times, [...times].sort().toReversed())
    assert.notEqual(times[0], times[1])
    const { told: four } = await paid({ webhook: 'reorder', times: 4 }, 4)
    const inOrder = four.map((body) => String((JSON.parse(body) as Notice)['paid_datetime']))
    assert.deepEqual(inOrder, [...inOrder].sort().toReversed())
  })

  it('tells one movement twice, with another amount or other content the second time', async () => {
    const { reference, transactions, told } = await paid({ webhook: 'duplicate-other-content' }, 2)
    const [first, second] = told.map((body) => JSON.parse(body) as Notice)
    assert.deepEqual(second, { ...first, paid_amount: 151 })
    assert.equal(transactions.length, 1)
    assert.deepEqual(await lines(reference), ['SUCCESS'])
    const chosen = await paid({ webhook: 'duplicate-other-content', notice: { currency: 'KHR' } }, 2)
    const [truth, lie] = chosen.told.map((body) => JSON.parse(body) as Notice)
    assert.deepEqual(lie, { ...truth, currency: 'KHR' })
    assert.equal(truth?.['currency'], 'USD')
  })

  it('lists a movement by every second call alone, until it is told to speak the truth', async () => {
    const { reference } = await paid({ webhook: 'drop', verify: 'flap' })
    const said: unknown[] = []
    for (let n = 0; n < 4; n++) said.push(await status(reference))
    assert.deepEqual(said, ['SUCCESS', 'PENDING', 'SUCCESS', 'PENDING'])
    assert.deepEqual(await lines(reference), ['SUCCESS'])
    await setVerify(reference, 'paid')
    assert.deepEqual([await status(reference), await status(reference)], ['SUCCESS', 'SUCCESS'])
    await setVerify(reference, 'flap')
    assert.deepEqual([await status(reference), await status(reference)], ['SUCCESS', 'PENDING'])
  })

  it('lists a movement only after so many seconds', async () => {
    const { reference } = await paid({ webhook: 'drop', verify: 'unpaid-for:600' })
    assert.deepEqual([await status(reference), await lines(reference)], ['PENDING', ['PENDING']])
    await setVerify(reference, 'unpaid-for:0.3')
    while ((await status(reference)) === 'PENDING');
    assert.deepEqual([await status(reference), await lines(reference)], ['SUCCESS', ['SUCCESS']])
    await setVerify(reference, 'unpaid')
    assert.deepEqual([await status(reference), await lines(reference)], ['PENDING', ['PENDING']])
    await setVerify(reference, 'paid')
    assert.equal(await status(reference), 'SUCCESS')
  })

  for (const clockSkewS of [120, -120]) {
    it(`says paid times by a clock that is ${clockSkewS} s wrong, in notice, verify and journal alike`, async () => {
      const before = Date.now()
      const { reference, transactions, told } = await paid({ clockSkewS }, 1)
      const paidAt = Date.parse(transactions[0]?.paidAt ?? '')
      assert.ok(paidAt >= before + clockSkewS * 1000 && paidAt <= Date.now() + clockSkewS * 1000)
      const time = (JSON.parse(told[0] ?? '') as Notice)['paid_datetime']
      const { json } = await verify(url, sampleBank, reference)
      assert.equal((json['payments'] as { paidDate: string }[])[0]?.paidDate, time)
      assert.equal(Date.parse(`${String(time).replace(' ', 'T').slice(0, 23)}+07:00`), paidAt)
      assert.equal((await journalOf(url, 'AMK', reference))[0]?.paidAt, transactions[0]?.paidAt)
      const straight = Date.parse((await paid({ webhook: 'drop' })).transactions[0]?.paidAt ?? '')
      assert.ok(straight >= before && straight <= Date.now())
    })
  }

  it('takes money that was paid yesterday, and more of it hours later', async () => {
    const yesterday = { webhook: 'drop', paidAt: '2026-01-30T16:30:00.000001+07:00' }
    const { reference, transactions } = await paid({ ...yesterday, times: 2 })
    assert.deepEqual(
      transactions.map((one) => one.paidAt),
      ['2026-01-30T09:30:00.000001Z', '2026-01-30T09:30:00.000002Z'],
    )
    const later = { bank: 'AMK', paymentId: reference, webhook: 'drop', paidAt: '2026-01-30T14:30:00Z', clockSkewS: 1 }
    await call('POST', `${url}/_simulator/pay`, later)
    const listed = await verify(url, sampleBank, reference)
    assert.deepEqual(
      (listed.json['payments'] as { paidDate: string }[]).map((one) => one.paidDate),
      ['2026-01-30 16:30:00.000001', '2026-01-30 16:30:00.000002', '2026-01-30 21:30:01.000000'],
    )
  })

  it('says which field is wrong', async () => {
    const { reference } = await paid({ webhook: 'drop' })
    for (const [body, field] of [
      [{ notice: { invoice_number: '1' } }, 'notice.invoice_number'],
      [{ notice: 'x' }, 'notice'],
      [{ notice: { status: {} } }, 'notice.status'],
      [{ notice: { status: 'x' }, webhook: 'drop' }, 'notice'],
      [{ webhook: 'reorder', times: 1 }, 'times'],
      [{ clockSkewS: 86_401 }, 'clockSkewS'],
      [{ clockSkewS: 'x' }, 'clockSkewS'],
      [{ paidAt: '2026-01-30' }, 'paidAt'],
      [{ paidAt: '1999-12-31T00:00:00Z' }, 'paidAt'],
      [{ verify: 'unpaid-for' }, 'verify'],
      [{ verify: 'unpaid-for:x' }, 'verify'],
      [{ verify: 'unpaid-for:604801' }, 'verify'],
    ] as const) {
      const said = await call('POST', `${url}/_simulator/pay`, { bank: 'AMK', paymentId: reference, ...body })
      assert.deepEqual([said.status, (said.json['error'] as { field: string }).field], [400, field], said.text)
    }
    for (const how of ['wrong-amount', 'maybe']) assert.equal((await setVerify(reference, how)).status, 400)
    assert.equal((await journalOf(url, 'AMK', reference)).length, 1)
  })
})
