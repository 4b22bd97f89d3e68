import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Verification } from '../../src/banks/bank.ts'
import { eventually, startTestHub, type TestHub } from '../support/running-hub.ts'
import { openEntrance, tellingPath, type TellingBank } from '../support/telling-bank.ts'
import { restSchedule } from '../support/schedule.ts'

const nothing: Verification = { state: 'not_found', movements: [], exchanges: [] }
const bank: TellingBank = { code: 'BANK77', accounts: { 'part-of-a': 'A-1' }, says: async () => nothing }
const signed = { 'x-sample': 'signed' }
let count = 0

/** A message that nobody sent before. */
function message(): string {
  count += 1
  return `T-${count}/1`
}

async function kept(hub: TestHub, body?: string): Promise<number> {
  const { rows } = await hub.pool.query<{ count: number }>(
    `select count(*)::int as count from inbox where $1::bytea is null or body = $1`,
    [body === undefined ? null : Buffer.from(body)],
  )
  return rows[0]?.count ?? 0
}

/** The security events so far, oldest first. */
async function events(hub: TestHub): Promise<string[]> {
  const { rows } = await hub.pool.query<{ line: string }>(
    `select substr(action, 10) || ': ' || reason as line from audit where action like 'security.%' order by id`,
  )
  return rows.map(({ line }) => line)
}

