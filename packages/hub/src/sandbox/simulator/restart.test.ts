import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { logIn, makeQr, verify } from './test-bank-client.ts'
import {
  call,
  listenAsGateway,
  sampleBakong,
  sampleBank,
  sampleConfig,
  spawnSimulator,
  temporaryFolder,
  type TestSimulator,
} from './test-process.ts'

describe('the simulator process', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let gateway: Awaited<ReturnType<typeof listenAsGateway>>
  let gatewayStatus = 200
  before(async () => {
    folder = await temporaryFolder()
    gateway = await listenAsGateway(() => ({ status: gatewayStatus }))
  })
  after(async () => {
    await gateway.close()
    await folder.remove()
  })
  const spawn = (more = {}): Promise<TestSimulator> => spawnSimulator(sampleConfig(folder.path, gateway.url, more))

  it('forgets nothing that it answered when it is killed', async () => {
    const first = await spawn()
    await makeQr(first.url, sampleBank, { billNumber: '150001' })
    const { json: token } = await logIn(first.url, sampleBank)
    const { json: made } = await call('POST', `${first.url}/_simulator/bills`, { count: 2 })
    await call('POST', `${first.url}/_simulator/pay`, { bank: 'AMK', paymentId: 150001, times: 2, webhook: 'drop' })
    const credit = {
      externalId: '150001',
      policyNumber: (made['numbers'] as string[])[0],
      amount: '25.00',
      currency: 'USD',
      dueDate: '2026-01-01',
      paidAt: '2026-01-01T00:00:00Z',
      channel: 'AMK',
      transactionId: '1',
    }
    const key = { 'x-api-key': 'sample-api-key' }
    await call('POST', `${first.url}/dlis/api/v1/credits`, credit, key)
    const wrongQr = { target: 'AMK', operation: 'login', fault: 'wrong-secret' }
    await call('POST', `${first.url}/_simulator/faults`, wrongQr)
    const journal = await call('GET', `${first.url}/_simulator/journal`)
    const told = await verify(first.url, sampleBank, '150001')
    await first.stop('SIGKILL')

    const second = await spawn()
    assert.deepEqual((await call('GET', `${second.url}/_simulator/journal`)).json, journal.json)
    assert.deepEqual((await verify(second.url, sampleBank, '150001')).json, told.json)
    assert.equal((await logIn(second.url, sampleBank)).status, 401)
    await call('DELETE', `${second.url}/_simulator/faults`)
    const authorization = `Bearer ${String(token['access_token'])}`
    const order = { merchantId: '900000000000001', currency: 'USD', amount: 1, billNumber: '2', payer: 'X' }
    assert.equal((await call('POST', `${second.url}/amk/qr/generator`, order, { authorization })).status, 200)
    const again = await call('POST', `${second.url}/dlis/api/v1/credits`, credit, key)
    assert.equal(again.status, 200)
    const { json: more } = await call('POST', `${second.url}/_simulator/bills`, { count: 1 })
    assert.ok(!(made['numbers'] as string[]).includes((more['numbers'] as string[])[0] ?? ''))
    const paid = await call('POST', `${second.url}/_simulator/pay`, { bank: 'AMK', paymentId: 150001, webhook: 'drop' })
    assert.ok(
      !journal.text.includes((paid.json['transactions'] as { transactionId: string }[])[0]?.transactionId ?? ''),
    )
    await second.stop()
  })

  it('goes on with the redeliveries where it was killed', async () => {
    gatewayStatus = 503
    const from = gateway.all.length
    const first = await spawn({ redeliverAfterMs: [1, 600_000] })
    await makeQr(first.url, sampleBank, { billNumber: '150002' })
    await call('POST', `${first.url}/_simulator/pay`, { bank: 'AMK', paymentId: 150002 })
    await call('POST', `${first.url}/_simulator/pay`, { bank: 'AMK', paymentId: 150002, webhook: 'late:0.2' })
    await gateway.heard(from + 2)
    await first.stop('SIGKILL')
    gatewayStatus = 200
    const second = await spawn({ redeliverAfterMs: [1, 1, 1] })
    const open = async () => {
      const { json } = await call('GET', `${second.url}/_simulator/deliveries`)
      return (json['deliveries'] as { reference: string; state: string }[])
        .filter((one) => one.reference === '150002')
        .map((one) => one.state)
    }
    let states = await open()
    while (states.includes('pending')) states = await open()
    assert.deepEqual(states, ['delivered', 'delivered'])
    await second.stop()
    const third = await spawn()
    const heard = gateway.all.length
    await call('GET', `${third.url}/_simulator/deliveries`)
    await third.stop()
    assert.equal(gateway.all.length, heard)
  })

  it('writes its pid beside its data, and takes it away at SIGTERM', async () => {
    const simulator = await spawn()
    const pidFile = `${folder.path}/simulator.jsonl.pid`
    assert.equal(await readFile(pidFile, 'utf8'), `${simulator.pid}\n`)
    await simulator.stop()
    assert.equal(await simulator.exited, 0)
    await assert.rejects(readFile(pidFile))
  })

  it('outlives the hub that started it', async () => {
    const simulator = await spawn()
    simulator.disconnect()
    assert.equal((await call('GET', `${simulator.url}/`)).status, 200)
    await simulator.stop()
  })

  it('says what is wrong when it cannot start', async () => {
    const simulator = await spawn()
    const port = Number(new URL(simulator.url).port)
    const elsewhere = `${folder.path}/other.jsonl`
    await assert.rejects(spawn({ port, dataFile: elsewhere }), /cannot listen on 127\.0\.0\.1:\d+ .*choose another/)
    await simulator.stop()
    await assert.rejects(spawn({ port: 'x' }), /config\.port is x/)
    await assert.rejects(spawn({ gatewayUrl: 'here' }), /config\.gatewayUrl "here" is not a URL/)
    const twice = { AMK: sampleBank, BANK01: sampleBank }
    await assert.rejects(spawn({ banks: twice }), /share the base path \/amk/)
    const bakong = { BAKONG: sampleBakong, OTHER: { ...sampleBakong, basePath: '/other' } }
    await assert.rejects(spawn({ bakong }), /BAKONG and OTHER are alsoAtRoot/)
  })

  it('will not write a file that another simulator is writing', async () => {
    const simulator = await spawn()
    await assert.rejects(spawn(), /Another simulator \(pid \d+\) is using this data/)
    await simulator.stop()
  })

  it('lists at its home what is here, and says where nothing is', async () => {
    const simulator = await spawn()
    const home = await call('GET', `${simulator.url}/`)
    assert.deepEqual(
      (home.json['banks'] as { code: string }[]).map((bank) => bank.code),
      ['AMK', 'BANK01'],
    )
    const nothing = await call('GET', `${simulator.url}/nothing`)
    assert.equal(nothing.status, 404)
    assert.match(nothing.text, /GET \/ lists what is here/)
    await simulator.stop()
  })
})
