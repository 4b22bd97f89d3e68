import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startMailServer } from '../../test/support/mail-server.ts'
import { hmacSha256 } from '../kit/crypto.ts'
import { systemClock } from '../kit/clock.ts'
import { createHttpClient } from '../kit/http-client.ts'
import { createLog } from '../kit/log.ts'
import { createMetrics } from '../kit/metrics.ts'
import { answerJson, startLocalServer } from '../kit/test-local-server.ts'
import { Trouble } from '../kit/trouble.ts'
import type { Channel, CustomerMessage } from './messenger.ts'
import { createMessengers } from './registry.ts'

const answer = { status: 200, body: { ok: true } as object | string }
const server = await startLocalServer((_request, response) => answerJson(response, answer.status, answer.body))
const mail = await startMailServer({ after })
const http = createHttpClient(systemClock)
after(async () => {
  await http.close()
  await server.close()
})
const key = Buffer.alloc(32, 5)
const tools = {
  http,
  clock: systemClock,
  metrics: createMetrics(),
  log: createLog({ level: 'silent', pretty: false }),
  sandbox: true,
}
const messengers = createMessengers(
  {
    smtp: { url: mail.url, from: 'receipts@hub.example' },
    telegram: { url: server.url, token: '1:made-up', chat: '@sample_counter' },
    webhook: { url: `${server.url}/hook`, secret: `whsec_${key.toString('base64')}` },
  },
  tools,
)
const payer = { name: 'Sok Sample', email: 'sok@sample.test', phone: '012 345 678' }
const message: CustomerMessage = {
  id: 'msg_sample',
  receiptNumber: 'R-000001',
  receiptUrl: 'https://pay.example/receipt/R-000001/x',
  paymentNumber: 150_001,
  payable: { kind: 'premium', number: 'P123456789' },
  amount: '150.00',
  currency: 'USD',
  paidAt: '2026-01-07T05:01:00.000Z',
  subject: { en: 'We received USD 150.00', km: 'យើងបានទទួលប្រាក់' },
  text: { en: 'Thank you.', km: 'សូមអរគុណ។' },
}
const context = { correlationId: 'test-1' }

test('no channel is used whose settings are not there', () => {
  assert.deepEqual(createMessengers({ smtp: undefined, telegram: undefined, webhook: undefined }, tools), [])
  assert.deepEqual(
    messengers.map((one) => one.channel),
    ['email', 'telegram', 'webhook'],
  )
})

test('a recipient is masked, and e-mail reaches only who has one address', () => {
  assert.equal(of('email').recipientOf(payer), 's***@***')
  for (const email of [undefined, '', 'sok', 'a@b.test, c@d.test', 'a@b.test\r\nBcc: c@d.test', '<a@b.test>'])
    assert.equal(of('email').recipientOf({ ...payer, email }), undefined, email)
  assert.doesNotMatch(String(of('telegram').recipientOf(payer)), /sample_counter/)
})

test('an e-mail has our id, both languages and the link', async () => {
  await of('email').send(message, payer, context)
  const received = mail.received.at(-1) ?? ''
  assert.match(received, /^Message-ID: <msg_sample@hub\.example>$/m)
  assert.match(received, /^To: .*sok@sample\.test/m)
  assert.match(received, /សូមអរគុណ។[^]*Thank you\.[^]*https:\/\/pay\.example\/receipt\/R-000001\/x\?lang=en/)
})

test('a mail server that does not take a mail is trouble, and its answer names nobody', async () => {
  mail.refuse = true
  await assert.rejects(of('email').send(message, payer, context), (error: unknown) => {
    assert.ok(error instanceof Trouble)
    assert.doesNotMatch(error.message, /sok@sample/)
    return /451/.test(error.message)
  })
  mail.refuse = false
})

test('the operator’s webhook can check who sent what, when', async () => {
  await of('webhook').send(message, payer, context)
  const { headers, body } = server.requests.at(-1) ?? assert.fail('nothing came')
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  assert.equal(headers['webhook-signature'], `v1,${hmacSha256(key, signed).toString('base64')}`)
  assert.equal(headers['webhook-id'], 'msg_sample')
  assert.deepEqual((JSON.parse(body) as { data: { recipient: object } }).data.recipient, payer)
})

test('Telegram’s message is for the named chat, and says nothing of the payer', async () => {
  answer.body = { ok: true, result: {} }
  await of('telegram').send(message, payer, context)
  const { url, body } = server.requests.at(-1) ?? assert.fail('nothing came')
  assert.equal(url, '/bot1:made-up/sendMessage')
  assert.equal((JSON.parse(body) as { chat_id: string }).chat_id, '@sample_counter')
  assert.doesNotMatch(body, /Sok|sok@|012/)
})

test('whatever is no yes is trouble', async () => {
  const rows: [Channel, number, object | string][] = [
    ['webhook', 404, {}],
    ['webhook', 500, {}],
    ['webhook', 302, {}],
    ['telegram', 400, { ok: false, description: 'Bad Request: chat not found' }],
    ['telegram', 200, { ok: false, description: 'no' }],
    ['telegram', 200, '<html>'],
  ]
  for (const [channel, status, body] of rows) {
    Object.assign(answer, { status, body })
    await assert.rejects(of(channel).send(message, payer, context), (error: unknown) => {
      assert.ok(error instanceof Trouble, `${channel} ${status}`)
      assert.doesNotMatch(error.message, /made-up/)
      return true
    })
  }
  Object.assign(answer, { status: 200, body: { ok: true } })
})

function of(channel: Channel) {
  return messengers.find((one) => one.channel === channel) ?? assert.fail(channel)
}
