import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rawRequest } from '../support/raw-request.ts'
import { assertRefused } from '../support/refused.ts'
import { type How, startTestHub, type TestHub } from '../support/running-hub.ts'

const limitBytes = 64 * 1024
const bytes = (...values: number[]) => Uint8Array.from(values)
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

/** Bodies that are no message of any kind. */
const unreadable: Readonly<Record<string, string | Uint8Array>> = {
  empty: '',
  'blanks only': ' \n\t',
  'half an object': '{"id":150001',
  'a trailing comma': '{"id":150001,}',
  'single quotes': "{'id':150001}",
  'a comment': '{"id":150001} // paid',
  'two objects': '{}{}',
  'NaN as a word': '{"amount":NaN}',
  'a form': 'id=150001&amount=150.00',
  XML: '<payment><id>150001</id></payment>',
  'an HTML page': '<!doctype html><h1>502 Bad Gateway</h1>',
  'a list': '[{"id":150001}]',
  null: 'null',
  true: 'true',
  'a number': '150001',
  'a text': '"150001"',
  'a number without end': `1${'0'.repeat(60_000)}`,
  '40 levels deep': nested(40),
  '30,000 levels deep': nested(30_000),
  'deep objects': `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  'bytes that are not UTF-8': bytes(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d),
  'UTF-8 cut in the middle of a letter': bytes(0x7b, 0x22, 0xe1, 0x9e, 0x22, 0x3a, 0x31, 0x7d),
  'an overlong slash': bytes(0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d),
  'UTF-16': Buffer.from('{"id":150001}', 'utf16le'),
  'a JPEG': bytes(0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46, 0x49, 0x46, 0x00),
  'NUL bytes': new Uint8Array(64),
  'exactly 64 KB': '{'.repeat(limitBytes),
}

/** Objects without anything we could read. */
const objects: Readonly<Record<string, string>> = {
  'an empty object': '{}',
  'properties that nobody knows': '{"hello":"world"}',
  'fields only in the prototype': '{"__proto__":{"id":150001,"invoice_number":"150001"}}',
  'a constructor': '{"constructor":{"prototype":{"id":150001}}}',
  'every field null': '{"id":null,"invoice_number":null}',
  'every field empty': '{"id":"","invoice_number":""}',
  'every field a list': '{"id":[150001],"invoice_number":["150001"]}',
  'every field an object': '{"id":{"id":150001},"invoice_number":{"id":"150001"}}',
}

const routes = [
  ['/AMK/payments', 'bill'],
  ['/AMK/khqr', 'khqr'],
  ['/gateway/payments', 'bill'],
] as const

test('a bank message is kept as it came, however bad, and nothing else is written', async (t) => {
  const hub = await startTestHub(t)
  const token = hub.secrets.banks['AMK']?.bankToken ?? ''
  const before = await everythingElse(hub)
  for (const [path, route] of routes) {
    for (const [title, body] of Object.entries({ ...unreadable, ...objects })) {
      await t.test(`POST ${path} with ${title}`, async () => {
        const headers = { 'content-type': 'application/json' }
        const answer = await hub.gateway('POST', path, { token, body, headers })
        assertRefused(answer, 400, 'BAD_REQUEST')
        const kept = await lastKept(hub)
        assert.deepEqual(kept.body, Buffer.from(body as string))
        const { bank_code: bank, content_type: type, correlation_id: id, answer_status: status } = kept
        assert.deepEqual([bank, kept.route, type, status], ['AMK', route, 'application/json', 400])
        assert.equal(id, answer.json['correlationId'])
        assert.equal(kept.outcome, 'refused')
        assert.ok(kept.decided_at)
      })
    }
  }
  await t.test('a type that is odd, unreadable or missing changes nothing about keeping', () => oddTypes(hub, token))
  await t.test('above 64 KB: 413, and nothing is kept', () => tooLarge(hub, token))
  await t.test('without authentication or scope nothing is kept', () => notLetIn(hub))
  assert.deepEqual(await everythingElse(hub), before)
})

async function oddTypes(hub: TestHub, token: string): Promise<void> {
  for (const type of ['text/plain', 'application/xml', '/', 'json', 'application/json; charset=klingon', undefined]) {
    const body = Buffer.from('not a message')
    const headers = type === undefined ? {} : { 'content-type': type }
    const answer = await hub.gateway('POST', '/AMK/khqr', { token, body, headers })
    assert.ok(answer.status === 400 || answer.status === 415, answer.text)
    const kept = await lastKept(hub)
    assert.deepEqual([kept.correlation_id, kept.content_type], [answer.json['correlationId'], type ?? null])
  }
}

async function tooLarge(hub: TestHub, token: string): Promise<void> {
  const before = await count(hub, 'inbox')
  const bodies: readonly How[] = [
    { body: '{'.repeat(limitBytes + 1) },
    { body: JSON.stringify({ id: 150_001, x: 'x'.repeat(1_000_000) }) },
    { body: new Uint8Array(1_048_576) },
  ]
  for (const path of ['/AMK/payments', '/AMK/khqr', '/gateway/khqr']) {
    for (const how of bodies) {
      assertRefused(await hub.gateway('POST', path, { token, ...how }), 413, 'PAYLOAD_TOO_LARGE')
    }
  }
  const headers = { authorization: `Bearer ${token}`, 'transfer-encoding': 'chunked' }
  const body = new Uint8Array(limitBytes + 1)
  const chunked = await rawRequest(hub.running.ports.gateway, 'POST', '/AMK/khqr', { headers, body })
  assert.equal(chunked.status, 413)
  assert.equal(await count(hub, 'inbox'), before)
}

async function notLetIn(hub: TestHub): Promise<void> {
  const before = await count(hub, 'inbox')
  const body = '{"invoice_number":"150001"}'
  assertRefused(await hub.gateway('POST', '/AMK/khqr', { body }), 401, 'UNAUTHORIZED')
  assertRefused(await hub.gateway('POST', '/AMK/khqr', { body, token: 'unknown' }), 401, 'UNAUTHORIZED')
  const other = hub.secrets.banks['BANK01']?.bankToken
  assertRefused(await hub.gateway('POST', '/AMK/khqr', { body, token: other }), 403, 'FORBIDDEN')
  const large = new Uint8Array(1_048_576)
  assertRefused(await hub.gateway('POST', '/AMK/khqr', { body: large, token: other }), 403, 'FORBIDDEN')
  assert.equal(await count(hub, 'inbox'), before)
}

type Kept = {
  bank_code: string
  route: string
  content_type: string | null
  correlation_id: string
  body: Buffer
  outcome: string
  answer_status: number
  decided_at: Date | null
}

async function lastKept(hub: TestHub): Promise<Kept> {
  const { rows } = await hub.pool.query<Kept>('select * from inbox order by id desc limit 1')
  const [kept] = rows
  assert.ok(kept)
  return kept
}

async function count(hub: TestHub, table: string): Promise<number> {
  const { rows } = await hub.pool.query<{ count: string }>(`select count(*) from ${table}`)
  return Number(rows[0]?.count)
}

async function everythingElse(hub: TestHub): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const table of [
    'payments',
    'receipts',
    'journals',
    'entries',
    'suspense',
    'cases',
    'events',
    'attempts',
    'exchanges',
  ]) {
    counts[table] = await count(hub, table)
  }
  return counts
}
