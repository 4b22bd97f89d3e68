import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { after, before, describe, it } from 'node:test'
import { sampleCode, startBakong, type TestBakong } from './test-bakong-client.ts'
import { sampleBakong } from './test-process.ts'

const md5Of = (qr: string): string => createHash('md5').update(qr).digest('hex')

type SdkResult = {
  readonly status: { readonly code: number; readonly errorCode: number | null; readonly message: string | null }
  readonly data: Record<string, unknown> | null
}
/** What we use of NBC's own JavaScript SDK, which has no types. */
type OfficialSdk = {
  readonly BakongKHQR: (new () => { generateIndividual(info: unknown): SdkResult }) & {
    generateDeepLink(url: string, qr: string, source?: unknown): Promise<SdkResult>
    checkBakongAccount(url: string, accountId: string): Promise<SdkResult>
  }
  readonly IndividualInfo: new (account: string, name: string, city: string, more: object) => unknown
  readonly SourceInfo: new (icon: string, name: string, callback: string) => unknown
}

// The codec's package compares itself with this SDK, so it is here as it is published.
const fromCodec = createRequire(new URL('../../../../khqr/package.json', import.meta.url))
const { BakongKHQR, IndividualInfo, SourceInfo } = fromCodec('bakong-khqr') as OfficialSdk

