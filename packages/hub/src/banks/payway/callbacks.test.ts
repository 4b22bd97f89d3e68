import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { createLog } from '../../kit/log.ts'
import { writeMultipart } from '../../kit/form.ts'
import { callbackUrl, createCallbacks } from './callbacks.ts'
import { readPaywaySettings } from './settings.ts'
import { signPayway } from './sign.ts'
import { account, sampleRaw } from './test-parts.ts'

const key = sampleRaw['api-key']
const merchantId = account.accountNumber
const now = new Date()

function callbacksOf(more: object = {}, lines: string[] = []) {
  const settings = readPaywaySettings(
    'ABA',
    { ...sampleRaw, 'base-url': 'http://127.0.0.1:1', ...more },
    { sandbox: true },
  )
  const log = createLog({ level: 'info', pretty: false, destination: { write: (line) => void lines.push(line) } })
  return { settings, ...createCallbacks({ settings, log }) }
}

const usual = { tran_id: '150001-k3f9q2', apv: '123456', status: '0', return_params: '', merchant_ref: null }
const signed = (fields: Readonly<Record<string, unknown>>, by = key) => signPayway('callback', fields, by).hash

function message(body: string | Buffer, header: string | undefined, more: { type?: string; name?: string } = {}) {
  const { type = 'application/json', name = 'x-payway-hmac-sha512' } = more
  return { contentType: type, body: Buffer.from(body), headers: { [name]: header }, receivedAt: now }
}

const json = (fields: Readonly<Record<string, unknown>>, by = key) =>
  message(JSON.stringify(fields), signed(fields, by))

test('a genuine callback is valid and names its code', () => {
  const reading = callbacksOf().read(json(usual), merchantId)
  const { authenticity, isReplayed, reference } = reading
  assert.deepEqual([authenticity, isReplayed, reference], ['valid', false, '150001-k3f9q2'])
  assert.match(reading.fingerprint ?? '', /^[0-9a-f]{64}$/)
})

test('JSON, forms, and a form with JSON in its field "response" are read, whatever the content type says', () => {
  const { read } = callbacksOf()
  const flat = { tran_id: 'T-1', status: '0', apv: '1' }
  const inner = JSON.stringify(flat)
  const multipart = writeMultipart(Object.entries(flat), 'sample-boundary')
  const rows = [
    message(inner, signed(flat), { type: 'text/plain' }),
    message(new URLSearchParams(flat).toString(), signed(flat), { type: 'application/x-www-form-urlencoded' }),
    message(new URLSearchParams(flat).toString(), signed(flat), { type: 'application/json' }),
    message(new URLSearchParams({ response: inner }).toString(), signed(flat)),
    message(new URLSearchParams({ response: inner }).toString(), signed({ response: inner })),
    message(multipart.body, signed(flat), { type: multipart.contentType }),
  ]
  for (const one of rows) {
    const { authenticity, reference } = read(one, merchantId)
    assert.deepEqual([authenticity, reference], ['valid', 'T-1'], one.body.toString())
  }
})

test('one message is one in any order of its fields, and another one is another', () => {
  const { read } = callbacksOf()
  const print = (fields: Readonly<Record<string, unknown>>) => read(json(fields), merchantId).fingerprint
  const reordered = Object.fromEntries(Object.entries(usual).toReversed())
  assert.equal(print(reordered), print(usual))
  assert.notEqual(print({ ...usual, apv: '123457' }), print(usual))
  assert.equal(print({ ...usual, webhook_id: 'w-1' }), print({ ...usual, webhook_id: 'w-1', apv: '9' }))
  assert.notEqual(print({ ...usual, webhook_id: 'w-1' }), print({ ...usual, webhook_id: 'w-2' }))
})

test('forged, truncated, changed, or signed with another merchant’s key: invalid, and the code it names is read', () => {
  const { read } = callbacksOf()
  const text = JSON.stringify(usual)
  const rows = [
    message(text, signed({ ...usual, apv: '1' })),
    message(text, signed(usual, 'another-key')),
    message(text, signed(usual).slice(0, -4)),
    message(text, signed(usual).toLowerCase()),
    message(text, 'x'),
    message(JSON.stringify({ ...usual, tran_id: '150001-k3f9q2', extra: 'x' }), signed(usual)),
  ]
  for (const one of rows) {
    const { authenticity, reference, fingerprint } = read(one, merchantId)
    assert.deepEqual([authenticity, reference, fingerprint], ['invalid', '150001-k3f9q2', undefined])
  }
  const cut = read(message(text.slice(0, -9), signed(usual)), merchantId)
  assert.deepEqual([cut.authenticity, cut.reference], ['invalid', undefined])
})

