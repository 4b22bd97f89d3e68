import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Hex } from './crypto.ts'
import { keptBody, longestKeptBody } from './exchange.ts'
import { writeMultipart } from './form.ts'

const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3])

test('a picture is kept as its type, size and digest, whatever the content type says', () => {
  assert.equal(keptBody(png, 'text/html'), `<image/png, 11 bytes, sha256 ${sha256Hex(png)}>`)
  assert.match(keptBody(Buffer.from([0xff, 0xd8, 0xff, 0xe0]), undefined), /^<image\/jpeg, 4 bytes/)
})

test('Base64 is shortened, bare, in a data URI and inside JSON', () => {
  const base64 = Buffer.alloc(600, 7).toString('base64')
  const short = (text: string) => `<base64, ${text.length} characters, sha256 ${sha256Hex(text)}>`
  const uri = `data:image/png;base64,${base64}`
  assert.equal(keptBody(Buffer.from(base64), undefined), short(base64))
  assert.equal(keptBody(Buffer.from(uri), undefined), short(uri))
  assert.equal(
    keptBody(Buffer.from(JSON.stringify({ data: { qrCode: base64 } })), undefined),
    `{"data":{"qrCode":"${short(base64)}"}}`,
  )
})

test('long text is cut to its limit, and bytes that are no text are named', () => {
  assert.equal(keptBody(Buffer.from('<p>é</p>'.repeat(5_000)), 'text/html').length, longestKeptBody)
  assert.match(keptBody(Buffer.from([0xc3, 0x28]), 'text/plain'), /^<2 bytes, sha256/)
  assert.equal(keptBody(Buffer.alloc(0), undefined), '')
})

test('personal data and secrets in a JSON body are masked at every depth', () => {
  const body = {
    list: [{ owner: { fullName: 'Sok Dara', mobile: '012345678', email: 'sok@example.com' } }],
    hash: 'abc',
  }
  assert.equal(
    keptBody(Buffer.from(JSON.stringify(body)), undefined),
    '{"list":[{"owner":{"fullName":"S*** D***","mobile":"***78","email":"s***@***"}}],"hash":"[removed]"}',
  )
})

const openApiAnswer = {
  responseCode: 0,
  responseMessage: 'Getting transaction successfully',
  errorCode: null,
  data: {
    hash: 'a'.repeat(64),
    fromAccountId: 'sample_payer@bank',
    toAccountId: 'sample_shop@bank',
    currency: 'USD',
    amount: 10.5,
    externalRef: '100FT00000001',
    createdDateMs: 1795219200000,
  },
}

test("an open API's transaction is kept to be read: who paid is masked, and everything that proves the payment stays", () => {
  const kept = JSON.parse(keptBody(Buffer.from(JSON.stringify(openApiAnswer)), 'application/json'))
  assert.equal(kept.data.fromAccountId, 's***@bank')
  assert.deepEqual(
    { ...kept, data: { ...kept.data, fromAccountId: 'sample_payer@bank', hash: 'a'.repeat(64) } },
    openApiAnswer,
  )
})

test('in a list of transactions each payer is masked', () => {
  const list = ['data', 'transaction'].map((name) => ({
    md5: '0'.repeat(32),
    status: 'SUCCESS',
    [name]: openApiAnswer.data,
  }))
  const kept = keptBody(Buffer.from(JSON.stringify({ responseCode: 0, data: list })), 'application/json')
  assert.doesNotMatch(kept, /sample_payer/)
  assert.match(kept, /sample_shop@bank/)
  assert.match(kept, new RegExp('0'.repeat(32)))
})

test('a renewed token is not kept, nor the address that it is renewed for', () => {
  const asked = keptBody(Buffer.from('{"email":"owner@shop.example"}'), 'application/json')
  const token = `eyJ${'a'.repeat(20)}.${'b'.repeat(20)}.${'c'.repeat(20)}`
  const answered = keptBody(Buffer.from(JSON.stringify({ responseCode: 0, data: { token } })), 'application/json')
  const elsewhere = keptBody(Buffer.from(JSON.stringify({ responseMessage: `use ${token}` })), 'application/json')
  assert.equal(asked, '{"email":"o***@***"}')
  for (const kept of [answered, elsewhere]) assert.doesNotMatch(kept, /a{20}|b{20}|c{20}/)
})

test('a field that only looks secret is kept where its bank says so, and no other', () => {
  const body = Buffer.from('{"hash":"made-up-id","data":{"hash":"made-up-2","token":"t0ps3cret"}}')
  assert.equal(
    keptBody(body, 'application/json', ['hash']),
    '{"hash":"made-up-id","data":{"hash":"made-up-2","token":"[removed]"}}',
  )
  assert.doesNotMatch(keptBody(body, 'application/json'), /made-up/)
})

test('a form of either kind is kept as its fields, without names, secrets, and what the caller calls secret', () => {
  const fields = [
    ['firstname', 'Dara'],
    ['amount', '10.00'],
    ['return_url', 'aGVsbG8='],
    ['hash', 'abc'],
  ] as const
  const { contentType, body } = writeMultipart(fields, 'sample-boundary')
  const wanted = 'firstname=[removed]&amount=10.00&return_url=[removed]&hash=[removed]'
  assert.equal(keptBody(Buffer.from(body), contentType, [], ['return_url']), wanted)
  const urlencoded = new URLSearchParams(Object.fromEntries(fields)).toString()
  assert.equal(keptBody(Buffer.from(urlencoded), 'application/x-www-form-urlencoded', [], ['return_url']), wanted)
  const json = JSON.stringify({ list: [{ return_url: 'aGVsbG8=' }] })
  assert.equal(keptBody(Buffer.from(json), undefined, [], ['return_url']), '{"list":[{"return_url":"[removed]"}]}')
})