test('the entrance of callbacks', async (t) => {
  const hub = await startTestHub(t)
  await restSchedule(hub)
  const { send, asked } = await openEntrance(t, hub, [bank])

  await t.test(
    'a signed message is taken without a bearer, with and without the part of the only account',
    async () => {
      for (const path of [tellingPath, `${tellingPath}/part-of-a`, `${tellingPath}/part-of-a/`]) {
        const body = message()
        const answer = await send('POST', path, { body, headers: signed })
        assert.deepEqual([answer.status, answer.json], [200, { verdict: 'taken' }])
        assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
        assert.equal(answer.headers.get('cache-control'), 'no-store')
        assert.equal(await kept(hub, body), 1)
        assert.equal(asked.at(-1), body.split('/')[0])
      }
    },
  )

  await t.test('its request id is in the answer and with the kept message', async () => {
    const body = message()
    const headers = { ...signed, 'x-request-id': 'sample-request-7', 'x-timestamp': '1' }
    const answer = await send('POST', tellingPath, { body, headers })
    assert.equal(answer.headers.get('x-request-id'), 'sample-request-7')
    const { rows } = await hub.pool.query('select correlation_id from inbox where body = $1', [Buffer.from(body)])
    assert.equal(rows[0]?.correlation_id, 'sample-request-7')
  })

  await t.test('a message is kept as the bytes that came, whatever its content type says', async () => {
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/html', 'nonsense', '']) {
      const body = message()
      const answer = await send('POST', tellingPath, { body, headers: { ...signed, 'content-type': type } })
      assert.equal(answer.status, 200, `${type}: ${answer.text}`)
      assert.equal(await kept(hub, body), 1, type)
    }
  })

  await t.test(
    'a bare GET and an empty POST are told that somebody is there, and nothing is kept or asked',
    async () => {
      const before = [await kept(hub), asked.length]
      for (const method of ['GET', 'POST']) {
        for (const path of [tellingPath, `${tellingPath}/part-of-a`, `${tellingPath}?tran_id=T-1`]) {
          const answer = await send(method, path)
          assert.equal(answer.status, 200, answer.text)
        }
      }
      assert.deepEqual([await kept(hub), asked.length], before)
    },
  )

  await t.test('a part that is no account of ours is a path that is not there, also for a probe', async () => {
    const before = await kept(hub)
    for (const part of ['part-of-b', 'part-of-', 'A-1', '%00', 'x'.repeat(180)]) {
      for (const how of [{ body: message(), headers: signed }, {}]) {
        const answer = await send('POST', `${tellingPath}/${part}`, how)
        assert.equal(answer.status, 404, answer.text)
        assert.equal(answer.text.includes('BANK77') || answer.text.includes('A-1'), false)
      }
    }
    assert.equal((await send('GET', `${tellingPath}/part-of-b`)).status, 404)
    assert.equal(await kept(hub), before)
    const found = await eventually('the event', async () => (await events(hub)).find((one) => one.includes('path')))
    assert.equal(found, 'wrong_merchant: A message came on a path that names no merchant account of ours.')
  })

  await t.test('other methods are 405 and are told which there are', async () => {
    for (const method of ['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const answer = await send(method, `${tellingPath}/part-of-a`)
      assert.equal(answer.status, 405, `${method} ${answer.text}`)
      assert.equal(answer.headers.get('allow'), 'GET, POST')
    }
  })

  await t.test('a message above 64 KB is 413 and is not kept', async () => {
    const before = await kept(hub)
    const answer = await send('POST', tellingPath, { body: `T-9/${'1'.repeat(65_536)}`, headers: signed })
    assert.equal(answer.status, 413, answer.text)
    assert.equal(await kept(hub), before)
  })

  await t.test('a missing or wrong signature is 403, is not kept, asks nobody, and is a security event', async () => {
    const before = [await kept(hub), asked.length]
    for (const headers of [{}, { 'x-sample': 'forged' }]) {
      const answer = await send('POST', tellingPath, { body: message(), headers })
      assert.deepEqual([answer.status, answer.json], [403, { verdict: 'refused' }])
    }
    assert.deepEqual([await kept(hub), asked.length], before)
    await eventually(
      'two events',
      async () => (await events(hub)).filter((one) => one.startsWith('bad_signature')).length === 2,
    )
  })

  await t.test('a signed message that is too old is 403, is not kept, and is a security event', async () => {
    const body = message().replace('/1', '/0')
    assert.equal((await send('POST', tellingPath, { body, headers: signed })).status, 403)
    assert.equal(await kept(hub, body), 0)
    await eventually('the event', async () => (await events(hub)).some((one) => one.startsWith('replayed')))
  })

  await t.test(
    'the same message again is kept once and asked about once; when it was judged, it is an event',
    async () => {
      const body = message()
      await send('POST', tellingPath, { body, headers: signed })
      const before = asked.length
      const again = await send('POST', tellingPath, { body, headers: signed })
      assert.deepEqual([again.status, again.json], [200, { verdict: 'repeated' }])
      assert.deepEqual([await kept(hub, body), asked.length], [1, before])
      await hub.pool.query(`update inbox set outcome = 'noted', decided_at = now() where body = $1`, [
        Buffer.from(body),
      ])
      assert.equal((await send('POST', tellingPath, { body, headers: signed })).status, 200)
      await eventually('the event', async () => (await events(hub)).some((one) => one.endsWith('came again.')))
    },
  )

  await t.test('a signed message that names nothing is kept and noted', async () => {
    const answer = await send('POST', tellingPath, { body: 'what is this', headers: signed })
    assert.equal(answer.status, 200)
    const { rows } = await hub.pool.query('select outcome from inbox where body = $1', [Buffer.from('what is this')])
    assert.equal(rows[0]?.outcome, 'noted')
  })

  await t.test('64 times the same message at once is one message, asked about once', async () => {
    const body = message()
    const answers = await Promise.all(
      Array.from({ length: 64 }, () => send('POST', tellingPath, { body, headers: signed })),
    )
    const verdicts = answers.map(({ json }) => String(json['verdict'])).sort()
    assert.deepEqual(verdicts, [...Array.from({ length: 63 }, () => 'repeated'), 'taken'])
    // Earlier messages may be asked about again meanwhile.
    const asks = asked.filter((reference) => reference === body.split('/')[0])
    assert.deepEqual([await kept(hub, body), asks.length], [1, 1])
  })

  await t.test('every message is counted with its status and its time, also those of nobody', async () => {
    const metrics = (await hub.gateway('GET', '/actuator/prometheus')).text
    for (const line of [
      /hub_webhook_verdicts_total\{bank="BANK77",route="callback",status="200"\} \d/,
      /hub_webhook_verdicts_total\{bank="BANK77",route="callback",status="403"\} 3/,
      /hub_webhook_verdicts_total\{bank="unknown",route="callback",status="404"\} 11/,
      /hub_webhook_seconds_count\{bank="BANK77",route="callback"\} \d/,
    ]) {
      assert.match(metrics, line)
    }
  })

  await t.test('a bank that repeats by its documents is told 409 when the first one is kept', async (t) => {
    const other = await openEntrance(t, hub, [{ ...bank, repeats: 409 }])
    const body = message()
    assert.equal((await other.send('POST', tellingPath, { body, headers: signed })).status, 200)
    assert.equal((await other.send('POST', tellingPath, { body, headers: signed })).status, 409)
    assert.equal(await kept(hub, body), 1)
  })

  await t.test(
    'while the bank says nothing its message is answered all the same, and stays to be judged',
    async (t) => {
      let release: () => void = () => {}
      const silence = new Promise<Verification>((resolve) => {
        release = () => resolve(nothing)
      })
      const silent = await openEntrance(t, hub, [{ ...bank, says: () => silence }])
      const body = message()
      assert.equal((await silent.send('POST', tellingPath, { body, headers: signed })).status, 200)
      const { rows } = await hub.pool.query('select outcome from inbox where body = $1', [Buffer.from(body)])
      assert.equal(rows[0]?.outcome, 'received')
      release()
    },
  )

  await t.test('a database that says nothing is 503 with Retry-After', async (t) => {
    const hangs = { ...hub.running.db, query: () => new Promise<never>(() => {}) }
    const stuck = await openEntrance(t, hub, [bank], { hub: { db: hangs } })
    const answer = await stuck.send('POST', tellingPath, { body: message(), headers: signed })
    assert.equal(answer.status, 503, answer.text)
    assert.equal(answer.headers.get('retry-after'), '5')
  })

  await t.test('messages of one source have a limit of their own', async (t) => {
    const narrow = await openEntrance(t, hub, [bank], { webhooksPerMinute: 2 })
    const from = (address: string) =>
      narrow.send('POST', tellingPath, { body: message(), headers: { ...signed, 'x-forwarded-for': address } })
    const statuses = []
    for (const address of ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2']) {
      const answer = await from(address)
      statuses.push(answer.status)
      if (answer.status === 429) assert.ok(Number(answer.headers.get('retry-after')) > 0)
    }
    assert.deepEqual(statuses, [200, 200, 429, 200])
  })
})

