import assert from 'node:assert/strict'
import { constants, createHmac, publicEncrypt } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { startPayway, type TestPayway } from './test-payway.ts'
import { newTranId, rsaPublicKey, samplePayway } from './test-payway-requests.ts'

// Clients as strangers write them, each from the documents alone, against the root of the host, as they know no base path.

type Json = Record<string, unknown>
const { merchantId, apiKey } = samplePayway
const codeOf = (json: Json): string => String((json['status'] as Json | undefined)?.['code'])

/** As the PHP samples of PayWay's pages: every field is named in the order of `$b4hash`, and sent as multipart form data. */
function phpClient(url: () => string) {
  const hash = (b4hash: string): string => createHmac('sha512', apiKey).update(b4hash, 'utf8').digest('base64')
  const gmdate = (): string => new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const curl = async (path: string, post: Record<string, string>): Promise<Response> => {
    const form = new FormData()
    for (const [name, value] of Object.entries(post)) form.append(name, value)
    return fetch(url() + path, { method: 'POST', body: form })
  }
  const payments = '/api/payment-gateway/v1/payments/'
  const json = async (path: string, post: Record<string, string>): Promise<Json> =>
    (await (await curl(path, post)).json()) as Json
  return {
    async purchase(o: Record<'tran_id' | 'amount' | 'firstname' | 'lastname' | 'currency', string>): Promise<Json> {
      const req_time = gmdate()
      const items = Buffer.from('[{"name":"Book","quantity":1,"price":12.5}]').toString('base64')
      const [type, payment_option, lifetime] = ['purchase', 'abapay_khqr_deeplink', '30']
      const return_url = Buffer.from('https://shop.example/callback').toString('base64')
      const b4hash =
        req_time +
        merchantId +
        o.tran_id +
        o.amount +
        items +
        o.firstname +
        o.lastname +
        type +
        payment_option +
        return_url +
        o.currency +
        lifetime
      const fields = { req_time, merchant_id: merchantId, items, type, payment_option, return_url, lifetime, ...o }
      return json(`${payments}purchase`, { ...fields, hash: hash(b4hash) })
    },
    async check(tran_id: string): Promise<Json> {
      const req_time = gmdate()
      const fields = { req_time, merchant_id: merchantId, tran_id, hash: hash(req_time + merchantId + tran_id) }
      return json(`${payments}check-transaction-2`, fields)
    },
    /** The sample joins with `+`, which PHP takes for a sum of numbers. */
    async listByTheSampleItself(from_date: string, to_date: string): Promise<Json> {
      const req_time = gmdate()
      const b4hash = String(Number(req_time) + Number.parseInt(from_date, 10) + Number.parseInt(to_date, 10))
      return json(`${payments}transaction-list-2`, {
        req_time,
        merchant_id: merchantId,
        from_date,
        to_date,
        hash: hash(b4hash),
      })
    },
    async refund(tran_id: string, amount: string): Promise<Json> {
      const request_time = gmdate()
      const merchant_auth = phpMerchantAuth({ mc_id: merchantId, tran_id, refund_amount: amount })
      const answer = await fetch(`${url()}/api/merchant-portal/merchant-access/online-transaction/refund`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          request_time,
          merchant_id: merchantId,
          merchant_auth,
          hash: hash(request_time + merchantId + merchant_auth),
        }),
      })
      return (await answer.json()) as Json
    },
  }
}

/** As the PHP sample cuts and encrypts it. */
function phpMerchantAuth(value: Json): string {
  let data = JSON.stringify(value)
  let output = Buffer.alloc(0)
  while (data !== '') {
    const key = { key: rsaPublicKey, padding: constants.RSA_PKCS1_PADDING }
    output = Buffer.concat([output, publicEncrypt(key, Buffer.from(data.slice(0, 117)))])
    data = data.slice(117)
  }
  return output.toString('base64')
}

/** As a public TypeScript client does it: lists of values are joined and signed, what is empty is left out, JSON is sent. */
class TypedClient {
  readonly #url: () => string
  /** Whether it hashes `view_type` and `payment_gate`, as an early version of it did. */
  readonly #isEarly: boolean

  constructor(url: () => string, isEarly = false) {
    this.#url = url
    this.#isEarly = isEarly
  }

