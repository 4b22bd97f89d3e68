import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readConfig } from '../../src/config.ts'
import { signAccessToken } from '../../src/http/tokens/tokens.ts'
import { testDatabase } from '../support/database.ts'
import { assertRefused } from '../support/refused.ts'
import { call, startTestHub, testEnvironment, type TestHub, startOnFreePorts } from '../support/running-hub.ts'

const inquiry = '/AMK/payments?query=P123456789'
const made = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/

const saneIds = ['a', 'A.b_c-9', '00000000', 'x'.repeat(128)]
const insaneIds = ['', 'x'.repeat(129), 'two words', 'semi;colon', '<script>', 'a/b', 'naïve', '{"a":1}', 'a,b']

test('every answer carries a correlation id, and so does everything it set in motion', async (t) => {
  const hub = await startTestHub(t)
  const token = hub.token('bills:read khqr:create')
  const idsOf = async (given: string, how: { token?: string } = { token }) => {
    const answer = await hub.gateway('GET', inquiry, { ...how, headers: { 'x-request-id': given } })
    assert.equal(answer.headers.get('x-request-id'), answer.json['correlationId'])
    return String(answer.json['correlationId'])
  }
  for (const id of saneIds) {
    await t.test(`"${id.slice(0, 12)}" (${id.length}) is taken`, async () => assert.equal(await idsOf(id), id))
  }
  for (const id of insaneIds) {
    await t.test(`"${id.slice(0, 12)}" (${id.length}) is replaced`, async () => {
      assert.match(await idsOf(Buffer.from(id, 'utf8').toString('latin1')), made)
    })
  }
  await t.test('a refusal carries it in the header, the body and the error', async () => {
    const refused = await hub.gateway('GET', inquiry, { headers: { 'x-request-id': 'sample-401' } })
    assertRefused(refused, 401, 'UNAUTHORIZED')
    assert.equal(refused.json['error']?.['correlationId'], 'sample-401')
  })
  await t.test('pictures, tokens, health and unknown paths carry it in the header', async () => {
    const headers = { 'x-request-id': 'sample-7' }
    await hub.khqr('GET', '/khqr?bankCode=AMK&billNumber=P123456789', { token })
    const answers = [
      await hub.khqr('GET', '/khqr/150001.png', { token, headers }),
      await hub.gateway('POST', '/auth/token', { json: {}, headers }),
      await hub.gateway('GET', '/actuator/health', { headers }),
      await hub.gateway('GET', '/nowhere', { headers }),
    ]
    assert.deepEqual(
      answers.map((answer) => answer.headers.get('x-request-id')),
      Array.from(answers, () => 'sample-7'),
    )
  })
  await t.test('history, events and exchanges of a payment name the request that caused them', () => kept(hub))
})

async function kept(hub: TestHub): Promise<void> {
  const bill = await hub.bill()
  const token = hub.token('khqr:create')
  const headers = { 'x-request-id': 'sample-khqr' }
  const made = await hub.khqr('GET', `/khqr?bankCode=AMK&billNumber=${bill}`, { token, headers })
  assert.equal(made.status, 200, made.text)
  const number = Number(made.json['data']?.['paymentId'])
  for (const table of ['payment_history', 'events', 'exchanges']) {
    const { rows } = await hub.pool.query(`select distinct correlation_id from ${table} where payment_number = $1`, [
      number,
    ])
    assert.deepEqual(rows, [{ correlation_id: 'sample-khqr' }], table)
  }
}

const sampleTrace = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01'
const traces: readonly (readonly [given: string | undefined, passedOn: string | undefined])[] = [
  [sampleTrace, sampleTrace],
  [undefined, undefined],
  ['', undefined],
  ['00-0123-4567-01', undefined],
  [sampleTrace.toUpperCase(), undefined],
  [`${sampleTrace}, ${sampleTrace}`, undefined],
]

test('outgoing calls carry the correlation id, our time, and a traceparent that can be read', async (t) => {
  const policySystem = await listen(t)
  const hub = await startWithPolicySystem(t, policySystem.port)
  for (const [index, [given, passedOn]] of traces.entries()) {
    await t.test(`traceparent ${given} is passed on as ${passedOn}`, async () => {
      const headers = { 'x-request-id': `sample-${index}`, ...(given === undefined ? {} : { traceparent: given }) }
      await hub.ask(`/gateway/payments?query=P90000000${index}`, headers)
      const heard = policySystem.requests.filter((request) => request.url?.endsWith(`P90000000${index}`))
      assert.equal(heard.length, 1)
      assert.equal(heard[0]?.headers['x-request-id'], `sample-${index}`)
      assert.equal(heard[0]?.headers['traceparent'], passedOn)
      assert.match(String(heard[0]?.headers['x-timestamp']), /^\d{10}$/)
    })
  }
})

/** A hub whose only policy system is ours to listen at. */
async function startWithPolicySystem(t: TestContext, port: number) {
  const { url } = await testDatabase(t)
  const dataDir = mkdtempSync(join(tmpdir(), 'khqr-hub-test-'))
  const system = {
    'base-url': `http://127.0.0.1:${port}`,
    'allow-plain-http': true,
    auth: { kind: 'header', name: 'X-Api-Key', secret: 'made-up-key' },
    prefixes: ['P'],
    'look-up': { path: '/{number}', number: 'n', payer: 'p', amount: 'a', currency: 'c', 'due-date': 'd' },
    credit: { path: '/credits', body: { id: '{paymentNumber}' }, reference: 'id', idempotent: true },
    'find-credit': { path: '/credits/{paymentNumber}', reference: 'id' },
  }
  const config = readConfig({}, testEnvironment(dataDir, url))
  const running = await startOnFreePorts(() => ({ ...config, policySystems: { DLIS: system } }))
  t.after(async () => {
    await running.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })
  const token = signAccessToken(running.tokens, { subject: 'sample', scope: 'bills:read', ttlS: 600 })
  const ask = (path: string, headers: Readonly<Record<string, string>>) =>
    call(`http://127.0.0.1:${running.ports.gateway}${path}`, 'GET', { token, headers })
  return { ask }
}

/** Knows no policy, and remembers what it was asked. */
async function listen(t: TestContext): Promise<{ port: number; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, reply) => {
    requests.push(request)
    reply.writeHead(404, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { port: (server.address() as AddressInfo).port, requests }
}