describe('public clients of Bakong, against the simulator', () => {
  let bakong: TestBakong
  before(async () => {
    bakong = await startBakong()
  })
  after(() => bakong.close())

  describe("NBC's own SDK, bakong-khqr 1.0.20", () => {
    const account = (accountId: string, path = 'check_account_exist') =>
      BakongKHQR.checkBakongAccount(`${bakong.url()}/v1/${path}`, accountId)
    const deeplink = (qr: string, source?: unknown) =>
      BakongKHQR.generateDeepLink(`${bakong.url()}/v1/generate_deeplink_by_qr`, qr, source)
    function code(): { qr: string; md5: string } {
      const more = { currency: 840, amount: 2.5, billNumber: 'SDK-1', expirationTimestamp: Date.now() + 600_000 }
      const info = new IndividualInfo('sample_shop@smpl', 'Sample Shop', 'Phnom Penh', more)
      return new BakongKHQR().generateIndividual(info).data as { qr: string; md5: string }
    }

    it('finds the account that exists, and none that does not', async () => {
      for (const path of ['check_account_exist', 'check_bakong_account']) {
        assert.deepEqual((await account('sample_shop@smpl', path)).data, { bakongAccountExisted: true })
        assert.deepEqual((await account('nobody@smpl', path)).data, { bakongAccountExisted: false })
      }
      // Told code 12, the SDK means to say 3, catches that itself, and says that it cannot connect.
      assert.equal((await account(' @smpl')).status.errorCode, 13)
    })

    it('is given a link for a code that it wrote', async () => {
      const source = new SourceInfo('https://shop.example/icon.png', 'Shop', 'https://shop.example/paid')
      for (const { status, data } of [await deeplink(code().qr), await deeplink(code().qr, source)]) {
        assert.deepEqual([status.code, status.errorCode], [0, null])
        assert.match(String(data?.['shortLink']), /^https:\/\//)
      }
    })

    it('writes codes that can be paid, and are found by the MD5 that it counts', async () => {
      const { qr, md5 } = code()
      assert.equal((await bakong.pay(qr)).md5, md5)
      const { envelope } = await bakong.ask('check_transaction_by_md5', { md5 })
      assert.deepEqual([envelope.data?.['amount'], envelope.data?.['currency']], [2.5, 'USD'])
      assert.equal((await bakong.journal()).find((one) => one.md5 === md5)?.reference, 'SDK-1')
    })

    it('tells from a page of 403 that it cannot connect', async () => {
      await bakong.fault('*', 'abroad')
      assert.equal((await account('sample_shop@smpl')).status.errorCode, 13)
      await bakong.clear()
    })
  })

  /** As the clients send it: their path under a base address, their headers, their body. */
  async function post(name: string, body: unknown, headers: Record<string, string>) {
    const answer = await fetch(new URL(`/v1/${name}`, bakong.url()), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    return { status: answer.status, json: (await answer.json()) as Json }
  }
  type Json = {
    responseCode: number
    errorCode: number | null
    data: Record<string, unknown> & { status: string; md5: string }[]
  }

  it("Python's bakong-khqr: one MD5, a bare list of them, and a link, all with a Bearer", async () => {
    const headers = { Authorization: `Bearer ${bakong.token()}`, 'User-Agent': 'bakong-khqr/0.6 (Python)' }
    const [paid, open] = [sampleCode(), sampleCode()]
    await bakong.pay(paid)
    const one = await post('check_transaction_by_md5', { md5: md5Of(paid) }, headers)
    assert.equal(one.json.responseCode, 0)
    const many = await post('check_transaction_by_md5_list', [md5Of(paid), md5Of(open)], headers)
    assert.deepEqual(
      many.json.data.filter((item) => item.status === 'SUCCESS').map((item) => item.md5),
      [md5Of(paid)],
    )
    const sourceInfo = {
      appIconUrl: 'https://a.example/i.svg',
      appName: 'MyAppName',
      appDeepLinkCallback: 'https://a.example',
    }
    const link = await post('generate_deeplink_by_qr', { qr: open, sourceInfo }, headers)
    assert.equal(typeof link.json.data['shortLink'], 'string')
    const bad = await post('check_transaction_by_md5', { md5: md5Of(paid) }, { Authorization: 'Bearer wrong' })
    assert.deepEqual([bad.status, bad.json.responseCode, bad.json.errorCode], [401, 1, 6])
  })

  it("PHP's bakong-khqr-php: every look-up, with a number for the amount, and a renewal without a token", async () => {
    const renewed = await post('renew_token', { email: sampleBakong.email }, {})
    const headers = { Authorization: `Bearer ${String(renewed.json.data['token'])}` }
    const { hashes, externalRefs } = await bakong.pay(sampleCode({ amount: '1.00' }), { instructionRef: '00001234' })
    const [hash = '', externalRef = ''] = [hashes[0], externalRefs[0]]
    for (const [name, body] of [
      ['check_transaction_by_hash', { hash }],
      ['check_transaction_by_short_hash', { hash: hash.slice(0, 8), amount: 1, currency: 'USD' }],
      // Some clients send the amount as a text.
      ['check_transaction_by_short_hash', { hash: hash.slice(0, 8), amount: '1.00', currency: 'USD' }],
      ['check_transaction_by_instruction_ref', { instructionRef: '00001234' }],
      ['check_transaction_by_external_ref', { externalRef }],
    ] as const) {
      assert.equal((await post(name, body, headers)).json.data['hash'], hash, name)
    }
    const unknown = ['0dbe08d3829a8b6b59844e51aa38a4e2', '7b0e5c36486d7155eb3ee94997fe9bfb']
    for (const name of ['check_transaction_by_md5_list', 'check_transaction_by_hash_list']) {
      const { json } = await post(name, unknown, headers)
      assert.deepEqual(
        json.data.map((item) => item.status),
        ['NOT_FOUND', 'NOT_FOUND'],
      )
    }
    assert.deepEqual((await post('check_bakong_account', { accountId: 'sample_shop@smpl' }, {})).json.responseCode, 0)
  })

  it("Manethpak's khqr-sdk: answered where it is right; where its bodies are wrong, told that fields are missing", async () => {
    const headers = { authorization: `Bearer ${bakong.token()}` }
    const qr = sampleCode()
    const { hashes } = await bakong.pay(qr)
    assert.equal((await post('check_transaction_by_md5', { md5: md5Of(qr) }, headers)).json.data['hash'], hashes[0])
    assert.equal((await post('generate_deeplink_by_qr', { qr }, headers)).json.responseCode, 0)
    for (const [name, body] of [
      ['check_transaction_by_short_hash', { shortHash: hashes[0]?.slice(0, 8) }],
      ['check_transaction_by_md5_list', { md5List: [md5Of(qr)] }],
      ['check_transaction_by_hash_list', { hashList: hashes }],
      ['check_bakong_account', { bakongAccountID: 'sample_shop@smpl' }],
    ] as const) {
      const { status, json } = await post(name, body, headers)
      assert.deepEqual([status, json.responseCode, json.errorCode, json.data], [200, 1, 5, null], name)
    }
  })

  it('khqr-rs: a rejected token is renewed once by the address, and the call is repeated', async () => {
    await bakong.fault('*', 'expired-token')
    const qr = sampleCode()
    await bakong.pay(qr)
    const ask = (token: string) =>
      post('check_transaction_by_md5', { md5: md5Of(qr) }, { authorization: `Bearer ${token}` })
    assert.equal((await ask(bakong.token())).status, 401)
    const renewed = await post('renew_token', { email: sampleBakong.email }, {})
    const { json } = await ask(String(renewed.json.data['token']))
    const { amount, createdDateMs, acknowledgedDateMs } = json.data
    assert.deepEqual(
      [typeof amount, Number.isInteger(createdDateMs), Number.isInteger(acknowledgedDateMs)],
      ['number', true, true],
    )
    await bakong.clear()
  })
})
