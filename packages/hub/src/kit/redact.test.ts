import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { ExactNumber } from './json.ts'
import { createLog } from './log.ts'
import { maskEmail, maskName, maskPhone } from './mask.ts'
import { redact, redactText } from './redact.ts'

const secretNames = [
  'password',
  'secret-key',
  'secretKey',
  'SECRET_KEY',
  'apiKey',
  'api_key',
  'hash',
  'bodyHash',
  'signature',
  'x-signature',
  'access_token',
  'token',
  'authorization',
  'Authorization',
  'cookie',
  'set-cookie',
  'client_secret',
  'private-key',
  'cardNumber',
  'card_number',
  'card',
  'pan',
  'cvv',
  'pin',
  'otp',
  'merchant_auth',
  'auth',
  'masterKey',
  'keys',
]

function logLines() {
  let text = ''
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  return { destination, read: () => text }
}

for (const name of secretNames) {
  test(`a field named ${name} is removed at every depth`, () => {
    const { destination, read } = logLines()
    const log = createLog({ level: 'debug', pretty: false, destination })
    log.info({ [name]: 'topvalue' }, 'one')
    log.info({ a: { b: [{ c: { d: { [name]: 'deepvalue' } } }] } }, 'two')
    log.info({ list: [[{ [name]: ['listvalue'] }], new Map([[name, 'mapvalue']])] }, 'three')
    log
      .child({ x: { [name]: 'childvalue' } })
      .child({ [name]: 'grandchildvalue' })
      .warn({ [name]: 12345 }, 'four')
    log.error(new Error('broken', { cause: Object.assign(new Error('lower'), { context: { [name]: 'causevalue' } }) }))
    assert.doesNotMatch(read(), /topvalue|deepvalue|listvalue|mapvalue|childvalue|causevalue|12345/)
    assert.equal(read().trim().split('\n').length, 5)
  })
}

test('names, phones and e-mails are masked at every depth', () => {
  const customer = { first_name: 'Dara', lastName: 'Sok', phone: '012 345 678', email: 'dara@example.com' }
  assert.deepEqual(
    JSON.parse(JSON.stringify(redact({ order: { customer, payer: 'Sok Dara', owner: { fullName: 'Chan Thy' } } }))),
    {
      order: {
        customer: { first_name: 'D***', lastName: 'S***', phone: '***78', email: 'd***@***' },
        payer: 'S*** D***',
        owner: { fullName: 'C*** T***' },
      },
    },
  )
})

test("a payer's account is masked under each of its names, and keeps its bank; ours stays", () => {
  const masked = {
    fromAccountId: 's***@bank',
    sender_account: '***99',
    payerBankAccount: 's***@bank',
    fromAccountName: 'S***',
  }
  const given = {
    fromAccountId: 'sok@bank',
    sender_account: '000123499',
    payerBankAccount: 'sok@bank',
    fromAccountName: 'Sok',
  }
  assert.deepEqual(redact(given), masked)
  assert.deepEqual(redact({ toAccountId: 'shop@bank', fromDate: '2026' }), {
    toAccountId: 'shop@bank',
    fromDate: '2026',
  })
})

test('what is neither secret nor personal stays readable', () => {
  const event = {
    event: 'bank.call',
    target: 'AMK',
    amount: new ExactNumber('150.00'),
    merchantName: 'Example Shop',
    token_type: 'Bearer',
    hasToken: true,
  }
  assert.deepEqual({ ...(redact(event) as object) }, { ...event, amount: '150.00' })
})

test('bearer tokens, JWTs and credentials in addresses are taken out of free text', () => {
  assert.equal(
    redactText('got Bearer abc.def-ghi_123 from http://user:pw@10.0.0.1/x'),
    'got Bearer [removed] from http://[removed]@10.0.0.1/x',
  )
  assert.equal(redactText('token eyJhbGciOi.eyJzdWIiOiJ.c2ln and on'), 'token [removed] and on')
})

test('circles, depth, bytes, big integers and odd dates are written, not thrown at', () => {
  const circle: Record<string, unknown> = { big: 10n, bytes: Buffer.from('secret bytes'), when: new Date(Number.NaN) }
  circle['self'] = circle
  let deep: unknown = 'bottom'
  for (let i = 0; i < 50; i += 1) deep = { deep }
  const text = JSON.stringify(redact({ circle, deep, same: [circle['big'], circle['big']] }))
  assert.match(text, /"self":"<circular>"/)
  assert.match(text, /<deeper>/)
  assert.match(text, /<12 bytes>/)
  assert.doesNotMatch(text, /bottom/)
})

test('a log line is one JSON object with level, time, event and sentence', () => {
  const { destination, read } = logLines()
  const log = createLog({ level: 'info', pretty: false, destination })
  log.child({ correlationId: 'c-1' }).info({ event: 'bank.call' }, 'AMK answered 200')
  log.debug('not shown')
  const { time, ...line } = JSON.parse(read()) as Record<string, unknown>
  assert.match(String(time), /^\d{4}-\d\d-\d\dT/)
  assert.deepEqual(line, { level: 'info', correlationId: 'c-1', event: 'bank.call', msg: 'AMK answered 200' })
})

test('the pretty form is redacted too', () => {
  const { destination, read } = logLines()
  createLog({ level: 'info', pretty: true, destination }).info({ deep: { password: 'hidden1' }, shown: 'yes' }, 'hello')
  assert.match(read(), /hello/)
  assert.match(read(), /yes/)
  assert.doesNotMatch(read(), /hidden1/)
})

test('masks keep one letter a word, in Khmer a whole cluster, and never the rest', () => {
  assert.equal(maskName('Sok Dara'), 'S*** D***')
  assert.equal(maskName('សុខ ដារ៉ា'), 'សុ*** ដា***')
  assert.equal(maskName('ស្រី'), 'ស្រី***')
  assert.equal(maskName('  '), '')
  assert.equal(maskPhone('+855 12 345 678'), '***78')
  assert.equal(maskPhone('123'), '***')
  assert.equal(maskEmail('dara@example.com'), 'd***@***')
  assert.equal(maskEmail('nonsense'), '***')
})
