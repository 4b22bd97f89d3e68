import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { signToken } from '../../banks/bakong/simulator/tokens.ts'
import { sampleCode, startBakong, staysSilent, type TestBakong } from './test-bakong-client.ts'
import { call, sampleBakong } from './test-process.ts'

const md5Of = (qr: string): string => createHash('md5').update(qr).digest('hex')
const unknown = 'f'.repeat(32)

describe('the bad days of Bakong', () => {
  let bakong: TestBakong
  let paid = ''
  before(async () => {
    bakong = await startBakong()
    const qr = sampleCode()
    await bakong.pay(qr)
    paid = md5Of(qr)
  })
  beforeEach(() => bakong.control('bakong/quota', { reset: true, perDay: 100 }))
  afterEach(() => bakong.clear())
  after(() => bakong.close())

  const look = (md5: string, token?: string) => bakong.ask('check_transaction_by_md5', { md5 }, token)
  const listOf = (md5s: string[]) => bakong.ask('check_transaction_by_md5_list', md5s)
  const itemsOf = async (md5s: string[]) =>
    (await listOf(md5s)).envelope.data as unknown as { md5: string; status: string; data: { amount: unknown } | null }[]

  it('allow 100 status calls a day, and count those that are refused', async () => {
    await bakong.control('bakong/quota', { spent: 98 })
    assert.equal((await look(paid)).envelope.responseCode, 0)
    assert.equal((await listOf([paid, unknown])).envelope.responseCode, 0)
    for (const spent of [101, 102]) {
      const { status, headers, envelope } = await look(paid)
      const responseMessage = 'Daily request limit of 100 exceeded. Please try again tomorrow.'
      assert.deepEqual([status, envelope], [200, { responseCode: 1, responseMessage, errorCode: 17, data: null }])
      assert.match(headers.get('content-type') ?? '', /^application\/json/)
      assert.equal(await bakong.spent(), spent)
    }
    for (const name of ['renew_token', 'generate_deeplink_by_qr', 'check_bakong_account']) {
      assert.notEqual((await bakong.ask(name, {})).envelope.errorCode, 17)
    }
    assert.equal(await bakong.spent(), 102)
    await bakong.control('bakong/quota', { reset: true })
    assert.equal((await look(paid)).envelope.responseCode, 0)
  })

  it('count every status call once, whatever it finds, and each token alone', async () => {
    const other = signToken(sampleBakong.tokenSecret, Date.now())
    await look(paid)
    await look(unknown)
    await look('')
    await bakong.ask('check_transaction_by_md5', 'no json')
    await bakong.ask(
      'check_transaction_by_hash_list',
      Array.from({ length: 50 }, () => 'a'),
    )
    await look(paid, other)
    assert.equal(await bakong.spent(), 5)
    await bakong.control('bakong/quota', { token: bakong.fingerprint(), spent: 100 })
    assert.equal((await look(paid)).envelope.errorCode, 17)
    assert.equal((await look(paid, other)).envelope.responseCode, 0)
  })

  it('name another allowance in the words of the refusal', async () => {
    await bakong.control('bakong/quota', { perDay: 2, spent: 2 })
    const { envelope } = await look(paid)
    assert.equal(envelope.responseMessage, 'Daily request limit of 2 exceeded. Please try again tomorrow.')
    const { json } = await call('GET', `${bakong.url()}/_simulator/bakong/quota`)
    assert.equal(json['perDay'], 2)
    assert.deepEqual(json['tokens'], [{ token: bakong.fingerprint(), spent: 3, left: 0 }])
  })

  it('quota: the day is spent although nobody called', async () => {
    await bakong.fault('*', 'quota')
    assert.deepEqual([(await look(paid)).envelope.errorCode, (await listOf([paid])).envelope.errorCode], [17, 17])
    const account = { accountId: 'sample_shop@smpl' }
    assert.equal((await bakong.ask('check_bakong_account', account)).status, 429)
  })

  it('abroad: a page that says 403 to every call, which counts nothing', async () => {
    await bakong.fault('*', 'abroad')
    for (const name of [
      'check_transaction_by_md5',
      'check_transaction_by_md5_list',
      'renew_token',
      'check_bakong_account',
      'generate_deeplink_by_qr',
    ]) {
      for (const token of ['', bakong.token()]) {
        const { status, headers, text } = await bakong.ask(name, {}, token)
        assert.deepEqual([status, headers.get('content-type')], [403, 'text/html'], name)
        assert.match(text, /<center><h1>403 Forbidden<\/h1><\/center>[^]*nginx/)
      }
    }
    assert.equal(await bakong.spent(), 0)
  })

  it('list-refused: the same page from the MD5 list alone, though everybody else is answered', async () => {
    await bakong.fault('*', 'list-refused')
    const { status, text } = await listOf([paid])
    assert.equal(status, 403)
    assert.match(text, /nginx/)
    assert.equal((await look(paid)).envelope.responseCode, 0)
    assert.equal((await bakong.ask('check_transaction_by_hash_list', ['a'])).envelope.responseCode, 0)
    assert.equal(await bakong.spent(), 3)
  })

  it('429 and 504 are pages, and were counted; so is a call that is never answered, or with 500', async () => {
    for (const [fault, status] of [
      ['429', 429],
      ['504', 504],
      ['500', 500],
    ] as const) {
      await bakong.fault('check-md5', fault)
      assert.equal((await look(paid)).status, status)
    }
    assert.equal(await bakong.spent(), 3)
    await bakong.fault('check-md5', 'silent')
    await staysSilent(bakong, paid)
    assert.equal(await bakong.spent(), 5)
  })

  it('code: any errorCode inside HTTP 200, from any call', async () => {
    for (const [value, words] of [
      [undefined, /^Cannot connect to server/],
      [3, /^Transaction failed/],
      [4, /deeplink from provider/],
      [12, /^Account ID is invalid/],
      [14, /^Request failed/],
    ] as const) {
      await bakong.fault('*', 'code', value)
      for (const name of [
        'check_transaction_by_md5',
        'check_transaction_by_md5_list',
        'check_bakong_account',
        'renew_token',
      ]) {
        const { status, envelope } = await bakong.ask(name, {})
        assert.deepEqual([status, envelope.responseCode, envelope.errorCode, envelope.data], [200, 1, value ?? 9, null])
        assert.match(envelope.responseMessage, words)
      }
    }
  })

  it('expired-token: all tokens end at once, as 401 or inside HTTP 200, and a renewal heals it', async () => {
    for (const [fault, status] of [
      ['expired-token', 401],
      ['expired-token-200', 200],
    ] as const) {
      await bakong.fault('*', fault)
      const refused = await look(paid)
      assert.deepEqual([refused.status, refused.envelope.errorCode], [status, 6])
      const { envelope } = await bakong.ask('renew_token', { email: sampleBakong.email }, '')
      assert.equal((await look(paid, String(envelope.data?.['token']))).envelope.responseCode, 0)
    }
    assert.equal(await bakong.spent(), 0)
    await bakong.clear()
    await bakong.fault('renew-token', 'expired-token')
    const { envelope } = await bakong.ask('renew_token', { email: sampleBakong.email }, '')
    assert.equal((await look(paid, String(envelope.data?.['token']))).status, 401)
  })

  it('wrong-secret: no token is good, and nobody is registered', async () => {
    await bakong.fault('*', 'wrong-secret')
    assert.equal((await look(paid)).status, 401)
    assert.equal((await bakong.ask('renew_token', { email: sampleBakong.email })).envelope.errorCode, 10)
  })

  it('unpaid-first, service-failed, shuffled and text-amounts change single answers alone', async () => {
    await bakong.fault('check-md5', 'unpaid-first', 2)
    const codes = [await look(paid), await look(paid), await look(paid)].map(({ envelope }) => envelope.errorCode)
    assert.deepEqual(codes, [1, 1, null])
    await bakong.fault('check-md5', 'text-amounts')
    assert.equal((await look(paid)).envelope.data?.['amount'], '10.50')
    await bakong.fault('check-md5-list', 'text-amounts')
    assert.equal((await itemsOf([paid]))[0]?.data?.amount, '10.50')
    await bakong.fault('check-md5-list', 'service-failed')
    assert.deepEqual(
      (await itemsOf([paid, unknown])).map((one) => [one.md5, one.status]),
      [
        [paid, 'SERVICE_FAILED'],
        [unknown, 'SERVICE_FAILED'],
      ],
    )
    await bakong.fault('check-md5-list', 'shuffled')
    assert.deepEqual(
      (await itemsOf([paid, unknown])).map((one) => [one.md5, one.status]),
      [
        [unknown, 'NOT_FOUND'],
        [paid, 'SUCCESS'],
      ],
    )
  })

  it('html, truncated and cut are played as for every bank', async () => {
    await bakong.fault('check-md5', 'html')
    assert.match((await look(paid)).text, /<!doctype html>/)
    await bakong.fault('check-md5', 'truncated')
    const half = await look(paid)
    assert.deepEqual([half.status, half.json], [200, {}])
    await bakong.fault('check-md5', 'cut')
    await assert.rejects(look(paid))
    assert.equal(await bakong.spent(), 3)
  })

  it('each fault is explained where faults are listed', async () => {
    await bakong.fault('check-md5-list', 'list-refused')
    const { json } = await call('GET', `${bakong.url()}/_simulator/faults`)
    const [set] = json['faults'] as Record<string, unknown>[]
    assert.deepEqual([set?.['operation'], set?.['fault']], ['check-md5-list', 'list-refused'])
    const said = await bakong.tryControl('faults', { target: 'BAKONG', operation: '*', fault: 'no-such' })
    const named = /use one of none, (.*)\.$/.exec((said.json['error'] as { message: string }).message)?.[1]?.split(', ')
    const kinds = Object.keys(json['kinds'] as object)
    assert.deepEqual(
      named?.filter((one) => !kinds.includes(one)),
      [],
    )
  })
})