test('whose messages are taken', async (t) => {
  const hub = await startTestHub(t)
  await restSchedule(hub)

  await t.test('with two accounts the path must say which one', async (t) => {
    const accounts = { 'part-of-a': 'A-1', 'part-of-b': 'B-1' }
    const { send } = await openEntrance(t, hub, [{ ...bank, accounts }])
    assert.equal((await send('POST', tellingPath, { body: message(), headers: signed })).status, 404)
    assert.equal((await send('GET', tellingPath)).status, 404)
    for (const [part, accountNumber] of Object.entries(accounts)) {
      const body = message()
      assert.equal((await send('POST', `${tellingPath}/${part}`, { body, headers: signed })).status, 200)
      const { rows } = await hub.pool.query('select account_number from inbox where body = $1', [Buffer.from(body)])
      assert.equal(rows[0]?.account_number, accountNumber)
    }
  })

  await t.test('two banks on one path are told apart by the part; without it nobody knows', async (t) => {
    const { send } = await openEntrance(t, hub, [bank, { ...bank, code: 'BANK78', accounts: { 'part-of-b': 'B-1' } }])
    assert.equal((await send('POST', tellingPath, { body: message(), headers: signed })).status, 404)
    for (const [part, code] of [
      ['part-of-a', 'BANK77'],
      ['part-of-b', 'BANK78'],
    ]) {
      const body = message()
      assert.equal((await send('POST', `${tellingPath}/${part}`, { body, headers: signed })).status, 200)
      const { rows } = await hub.pool.query('select bank_code from inbox where body = $1', [Buffer.from(body)])
      assert.equal(rows[0]?.bank_code, code)
    }
  })

  await t.test('from another address than the bank has, everything is 403, kept nowhere, and an event', async (t) => {
    const allows = (address: string) => address === '192.0.2.1'
    const { send } = await openEntrance(t, hub, [{ ...bank, allows }])
    const from = (address: string) => ({ ...signed, 'x-forwarded-for': address })
    const body = message()
    for (const path of [tellingPath, `${tellingPath}/part-of-a`, `${tellingPath}/part-of-b`]) {
      const answer = await send('POST', path, { body, headers: from('198.51.100.7') })
      assert.equal(answer.status, 403, answer.text)
    }
    assert.equal((await send('GET', tellingPath, { headers: from('198.51.100.7') })).status, 403)
    assert.equal(await kept(hub, body), 0)
    assert.equal((await send('POST', tellingPath, { body, headers: from('192.0.2.1') })).status, 200)
    assert.equal(await kept(hub, body), 1)
    await eventually('the event', async () => (await events(hub)).some((one) => one.startsWith('wrong_address')))
  })
})
