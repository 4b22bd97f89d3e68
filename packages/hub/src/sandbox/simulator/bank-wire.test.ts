import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { readKhqr } from '../../banks/bank-qr/simulator/khqr-string.ts'
import type { BankQrSimulatorSettings } from '../../banks/bank-qr/simulator/settings.ts'
import {
  listenAsGateway,
  otherBank,
  sampleBank,
  sampleConfig,
  spawnSimulator,
  temporaryFolder,
} from './test-process.ts'
import { call, type TestSimulator } from './test-process.ts'
import { logIn, makeQr, verify } from './test-bank-client.ts'

const banks: Record<string, BankQrSimulatorSettings> = {
  AMK: sampleBank,
  BANK01: otherBank,
  URI: { ...sampleBank, basePath: '/uri', qrForm: 'data-uri', verifyForm: 'bare' },
  TEXT: { ...otherBank, basePath: '/text', qrForm: 'khqr', hasVerify: false },
}
const textBank = { ...otherBank, basePath: '/text' }

describe('a bank of the QR kind', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let gateway: Awaited<ReturnType<typeof listenAsGateway>>
  let simulator: TestSimulator
  let url = ''
  before(async () => {
    folder = await temporaryFolder()
    gateway = await listenAsGateway(() => ({ status: 200 }))
    simulator = await spawnSimulator(sampleConfig(folder.path, gateway.url, { banks }))
    url = simulator.url
  })
  after(async () => {
    await simulator.stop()
    await gateway.close()
    await folder.remove()
  })

  const pay = (body: Record<string, unknown>) => call('POST', `${url}/_simulator/pay`, { webhook: 'drop', ...body })

  it('gives a bearer token of an hour for the right name and password, in the style of its settings', async () => {
    const byPassword = await logIn(url, sampleBank)
    assert.equal(byPassword.status, 200)
    assert.deepEqual([byPassword.json['token_type'], byPassword.json['expires_in']], ['Bearer', 3600])
    assert.equal((await logIn(url, otherBank)).status, 200)
  })

  it('refuses a wrong password with 401, and the other style with 400', async () => {
    assert.equal((await logIn(url, { ...sampleBank, password: 'wrong' })).status, 401)
    assert.equal((await logIn(url, { ...sampleBank, username: 'wrong' })).status, 401)
    assert.equal((await logIn(url, { ...otherBank, password: 'wrong' })).status, 401)
    assert.equal(
      (await logIn(url, { ...sampleBank, login: { ...otherBank.login, path: '/auth/sign-in' } })).status,
      400,
    )
    assert.equal((await logIn(url, { ...otherBank, login: { ...sampleBank.login, path: '/auth/token' } })).status, 400)
  })

  it('answers the generator in the form of its settings', async () => {
    const png = await makeQr(url, sampleBank, { billNumber: '1' })
    assert.equal(png.headers.get('content-type'), 'image/png')
    const json = await makeQr(url, otherBank, { billNumber: '1' })
    assert.equal(Buffer.from(String(json.json['qrCode']), 'base64').subarray(1, 4).toString(), 'PNG')
    const uri = await makeQr(url, { ...sampleBank, basePath: '/uri' }, { billNumber: '1' })
    assert.match(uri.text, /^data:image\/png;base64,iVBOR/)
    const text = await makeQr(url, textBank, { billNumber: '1' })
    assert.match(text.text, /^000201/)
  })

  it('writes payee, amount, currency, bill number and expiry into the code', async () => {
    const made = await makeQr(url, textBank, { billNumber: '2', currency: 'KHR', amount: 600000 })
    const reading = readKhqr(made.text)
    assert.ok(reading.ok)
    const { tags } = reading
    assert.equal(tags.get('29'), '0011sample@bk010204TEXT')
    assert.deepEqual([tags.get('53'), tags.get('54'), tags.get('62')], ['116', '600000', '01012'])
    assert.match(tags.get('99') ?? '', /^0013\d{13}0113\d{13}$/)
  })

  it('makes another code when the same bill number is sent again', async () => {
    const first = await makeQr(url, textBank, { billNumber: '3', amount: 10 })
    const second = await makeQr(url, textBank, { billNumber: '3', amount: 11 })
    assert.notEqual(first.text, second.text)
    const paid = await pay({ bank: 'TEXT', qr: first.text })
    assert.equal((paid.json['transactions'] as { amount: string }[])[0]?.amount, '10.00')
  })

  const badOrders: [string, Record<string, unknown>][] = [
    ['an unknown merchant', { merchantId: '1' }],
    ['a currency without an account', { currency: 'THB' }],
    ['a third decimal', { amount: 1.001 }],
    ['no amount', { amount: null }],
    ['a bill number of another type', { billNumber: 7 }],
    ['no payer', { payer: undefined }],
  ]
  for (const [what, order] of badOrders) {
    it(`refuses ${what} with 400`, async () => {
      assert.equal((await makeQr(url, sampleBank, { billNumber: '4', ...order })).status, 400)
    })
  }

  it('answers 401 to a token that it did not give out', async () => {
    for (const authorization of ['', 'Bearer x', 'Bearer 1.99999999999999.x.y']) {
      const answer = await call('POST', `${url}/amk/qr/generator`, {}, { authorization })
      assert.equal(answer.status, 401)
    }
  })

  it('verifies: not found, pending, then every movement with its exact amount', async () => {
    assert.deepEqual((await verify(url, sampleBank, '5')).json, {
      status: 'NOT_FOUND',
      txId: '5',
      merchantId: '900000000000001',
      payments: [],
    })
    await makeQr(url, sampleBank, { billNumber: '5', amount: 150 })
    assert.deepEqual((await verify(url, sampleBank, '5')).json, {
      status: 'PENDING',
      txId: '5',
      merchantId: '900000000000001',
      currency: 'USD',
      payments: [],
    })
    await pay({ bank: 'AMK', paymentId: 5, times: 2 })
    const answer = await verify(url, sampleBank, '5')
    assert.match(
      answer.text,
      /^\{"status":"SUCCESS","txId":"5","merchantId":"900000000000001","currency":"USD","payments":\[(\{"transactionId":"\d{17}","amount":150\.00,"paidDate":"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}"\},?){2}\]\}$/,
    )
    const ids = (answer.json['payments'] as { transactionId: string; paidDate: string }[]).map(
      (one) => one.transactionId,
    )
    assert.equal(new Set(ids).size, 2)
  })

  it('says the currency of the money that came, and of each movement where they differ', async () => {
    await makeQr(url, sampleBank, { billNumber: '6', amount: 2 })
    await pay({ bank: 'AMK', paymentId: '6', currency: 'KHR', amount: '8000' })
    assert.match((await verify(url, sampleBank, '6')).text, /"currency":"KHR","payments":\[\{[^}]*"amount":8000,/)
    await pay({ bank: 'AMK', paymentId: '6' })
    assert.match(
      (await verify(url, sampleBank, '6')).text,
      /"amount":8000,"currency":"KHR".*"amount":2\.00,"currency":"USD"/,
    )
  })

  it('verifies in the bare form with the status alone, and not at all where the bank has no such call', async () => {
    const bare = { ...sampleBank, basePath: '/uri' }
    assert.equal((await verify(url, bare, '7')).text, '{"status":"NOT_FOUND"}')
    await makeQr(url, bare, { billNumber: '7' })
    assert.equal((await verify(url, bare, '7')).text, '{"status":"PENDING"}')
    await pay({ bank: 'URI', paymentId: '7' })
    assert.equal((await verify(url, bare, '7')).text, '{"status":"SUCCESS"}')
    assert.equal((await verify(url, textBank, '7')).status, 404)
  })

  it('checks the signature strictly, by its own profile', async () => {
    await makeQr(url, otherBank, { billNumber: '8' })
    assert.equal((await verify(url, otherBank, '8')).json['status'], 'PENDING')
    const wrongKey = await verify(url, { ...sampleBank, secretKey: 'x' }, '8')
    assert.deepEqual([wrongKey.status, wrongKey.json], [400, { status: 'INVALID_HASH' }])
    const wrongProfile = await verify(url, { ...sampleBank, signature: otherBank.signature }, '8')
    assert.deepEqual([wrongProfile.status, wrongProfile.json], [400, { status: 'INVALID_HASH' }])
    const wrongStore = { ...sampleBank, accounts: sampleBank.accounts.map((one) => ({ ...one, storeId: '1' })) }
    assert.deepEqual((await verify(url, wrongStore, '8')).json, { status: 'INVALID_MERCHANT' })
    const seconds = { ...sampleBank, signature: { ...sampleBank.signature, timestamp: 's' as const } }
    assert.deepEqual((await verify(url, seconds, '8')).json, { status: 'INVALID_TIMESTAMP' })
  })

  it('says that it is up', async () => {
    assert.deepEqual((await call('GET', `${url}/amk/health`)).json, { status: 'UP' })
  })
})