  async checkout(o: { transactionId: string; amount: number; viewType?: string; paymentGate?: number }): Promise<Json> {
    const [reqTime, amount] = [this.#time(), o.amount.toFixed(2)]
    const early = this.#isEarly ? [o.viewType ?? '', String(o.paymentGate ?? '')] : []
    const head = [
      reqTime,
      merchantId,
      o.transactionId,
      amount,
      '',
      '',
      '',
      '',
      '',
      '',
      'purchase',
      'abapay_khqr_deeplink',
    ]
    const hash = this.#hash([...head, '', '', '', '', 'USD', '', '', ...early, '', '15', '', '', ''])
    const form = new URLSearchParams({
      hash,
      tran_id: o.transactionId,
      amount,
      currency: 'USD',
      type: 'purchase',
      payment_option: 'abapay_khqr_deeplink',
      lifetime: '15',
      merchant_id: merchantId,
      req_time: reqTime,
      view_type: o.viewType ?? '',
      payment_gate: String(o.paymentGate ?? ''),
      firstname: '',
      return_url: '',
    })
    const answer = await fetch(`${this.#url()}/api/payment-gateway/v1/payments/purchase`, {
      method: 'POST',
      body: form,
    })
    return (await answer.json()) as Json
  }

  /** It signs the amount with two decimals and sends it as a number, whose own text may be shorter. */
  async generateQr(o: { transactionId: string; amount: number }): Promise<Json> {
    const reqTime = this.#time()
    const values = [reqTime, merchantId, o.transactionId, o.amount.toFixed(2), '', '', '', '', '', '', 'abapay_khqr']
    const hash = this.#hash([...values, '', '', 'USD', '', '', '', '15', 'template1'])
    return this.#post('/payments/generate-qr', {
      hash,
      req_time: reqTime,
      merchant_id: merchantId,
      tran_id: o.transactionId,
      amount: o.amount,
      currency: 'USD',
      payment_option: 'abapay_khqr',
      lifetime: 15,
      qr_image_template: 'template1',
    })
  }

  async details(transactionId: string): Promise<Json> {
    const reqTime = this.#time()
    const hash = this.#hash([reqTime, merchantId, transactionId])
    const params = { hash, tran_id: transactionId, req_time: reqTime, merchant_id: merchantId }
    return this.#post('/payments/transaction-detail', params)
  }

  /** In the order of its parameters' table, which is not that of the hash. */
  async checkInTheOrderOfTheTable(transactionId: string): Promise<Json> {
    const reqTime = this.#time()
    const hash = this.#hash([merchantId, transactionId, reqTime])
    const params = { hash, tran_id: transactionId, req_time: reqTime, merchant_id: merchantId }
    return this.#post('/payments/check-transaction-2', params)
  }

  async exchangeRate(): Promise<Json> {
    const reqTime = this.#time()
    const hash = this.#hash([reqTime, merchantId])
    return this.#post('/exchange-rate', { hash, req_time: reqTime, merchant_id: merchantId })
  }

  #time(): string {
    return new Date().toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')
  }

  #hash(values: readonly string[]): string {
    return createHmac('sha512', apiKey).update(values.join('')).digest('base64')
  }

  async #post(endpoint: string, params: Json): Promise<Json> {
    const answer = await fetch(`${this.#url()}/api/payment-gateway/v1${endpoint}`, {
      method: 'POST',
      body: JSON.stringify(params),
      headers: { 'Content-Type': 'application/json' },
    })
    return (await answer.json()) as Json
  }
}

describe("a stranger's client at the played PayWay", () => {
  let payway: TestPayway
  before(async () => {
    payway = await startPayway()
  })
  after(() => payway.close())

  it('written from the PHP samples sells, asks and refunds', async () => {
    const php = phpClient(payway.url)
    const tran_id = newTranId()
    const order = { tran_id, amount: '12.50', firstname: 'ដារ៉ា', lastname: 'Sok', currency: 'USD' }
    const sold = await php.purchase(order)
    assert.equal(codeOf(sold), '00')
    await payway.control('pay', { bank: 'ABA', qr: sold['qr_string'], webhook: 'drop' })
    assert.equal(((await php.check(tran_id))['data'] as Json)['payment_status'], 'APPROVED')
    assert.equal((await php.refund(tran_id, '2.50'))['total_refunded'], 2.5)
    assert.equal(((await php.check(tran_id))['data'] as Json)['refund_amount'], 2.5)
  })

  it('that takes the sample of the list at its word is told that its hash is wrong', async () => {
    const said = await phpClient(payway.url).listByTheSampleItself('2026-01-13 00:00:00', '2026-01-15 23:59:59')
    assert.deepEqual([codeOf(said), (said['status'] as Json)['message']], ['1', 'Wrong Hash.'])
  })

  it('written in TypeScript opens a checkout, makes codes and reads', async () => {
    const client = new TypedClient(payway.url)
    const transactionId = newTranId()
    const hosted = await client.checkout({ transactionId, amount: 9.99, viewType: 'hosted_view', paymentGate: 0 })
    assert.match(String(hosted['checkout_qr_url']), /^http:/)
    const { transactions } = await payway.pay(transactionId)
    const detail = (await client.details(transactionId))['data'] as Json
    assert.deepEqual([detail['payment_status'], detail['apv']], ['APPROVED', (transactions as Json[])[0]?.['apv']])
    assert.equal(codeOf(await client.generateQr({ transactionId: newTranId(), amount: 0.01 })), '0')
    assert.equal(codeOf(await client.exchangeRate()), '00')
  })

  it('that hashes what is not hashed, in another order, or another text than it sends is told so', async () => {
    const early = new TypedClient(payway.url, true)
    const order = { transactionId: newTranId(), amount: 9.99 }
    assert.equal(codeOf(await early.checkout({ ...order, viewType: 'hosted_view', paymentGate: 0 })), '1')
    assert.equal(codeOf(await early.checkout(order)), '00')
    assert.equal(codeOf(await early.checkInTheOrderOfTheTable(order.transactionId)), '1')
    assert.equal(codeOf(await early.generateQr({ transactionId: newTranId(), amount: 1.5 })), '1')
  })
})
