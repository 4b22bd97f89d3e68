import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { readKhqr } from '../../banks/bank-qr/simulator/khqr-string.ts'
import { logIn, makeQr, verify } from './test-bank-client.ts'
import {
  call,
  listenAsGateway,
  sampleBank,
  sampleConfig,
  spawnSimulator,
  temporaryFolder,
  type TestSimulator,
} from './test-process.ts'

const amk = { ...sampleBank, qrForm: 'khqr' as const }

describe('the faults', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let gateway: Awaited<ReturnType<typeof listenAsGateway>>
  let simulator: TestSimulator
  let url = ''
  before(async () => {
    folder = await temporaryFolder()
    gateway = await listenAsGateway(() => ({ status: 200 }))
    simulator = await spawnSimulator(sampleConfig(folder.path, gateway.url, { banks: { AMK: amk } }))
    url = simulator.url
    await makeQr(url, amk, { billNumber: '1' })
  })
  after(async () => {
    await simulator.stop()
    await gateway.close()
    await folder.remove()
  })
  afterEach(() => call('DELETE', `${url}/_simulator/faults`))

  const set = async (target: string, operation: string, fault: string, value?: unknown) => {
    const said = await call('POST', `${url}/_simulator/faults`, { target, operation, fault, value })
    assert.equal(said.status, 200, said.text)
  }
  const health = () => call('GET', `${url}/amk/health`)
  const lookUp = (signal?: AbortSignal) =>
    fetch(`${url}/dlis/api/v1/policies/P123456789`, {
      headers: { 'x-api-key': 'sample-api-key' },
      signal: signal ?? null,
    })
  const credit = (externalId: string) =>
    call(
      'POST',
      `${url}/dlis/api/v1/credits`,
      {
        externalId,
        policyNumber: 'P123456789',
        amount: '150.00',
        currency: 'USD',
        dueDate: '2026-01-01',
        paidAt: '2026-01-01T00:00:00Z',
        channel: 'AMK',
        transactionId: externalId,
      },
      { 'x-api-key': 'sample-api-key' },
    )
  const foundCredit = async (externalId: string) => {
    const key = { 'x-api-key': 'sample-api-key' }
    return (await call('GET', `${url}/dlis/api/v1/credits/${externalId}`, undefined, key)).status
  }

  it('500, html and quota answer instead of the system', async () => {
    await set('AMK', 'health', '500')
    assert.equal((await health()).status, 500)
    await set('AMK', 'health', 'html')
    const page = await health()
    assert.deepEqual([page.status, page.headers.get('content-type')], [200, 'text/html; charset=utf-8'])
    await set('AMK', 'health', 'quota')
    const quota = await health()
    assert.deepEqual([quota.status, quota.headers.get('retry-after')], [429, '30'])
  })

  it('slow and slow-answer wait so long', async () => {
    await set('AMK', 'health', 'slow', 30)
    assert.equal((await health()).status, 200)
    await set('AMK', 'health', 'slow-answer', '30')
    assert.equal((await health()).status, 200)
  })

  it('slow-answer acts before it waits', async () => {
    await set('AMK', 'qr', 'slow-answer', 600_000)
    const made = makeQr(url, amk, { billNumber: 'early' })
    let paid = 0
    while (paid !== 200) {
      const order = { bank: 'AMK', paymentId: 'early', webhook: 'drop' }
      paid = (await call('POST', `${url}/_simulator/pay`, order)).status
    }
    // The code could be paid although its maker has not been answered; stopping the simulator ends the wait.
    void made.catch(() => {})
  })

  it('flap fails every second call', async () => {
    await set('AMK', '*', 'flap')
    const statuses = [await health(), await health(), await health(), await health()].map((said) => said.status)
    assert.deepEqual(statuses, [200, 500, 200, 500])
  })

  it('silent takes the call and never answers', async () => {
    await set('DLIS', 'lookup', 'silent')
    const caller = new AbortController()
    const asked = lookUp(caller.signal)
    await set('DLIS', 'lookup', 'none')
    assert.equal((await lookUp()).status, 200)
    caller.abort()
    await assert.rejects(asked)
  })

  it('truncated answers half a body as if it were whole, cut breaks the connection', async () => {
    await set('DLIS', '*', 'truncated')
    const half = await (await lookUp()).text()
    assert.match(half, /^\{"policy"/)
    assert.throws(() => JSON.parse(half))
    await set('DLIS', '*', 'cut')
    const cut = await lookUp()
    assert.equal(cut.status, 200)
    await assert.rejects(cut.text())
  })

  it('wrong-qr and wrong-payee write another amount or payee into the code', async () => {
    const tags = async () => {
      const reading = readKhqr((await makeQr(url, amk, { billNumber: '2' })).text)
      assert.ok(reading.ok)
      return reading.tags
    }
    await set('AMK', 'qr', 'wrong-qr')
    assert.equal((await tags()).get('54'), '151.00')
    await set('AMK', 'qr', 'wrong-qr', '1.5')
    assert.equal((await tags()).get('54'), '1.50')
    await set('AMK', 'qr', 'wrong-payee')
    assert.doesNotMatch((await tags()).get('30') ?? '', /sample@amkb/)
  })

  it('expired-token spoils the tokens given out so far, and a new log-in heals it', async () => {
    const { json } = await logIn(url, amk)
    const headers = { authorization: `Bearer ${String(json['access_token'])}` }
    const order = { merchantId: '900000000000001', currency: 'USD', amount: 1, billNumber: '3', payer: 'X' }
    const generate = () => call('POST', `${url}/amk/qr/generator`, order, headers)
    assert.equal((await generate()).status, 200)
    await set('AMK', '*', 'expired-token')
    assert.equal((await generate()).status, 401)
    let healed = 401
    // A token of the very millisecond of the fault is spoilt too.
    while (healed === 401) healed = (await makeQr(url, amk, { billNumber: '3' })).status
    assert.equal(healed, 200)
    await set('AMK', 'login', 'expired-token')
    assert.equal((await makeQr(url, amk, { billNumber: '3' })).status, 401)
  })

  it('wrong-secret refuses our credentials everywhere', async () => {
    await set('AMK', '*', 'wrong-secret')
    assert.equal((await logIn(url, amk)).status, 401)
    assert.deepEqual((await verify(url, amk, '1')).json, { status: 'INVALID_HASH' })
    await set('DLIS', '*', 'wrong-secret')
    assert.deepEqual([(await lookUp()).status, (await credit('x')).status], [401, 401])
  })

  it('unpaid-first lets verify say PENDING so many times about each reference', async () => {
    await makeQr(url, amk, { billNumber: '4' })
    for (const paymentId of ['1', '4']) {
      await call('POST', `${url}/_simulator/pay`, { bank: 'AMK', paymentId, webhook: 'drop' })
    }
    await set('AMK', 'verify', 'unpaid-first', 2)
    const said: unknown[] = []
    for (const reference of ['1', '1', '4', '1', '4', '4'])
      said.push((await verify(url, amk, reference)).json['status'])
    assert.deepEqual(said, ['PENDING', 'PENDING', 'PENDING', 'SUCCESS', 'PENDING', 'SUCCESS'])
  })

  it('credit-then-silent credits and never answers; silent and 500 do not credit', async () => {
    await set('DLIS', 'credit', '500')
    await credit('c-500')
    assert.equal(await foundCredit('c-500'), 404)
    await set('DLIS', 'credit', 'credit-then-silent')
    void credit('c-silent').catch(() => {})
    let found = 404
    while (found !== 200) found = await foundCredit('c-silent')
    assert.equal(found, 200)
  })

  it("spoils the bank's messages to us, which it tells again", async () => {
    const pay = () => call('POST', `${url}/_simulator/pay`, { bank: 'AMK', paymentId: '1' })
    const told = async () => {
      const before = gateway.all.length
      await pay()
      await gateway.heard(before + 1)
      return gateway.all[before]
    }
    await set('AMK', 'webhook', 'wrong-secret')
    assert.equal((await told())?.headers.authorization, 'Bearer not-sample-bank-token')
    await set('AMK', 'webhook', 'html')
    assert.match((await told())?.body ?? '', /^<html>/)
    await set('AMK', 'webhook', 'truncated')
    const half = (await told())?.body ?? ''
    assert.throws(() => JSON.parse(half), SyntaxError)
    await set('AMK', 'webhook', 'flap')
    await told()
    await told()
    await set('AMK', 'webhook', 'silent')
    const before = gateway.all.length
    await pay()
    await set('AMK', 'webhook', 'none')
    await gateway.heard(before + 1)
  })

  it('are listed, replaced, and cleared one by one or all', async () => {
    const list = async (said = call('GET', `${url}/_simulator/faults`)) =>
      ((await said).json['faults'] as { target: string; operation: string; fault: string }[]).map(
        (one) => `${one.target} ${one.operation} ${one.fault}`,
      )
    await set('amk', 'QR', 'Slow', 1)
    await set('AMK', 'qr', '500')
    await set('*', '*', 'quota')
    assert.deepEqual(await list(), ['AMK * quota', 'DLIS * quota', 'INGENIUM * quota'])
    await set('AMK', 'verify', 'html')
    assert.equal((await list()).length, 4)
    assert.equal((await list(call('DELETE', `${url}/_simulator/faults?target=AMK&operation=verify`))).length, 3)
    assert.equal((await list(call('DELETE', `${url}/_simulator/faults`, { target: 'DLIS' }))).length, 2)
    assert.deepEqual(await list(call('DELETE', `${url}/_simulator/faults`)), [])
  })

  it('that do not exist are refused, naming those that do', async () => {
    const cases: [Record<string, unknown>, string, RegExp][] = [
      [{ target: 'SAP', operation: 'qr', fault: '500' }, 'target', /AMK, DLIS, INGENIUM/],
      [{ operation: 'qr', fault: '500' }, 'target', /AMK/],
      [{ target: 'AMK', operation: 'lookup', fault: '500' }, 'operation', /login, qr, health, verify, webhook/],
      [{ target: 'AMK', operation: 'qr', fault: 'sulk' }, 'fault', /none, .*slow.*wrong-qr/],
      [{ target: 'AMK', operation: 'verify', fault: 'wrong-qr' }, 'fault', /unpaid-first/],
      [{ target: 'AMK', operation: 'qr' }, 'fault', /none/],
      [{ target: 'AMK', operation: 'qr', fault: 'slow', value: 'x' }, 'value', /0 to 600000/],
      [{ target: 'AMK', operation: 'qr', fault: 'wrong-qr', value: 'x' }, 'value', /amount/],
    ]
    for (const [body, field, names] of cases) {
      const said = await call('POST', `${url}/_simulator/faults`, body)
      const { error } = said.json as { error: { field: string; message: string } }
      assert.deepEqual([said.status, error.field], [400, field], said.text)
      assert.match(error.message, names)
    }
    const cleared = await call('DELETE', `${url}/_simulator/faults`, { target: 'SAP' })
    assert.equal(cleared.status, 400)
  })
})
