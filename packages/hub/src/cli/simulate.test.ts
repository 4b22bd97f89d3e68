import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { sampleCode } from '../sandbox/simulator/test-bakong-client.ts'
import { postPurchase, samplePayway } from '../sandbox/simulator/test-payway-requests.ts'
import { makeQr, verify } from '../sandbox/simulator/test-bank-client.ts'
import {
  journalOf,
  listenAsGateway,
  sampleBakong,
  sampleBank,
  sampleConfig,
  spawnSimulator,
  temporaryFolder,
  type TestSimulator,
} from '../sandbox/simulator/test-process.ts'

const command = fileURLToPath(new URL('../../bin/khqr-hub.js', import.meta.url))
const bill = { id: 9, policyNumber: 'P123456789', payer: 'SAMPLE', amount: 40, currency: 'USD' }

describe('khqr-hub simulate', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let gateway: Awaited<ReturnType<typeof listenAsGateway>>
  let simulator: TestSimulator
  before(async () => {
    folder = await temporaryFolder()
    gateway = await listenAsGateway(() => ({ status: 200, body: { data: bill } }))
    simulator = await spawnSimulator(
      sampleConfig(folder.path, gateway.url, { bakong: { BAKONG: sampleBakong }, payway: { ABA: samplePayway } }),
    )
    await makeQr(simulator.url, sampleBank, { billNumber: '150001' })
  })
  after(async () => {
    await simulator.stop()
    await gateway.close()
    await folder.remove()
  })

  /** What the command prints, read as JSON; or what it says on stderr. */
  function simulate(...options: string[]): Promise<Record<string, unknown> | string> {
    const env = { ...process.env, HUB_DATA_DIR: folder.path, HUB_SIMULATOR_PORT: new URL(simulator.url).port }
    return new Promise((resolve) => {
      execFile(process.execPath, [command, 'simulate', ...options], { env }, (failed, stdout, stderr) =>
        resolve(failed ? stderr : (JSON.parse(stdout) as Record<string, unknown>)),
      )
    })
  }
  const statuses = async (reference: string) =>
    (await journalOf(simulator.url, 'AMK', reference)).map((one) => one.status)

  it('pays by a wrong clock, with a notice that says something else', async () => {
    const lie = ['--notice', 'paid_amount=1.00', 'currency=KHR', '--clock-skew-s', '-120']
    const at = ['--paid-at', '2026-01-30T09:30:00Z']
    const said = await simulate('pay', '--bank', 'AMK', '--payment', '150001', ...lie, ...at)
    assert.match(JSON.stringify(said), /"paidAt":"2026-01-30T09:28:00\.000000Z"/)
    await gateway.heard(1)
    assert.match(gateway.all[0]?.body ?? '', /"paid_amount":1\.00,"currency":"KHR","paid_datetime":"2026-01-30 16:28/)
  })

  it('takes money back, gives it again, and changes what verify says', async () => {
    const payment = ['--bank', 'AMK', '--payment', '150001']
    await simulate('reverse', ...payment)
    assert.deepEqual(await statuses('150001'), ['REVERSED'])
    await simulate('restore', ...payment, '--after-s', '0')
    assert.deepEqual(await statuses('150001'), ['SUCCESS'])
    await simulate('verify', ...payment, '--verify', 'unpaid-for:600')
    assert.equal((await verify(simulator.url, sampleBank, '150001')).json['status'], 'PENDING')
    assert.match(String(await simulate('reverse', '--bank', 'AMK', '--payment', '7')), /refused \(404\).*pay it first/)
  })

  it('pays at the counter what was inquired about before, and confirms it again with other content', async () => {
    const counter = ['bill-payment', '--bank', 'AMK', '--number', 'P123456789']
    await simulate(...counter, '--inquiry-only')
    const from = gateway.all.length
    await simulate(...counter, '--payment', '9', '--payer', 'SOMEBODY', '--again', 'amount=1.00', 'payer=NOBODY')
    const [first, second, ...more] = gateway.all.slice(from).map((told) => `${told.method} ${told.body}`)
    assert.match(first ?? '', /^POST \{"id":9,.*"amount":40\.00,.*"payer":"SOMEBODY"/)
    assert.match(second ?? '', /^POST \{"id":9,.*"amount":1\.00,.*"payer":"NOBODY"/)
    assert.deepEqual(more, [])
    assert.match(String(await simulate(...counter, '--again', 'amount')), /"amount" must be a field and its value/)
  })

  it('pays by the code alone where a bank knows nothing else, and counts and sets the calls of the day', async () => {
    const at = ['--bank', 'BAKONG', '--qr']
    const expired = sampleCode({ createdAtMs: Date.now() - 2000, expiresAtMs: Date.now() - 1000, billNumber: '700' })
    assert.match(String(await simulate('pay', ...at, expired)), /refused \(422\).*late: true/)
    await simulate('pay', ...at, expired, '--late')
    const other = sampleCode({ billNumber: '701' })
    await simulate('pay', ...at, other, '--same-transfer-as', expired)
    const paid = async (reference: string) =>
      (await journalOf(simulator.url, 'BAKONG', reference)).map((one) => one.status)
    assert.deepEqual([await paid('700'), await paid('701')], [['SUCCESS'], []])
    await simulate('verify', ...at, expired, '--verify', 'unpaid')
    assert.deepEqual(await paid('700'), ['PENDING'])
    await simulate('quota', '--spent', '97', '--per-day', '120')
    const read = await simulate('quota')
    assert.match(JSON.stringify(read), /"perDay":120,"spentUnseen":97/)
    assert.match(JSON.stringify(await simulate('quota', '--reset')), /"perDay":120,"spentUnseen":0/)
  })

  it('pays a transaction by card on its page, in another currency, and tells of it unsigned', async () => {
    const { tranId } = await postPurchase(simulator.url, { payment_option: 'cards' })
    const from = gateway.all.length
    const how = ['--method', 'cards', '--payer-currency', 'KHR', '--signature', 'none', '--callback-to', gateway.url]
    const said = await simulate('pay', '--bank', 'ABA', '--payment', tranId, ...how)
    assert.match(JSON.stringify(said), /"paidAmount":"42000","paidCurrency":"KHR"/)
    await gateway.heard(from + 1)
    assert.equal(gateway.all[from]?.headers['x-payway-hmac-sha512'], undefined)
    const bad = await simulate(
      'faults',
      '--target',
      'ABA',
      '--operation',
      'refund',
      '--fault',
      'code',
      '--value',
      'PTL181',
    )
    assert.match(JSON.stringify(bad), /"fault":"code","value":"PTL181"/)
  })
})
