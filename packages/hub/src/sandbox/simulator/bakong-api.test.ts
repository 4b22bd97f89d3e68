import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { readToken, signToken } from '../../banks/bakong/simulator/tokens.ts'
import { sampleCode, startBakong, type TestBakong } from './test-bakong-client.ts'
import { call, sampleBakong } from './test-process.ts'

const md5Of = (qr: string): string => createHash('md5').update(qr).digest('hex')

describe('the open API of Bakong', () => {
  let bakong: TestBakong
  before(async () => {
    bakong = await startBakong()
  })
  beforeEach(() => bakong.control('bakong/quota', { reset: true }))
  after(() => bakong.close())

  it('tells a transfer by its MD5, in every field that clients read', async () => {
    const qr = sampleCode({ amount: '10.50' })
    const { hashes } = await bakong.pay(qr)
    const { status, headers, envelope } = await bakong.ask('check_transaction_by_md5', { md5: md5Of(qr) })
    assert.equal(status, 200)
    assert.match(headers.get('content-type') ?? '', /^application\/json/)
    const { createdDateMs, acknowledgedDateMs, externalRef, ...rest } = envelope.data ?? {}
    assert.deepEqual(
      { ...envelope, data: rest },
      {
        responseCode: 0,
        responseMessage: 'Getting transaction successfully.',
        errorCode: null,
        data: {
          hash: hashes[0],
          fromAccountId: 'sample_wallet@smpb',
          toAccountId: 'sample_shop@smpl',
          currency: 'USD',
          amount: 10.5,
          description: null,
          trackingStatus: null,
          receiverBank: null,
          receiverBankAccount: null,
          instructionRef: null,
        },
      },
    )
    assert.match(String(hashes[0]), /^[0-9a-f]{64}$/)
    assert.match(String(externalRef), /^100FT\d{11}$/)
    assert.ok(Math.abs(Number(createdDateMs) - Date.now()) < 60_000)
    assert.equal(acknowledgedDateMs, createdDateMs)
  })

  it('writes amounts as its own language writes a double', async () => {
    for (const [currencyNumber, amount, written] of [
      ['840', '10.50', '10.5'],
      ['840', '7.00', '7.0'],
      ['840', '0.01', '0.01'],
      ['116', '4000', '4000.0'],
    ] as const) {
      const qr = sampleCode({ currencyNumber, amount })
      await bakong.pay(qr)
      const { text } = await bakong.ask('check_transaction_by_md5', { md5: md5Of(qr) })
      assert.ok(text.includes(`"amount":${written},`), text)
    }
  })

  it('says that an unpaid code is not found, in HTTP 200', async () => {
    const { status, envelope } = await bakong.ask('check_transaction_by_md5', { md5: md5Of(sampleCode()) })
    const words = 'Transaction could not be found. Please check and try again.'
    assert.deepEqual([status, envelope], [200, { responseCode: 1, responseMessage: words, errorCode: 1, data: null }])
  })

  it('finds the same transfer by hash, short hash, external and instruction reference', async () => {
    const { hashes, externalRefs } = await bakong.pay(sampleCode(), { instructionRef: 'INSTRUCTION-1' })
    const [hash = '', externalRef = ''] = [hashes[0], externalRefs[0]]
    const short = { hash: hash.slice(0, 8), amount: 10.5, currency: 'USD' }
    for (const [name, body] of [
      ['check_transaction_by_hash', { hash }],
      ['check_transaction_by_short_hash', short],
      ['check_transaction_by_external_ref', { externalRef }],
      ['check_transaction_by_instruction_ref', { instructionRef: 'INSTRUCTION-1' }],
    ] as const) {
      assert.equal((await bakong.ask(name, body)).envelope.data?.['hash'], hash, name)
    }
    for (const [name, body] of [
      ['check_transaction_by_hash', { hash: '0'.repeat(64) }],
      ['check_transaction_by_short_hash', { ...short, amount: 10.51 }],
      ['check_transaction_by_short_hash', { ...short, currency: 'KHR', amount: 10 }],
      ['check_transaction_by_external_ref', { externalRef: '700000' }],
      ['check_transaction_by_instruction_ref', { instructionRef: 'INSTRUCTION-2' }],
    ] as const) {
      assert.equal((await bakong.ask(name, body)).envelope.errorCode, 1, name)
    }
  })

  it('answers lists in their order, each item by its own status', async () => {
    const codes = [
      sampleCode(),
      sampleCode(),
      sampleCode({ amount: undefined, createdAtMs: undefined, expiresAtMs: undefined }),
      sampleCode(),
    ]
    const md5s = codes.map(md5Of)
    const { hashes } = await bakong.pay(codes[0] ?? '')
    await bakong.pay(codes[2] ?? '', { amount: '3.00' })
    const { hashes: failed } = await bakong.pay(codes[3] ?? '', { verify: 'failed' })
    const { envelope } = await bakong.ask('check_transaction_by_md5_list', md5s)
    const items = envelope.data as unknown as {
      md5: string
      status: string
      message: string
      data: { hash: string } | null
    }[]
    assert.equal(envelope.responseCode, 0)
    assert.deepEqual(
      items.map((one) => [one.md5, one.status, one.data?.hash]),
      [
        [md5s[0], 'SUCCESS', hashes[0]],
        [md5s[1], 'NOT_FOUND', undefined],
        [md5s[2], 'STATIC_QR', undefined],
        [md5s[3], 'FAILED', undefined],
      ],
    )
    const byHash = await bakong.ask('check_transaction_by_hash_list', [failed[0], '0'.repeat(64), hashes[0]])
    assert.deepEqual(
      (byHash.envelope.data as unknown as { hash: string; status: string }[]).map((one) => [one.hash, one.status]),
      [
        [failed[0], 'FAILED'],
        ['0'.repeat(64), 'NOT_FOUND'],
        [hashes[0], 'SUCCESS'],
      ],
    )
  })

  it('takes bare arrays of at most 50', async () => {
    const fifty = Array.from({ length: 50 }, (_, n) => String(n).padStart(32, '0'))
    for (const name of ['check_transaction_by_md5_list', 'check_transaction_by_hash_list']) {
      assert.equal((await bakong.ask(name, fifty)).envelope.responseCode, 0)
      const many = await bakong.ask(name, [...fifty, 'f'.repeat(32)])
      assert.deepEqual([many.status, many.envelope.errorCode], [400, 5])
      for (const body of [[], [1], [''], { md5List: fifty }, { hashList: fifty }, null]) {
        const said = await bakong.ask(name, body)
        assert.deepEqual([said.status, said.envelope.errorCode], [200, 5], JSON.stringify(body))
      }
    }
  })

  it('says what is missing by code 5, and refuses what is no JSON with 400', async () => {
    for (const [name, bodies] of Object.entries({
      check_transaction_by_md5: [{}, { md5: '' }, { md5: 5 }, { md5: 'x'.repeat(256) }, []],
      check_transaction_by_hash: [{ shortHash: 'abc' }],
      check_transaction_by_short_hash: [
        { hash: 'abcdefgh' },
        { hash: 'abc', amount: 1, currency: 'USD' },
        { shortHash: 'abcdefgh' },
      ],
      check_transaction_by_instruction_ref: [{}],
      check_transaction_by_external_ref: [{}],
      check_bakong_account: [{}, { bakongAccountID: 'sample_shop@smpl' }],
      generate_deeplink_by_qr: [{}, { qr: sampleCode(), sourceInfo: { appName: 'Shop' } }],
      renew_token: [{}, { email: `${'x'.repeat(30)}@sample.example` }],
    })) {
      for (const body of bodies) {
        const said = await bakong.ask(name, body)
        assert.deepEqual([said.status, said.envelope.errorCode], [200, 5], `${name} ${JSON.stringify(body)}`)
      }
    }
    assert.equal((await bakong.ask('check_transaction_by_md5', '{"md5":')).status, 400)
  })

  it('refuses status calls without a token of its own that is still good', async () => {
    const { tokenSecret } = sampleBakong
    const [header, payload, signature] = bakong.token().split('.')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    for (const token of [
      '',
      'nonsense',
      signToken('another-secret', Date.now()),
      signToken(tokenSecret, Date.now(), -1),
      `${none}.${payload}.`,
      `${header}.${payload}.${signature}x`,
    ]) {
      const said = await bakong.ask('check_transaction_by_md5', { md5: 'x' }, token)
      assert.deepEqual([said.status, said.envelope.errorCode], [401, 6], token)
      assert.match(said.envelope.responseMessage, /^Unauthorized/)
    }
    assert.equal(await bakong.spent(), 0)
  })

  it('gives whoever knows the address a token of 90 days, and leaves the one before good', async () => {
    const { envelope } = await bakong.ask('renew_token', { email: 'Shop@Sample.example' }, '')
    assert.equal(envelope.responseMessage, 'Token has been issued')
    const token = String(envelope.data?.['token'])
    assert.notEqual(token, bakong.token())
    const { issuedAtS = 0, expiresAtS = 0 } = readToken(sampleBakong.tokenSecret, token) ?? {}
    assert.equal(expiresAtS - issuedAtS, 90 * 86_400)
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      data: { id: string }
    }
    assert.match(claims.data.id, /^[0-9a-f]{16}$/)
    for (const good of [token, bakong.token()]) {
      assert.equal((await bakong.ask('check_transaction_by_md5', { md5: 'x' }, good)).envelope.errorCode, 1)
    }
    const stranger = await bakong.ask('renew_token', { email: 'nobody@sample.example' }, '')
    assert.deepEqual([stranger.status, stranger.envelope.errorCode, stranger.envelope.data], [200, 10, null])
  })

  it('knows accounts on both paths, with and without a token', async () => {
    for (const name of ['check_bakong_account', 'check_account_exist']) {
      for (const [accountId, errorCode] of [
        ['sample_shop@smpl', null],
        ['sample_wallet@smpb', null],
        ['nobody@smpl', 11],
        ['no-account', 12],
        ['two@at@signs', 12],
        [`${'x'.repeat(30)}@smpl`, 12],
      ] as const) {
        for (const token of ['', bakong.token()]) {
          const { status, envelope } = await bakong.ask(name, { accountId }, token)
          assert.deepEqual([status, envelope.errorCode, envelope.data], [200, errorCode, null], accountId)
          assert.equal(envelope.responseCode, errorCode === null ? 0 : 1)
        }
      }
    }
    assert.equal(await bakong.spent(), 0)
  })

  it('makes a new link for every call, and none for what is no KHQR', async () => {
    const qr = sampleCode()
    const sourceInfo = {
      appIconUrl: 'https://shop.example/i.png',
      appName: 'Shop',
      appDeepLinkCallback: 'https://shop.example',
    }
    const links = [
      await bakong.ask('generate_deeplink_by_qr', { qr }, ''),
      await bakong.ask('generate_deeplink_by_qr', { qr, sourceInfo }),
      await bakong.ask('generate_deeplink_by_qr', { qr, sourceInfo: null }),
    ].map(({ envelope }) => String(envelope.data?.['shortLink']))
    for (const link of links) assert.match(link, /^https:\/\/bakong\.example\/[\w-]{16}$/)
    assert.equal(new Set(links).size, 3)
    const bad = await bakong.ask('generate_deeplink_by_qr', { qr: `${qr}0` })
    assert.deepEqual([bad.status, bad.envelope.errorCode], [200, 4])
  })

  it('answers at the root of the host as below its base path', async () => {
    const said = await call('POST', `${bakong.url()}/v1/check_bakong_account`, { accountId: 'sample_shop@smpl' })
    assert.equal(said.json['responseCode'], 0)
  })

  it('has no other path and no other method', async () => {
    assert.equal((await call('POST', `${bakong.url()}/bakong/v1/request_token`, {})).status, 404)
    assert.equal((await call('GET', `${bakong.url()}/bakong/v1/check_transaction_by_md5`)).status, 404)
  })
})