test('either live key proves a callback; those of another merchant id prove none', () => {
  const other = {
    'merchant-id': 'other',
    'api-key': 'example-key-3',
    'payee-account': 'other@abaa',
    'callback-account': 'another-part-of-a-path',
  }
  const { read } = callbacksOf({ 'api-key-next': 'example-key-2', accounts: [other] })
  assert.equal(read(json(usual, 'example-key-2'), merchantId).authenticity, 'valid')
  assert.equal(read(json(usual, 'example-key-3'), merchantId).authenticity, 'invalid')
  assert.equal(read(json(usual, 'example-key-3'), 'other').authenticity, 'valid')
  assert.equal(read(json(usual), 'nobody').authenticity, 'invalid')
})

test('a callback without a signature is absent, not invalid, and names its code', () => {
  const { read } = callbacksOf()
  for (const header of [undefined, '', '  ']) {
    const { authenticity, reference } = read(message(JSON.stringify(usual), header), merchantId)
    assert.deepEqual([authenticity, reference], ['absent', '150001-k3f9q2'])
  }
})

test('the right signature is never said, nor logged', () => {
  const lines: string[] = []
  const { read } = callbacksOf({}, lines)
  const { sentence } = read(message(JSON.stringify(usual), 'wrong'), merchantId)
  assert.equal(lines.length, 1)
  assert.ok(![sentence, ...lines].join('\n').includes(signed(usual).slice(0, 20)))
})

test('every callback is logged as it is read, unless the settings say otherwise', () => {
  const lines: string[] = []
  callbacksOf({}, lines).read(json(usual), merchantId)
  assert.equal((JSON.parse(lines[0] ?? '{}') as { event?: string }).event, 'callback.read')
  callbacksOf({ 'log-all-events': false }, lines).read(json(usual), merchantId)
  assert.equal(lines.length, 1)
})

const rawHeader = (body: string, by = key) => createHmac('sha512', by).update(body).digest('base64')
const raw = (fields: object, header?: string) => {
  const body = JSON.stringify(fields)
  return message(body, header ?? rawHeader(body), { name: 'x-payway-signature' })
}

test('the profile raw-body takes the signature of the bytes as they came, in its own header, and no other', () => {
  const { read } = callbacksOf({ 'callback-profile': 'raw-body' })
  const body = { webhook_id: 'w-1', tran_id: 'T-1', status: 'success', req_time: String(now.getTime()) }
  const { authenticity, isReplayed, reference } = read(raw(body), merchantId)
  assert.deepEqual([authenticity, isReplayed, reference], ['valid', false, 'T-1'])
  assert.equal(read(raw(body, signed(body)), merchantId).authenticity, 'invalid')
  assert.equal(read(json(body), merchantId).authenticity, 'absent')
  const spaced = message(` ${JSON.stringify(body)}`, rawHeader(JSON.stringify(body)), { name: 'x-payway-signature' })
  assert.equal(read(spaced, merchantId).authenticity, 'invalid')
  assert.equal(callbacksOf().read(raw(body), merchantId).authenticity, 'absent')
})

test('in the profile raw-body a time outside of the window is replayed, and none is not', () => {
  const { read } = callbacksOf({ 'callback-profile': 'raw-body', 'replay-window-minutes': 5 })
  const at = (minutes: number) => now.getTime() + minutes * 60_000
  const utc = (ms: number) => new Date(ms).toISOString().replace(/\D/g, '').slice(0, 14)
  for (const [time, isReplayed] of [
    [at(-4), false],
    [String(at(-4)), false],
    [Math.floor(at(-4) / 1_000), false],
    [utc(at(-4)), false],
    [at(4), false],
    [undefined, false],
    [at(-6), true],
    [at(6), true],
    [Math.floor(at(-6) / 1_000), true],
    [utc(at(-6)), true],
    ['yesterday', true],
    [0, true],
  ] as const) {
    const reading = read(raw({ tran_id: 'T-1', req_time: time }), merchantId)
    assert.deepEqual([reading.authenticity, reading.isReplayed], ['valid', isReplayed], String(time))
  }
})

test('a repeated message is 200 for PayWay, and 409 where the documents of the profile promise it', () => {
  const words = { success: true, message: 'Webhook processed successfully' }
  for (const [profile, repeated] of [
    ['default', 200],
    ['raw-body', 409],
  ] as const) {
    const { answer } = callbacksOf({ 'callback-profile': profile })
    assert.deepEqual([answer('taken').status, JSON.parse(answer('taken').body)], [200, words])
    assert.deepEqual([answer('repeated').status, answer('refused').status], [repeated, 403])
  }
})

test('the path names the merchant id by its part; without one only where there is one merchant id', () => {
  const other = {
    'merchant-id': 'other',
    'api-key': 'example-key-3',
    'payee-account': 'other@abaa',
    'callback-account': 'another-part-of-a-path',
  }
  const one = callbacksOf()
  assert.equal(one.accountOf(sampleRaw['callback-account']), merchantId)
  assert.equal(one.accountOf(undefined), merchantId)
  for (const part of ['', 'x', sampleRaw['callback-account'].toUpperCase()])
    assert.equal(one.accountOf(part), undefined)
  const two = callbacksOf({ accounts: [other] })
  assert.equal(two.accountOf('another-part-of-a-path'), 'other')
  assert.equal(two.accountOf(undefined), undefined)
  const { 'callback-account': _, ...nameless } = other
  assert.equal(callbacksOf({ accounts: [nameless] }).accountOf(''), undefined)
})

test('PayWay is told the path of the merchant id, on our origin', () => {
  const { settings, path } = callbacksOf()
  assert.equal(callbackUrl(settings, merchantId), `http://127.0.0.1:8080${path}/made-up-part-of-a-path`)
  assert.equal(callbackUrl({ ...settings, callbackOrigin: undefined }, merchantId), undefined)
})

test('the signature of a request of ours, which a page shows to whoever pays, passes for no callback', () => {
  const shown = {
    req_time: '20260107050000',
    merchant_id: merchantId,
    tran_id: 'T-9',
    amount: '1.00',
    email: '&tran_id=T-1&',
  }
  const { hashInput, hash } = signPayway('purchase', shown, key)
  const [before = '', after = ''] = hashInput.split('T-1')
  const cutAnew = { a: before, tran_id: 'T-1', z: after }
  assert.equal(signed(cutAnew), hash)
  const reading = callbacksOf().read(json(cutAnew), merchantId)
  assert.deepEqual([reading.authenticity, reading.fingerprint], ['invalid', undefined])
  const asItIs = message(hashInput, hash, { name: 'x-payway-signature', type: 'application/x-www-form-urlencoded' })
  assert.equal(callbacksOf({ 'callback-profile': 'raw-body' }).read(asItIs, merchantId).authenticity, 'invalid')
  const ofLink = { merchant_id: merchantId, request_time: '20260107050000', ctid: 'c-1', request_id: 'T-1' }
  const link = signPayway('cof-link-card', ofLink, key)
  const whole = { a: link.hashInput, tran_id: '' }
  assert.equal(signed(whole), link.hash)
  assert.equal(callbacksOf().read(json(whole), merchantId).authenticity, 'invalid')
})

test('whatever bytes come, nothing is thrown and nothing is valid', () => {
  const { read } = callbacksOf()
  const junk = [
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '1e999',
    '<html>',
    '{"a":'.repeat(5_000),
    '{"__proto__":{}}',
    '\u0000',
    '=',
    '%',
  ]
  for (const body of [
    ...junk.map((text) => Buffer.from(text)),
    Buffer.from([0xff, 0xfe, 0x7b]),
    Buffer.alloc(65_536),
  ]) {
    for (const type of ['application/json', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded']) {
      const reading = read(message(body, 'c2lnbmF0dXJl', { type }), merchantId)
      assert.deepEqual([reading.authenticity, reading.reference], ['invalid', undefined])
    }
  }
})

test('a name that is too long, or is none, is no reference', () => {
  const { read } = callbacksOf()
  for (const name of ['', ' ', 'x'.repeat(65), 'a\u0000b', 'ក', '\ud800', null, {}, [], true]) {
    assert.equal(read(json({ ...usual, tran_id: name }), merchantId).reference, undefined)
  }
  assert.equal(read(json({ tran_id: undefined, transaction_id: 177 }), merchantId).reference, '177')
})
