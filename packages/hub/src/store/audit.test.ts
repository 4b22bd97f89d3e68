import assert from 'node:assert/strict'
import { after, test, type TestContext } from 'node:test'
import { Client } from 'pg'
import { type EmptyBooks, openBooks, refusalOf } from '../../test/support/empty-books.ts'
import { sha256Hex } from '../kit/crypto.ts'
import { countUnsealed, readAudit, readChainHead, readSeals, sealAudit } from './audit.ts'
import { write } from './writes.ts'

const books = await openBooks({ after })

async function note({ db }: EmptyBooks, object: string, actor = 'a test'): Promise<void> {
  await write(db, { audit: [{ actor, action: 'looked', object, correlationId: 'test-1' }] })
}

/** A connection beside the pools, for what stays open. */
async function connect(t: TestContext, { address }: EmptyBooks): Promise<Client> {
  const client = new Client(address)
  t.after(() => client.end())
  await client.connect()
  return client
}

async function sealedObjects({ db }: EmptyBooks): Promise<(string | undefined)[]> {
  return (await readSeals(db, 0, 1_000)).map(({ row }) => row?.object)
}

test('rows are sealed in order, a batch at a time, each seal naming the one before', async (t) => {
  const fresh = await openBooks(t)
  for (const object of ['a', 'b', 'c']) await note(fresh, object)
  assert.equal(await countUnsealed(fresh.db), 3)
  assert.equal(await sealAudit(fresh.db, 2), 2)
  assert.equal(await sealAudit(fresh.db, 2), 1)
  assert.equal(await sealAudit(fresh.db, 2), 0)
  assert.equal(await countUnsealed(fresh.db), 0)
  const seals = await readSeals(fresh.db, 0, 10)
  assert.deepEqual(
    seals.map(({ position, row }) => [position, row?.object]),
    [
      ['1', 'a'],
      ['2', 'b'],
      ['3', 'c'],
    ],
  )
  assert.deepEqual(
    seals.map(({ previousSha256 }) => previousSha256),
    ['0'.repeat(64), seals[0]?.sha256, seals[1]?.sha256],
  )
  assert.deepEqual(await readChainHead(fresh.db), { position: 3, sha256: seals[2]?.sha256 })
})

test('a row that commits after a later one is sealed after it, and a row that never commits leaves no hole', async (t) => {
  const fresh = await openBooks(t)
  const insert = (object: string) =>
    `insert into audit (actor, action, object, correlation_id) values ('a test', 'looked', '${object}', 'test-1')`
  const [slow, failed] = [await connect(t, fresh), await connect(t, fresh)]
  await slow.query('begin')
  await slow.query(insert('slow'))
  await failed.query('begin')
  await failed.query(insert('failed'))
  await note(fresh, 'fast')
  await sealAudit(fresh.db, 10)
  assert.deepEqual(await sealedObjects(fresh), ['fast'])
  await slow.query('commit')
  await failed.query('rollback')
  await sealAudit(fresh.db, 10)
  assert.deepEqual(await sealedObjects(fresh), ['fast', 'slow'])
})

test('while one process seals, another finds nothing to do; together they seal each row once', async (t) => {
  const fresh = await openBooks(t)
  await note(fresh, 'first')
  const other = await connect(t, fresh)
  await other.query('begin')
  await other.query('select seal_audit(10)')
  assert.equal(await sealAudit(fresh.db, 10), 0)
  await other.query('commit')
  for (let n = 0; n < 30; n += 1) await note(fresh, String(n))
  const sealed = await Promise.all(Array.from({ length: 16 }, () => sealAudit(fresh.db, 10)))
  const rest = await sealAudit(fresh.db, 100)
  assert.equal(
    sealed.reduce((sum, count) => sum + count, rest),
    30,
  )
  assert.deepEqual(await sealedObjects(fresh), ['first', ...Array.from({ length: 30 }, (_, n) => String(n))])
})

test('what was written before there were seals waits for its seal too', async (t) => {
  const fresh = await openBooks(t)
  await fresh.pool.query('drop trigger audit_await_seal on audit')
  await note(fresh, 'early')
  await fresh.pool.query('insert into audit_unsealed select id from audit')
  assert.equal(await sealAudit(fresh.db, 10), 1)
})

test('seals refuse every UPDATE, DELETE and TRUNCATE, and a row that is sealed is not sealed again', async () => {
  await note(books, 'kept')
  await sealAudit(books.db, 10)
  for (const [act, statement] of [
    ['UPDATE', 'update audit_seals set sha256 = sha256'],
    ['DELETE', 'delete from audit_seals'],
    ['TRUNCATE', 'truncate audit_seals'],
  ] as const) {
    const { message } = await refusalOf(books.pool.query(statement))
    assert.equal(message, `${act} on audit_seals is refused: its rows are evidence; a correction is a new row`)
  }
  const again = `insert into audit_seals select position + 1, audit_id, sha256, sha256, now() from audit_seals limit 1`
  assert.equal((await refusalOf(books.pool.query(again))).code, '23505')
})

// The same hash stands in flows/verify-audit.test.ts, for the form that is written there.
test('the form that is hashed is fixed: this row has had this hash since the first version', async (t) => {
  const client = await connect(t, books)
  const form =
    'khqr-hub audit 1\n' +
    '1:1' +
    `64:${'0'.repeat(64)}` +
    '27:2026-01-02T03:04:06.000000Z' +
    '2:41' +
    '27:2026-01-02T03:04:05.678901Z' +
    '6:client' +
    '0:' +
    '8:ឯក 1' +
    '-' +
    '30:{"b": 1, "aa": [1.50, "é\\t"]}' +
    '4:null' +
    '3:2:x'
  for (const zone of ['UTC', 'Asia/Phnom_Penh', 'America/St_Johns']) {
    await client.query(`set timezone = '${zone}'`)
    const { rows } = await client.query(
      `select sealed_form(1, repeat('0', 64), '2026-01-02 03:04:06+00', row(41, '2026-01-02 03:04:05.678901+00', 'client', '', 'ឯក 1',
        null, '{"aa": [1.50, "é\\u0009"], "b": 1, "aa": [1.50, "é\\u0009"]}', 'null', '2:x')::audit) as form`,
    )
    assert.equal(rows[0].form, form, zone)
  }
  assert.equal(sha256Hex(form), 'b16ba0a166a535889f881e30a6b3b8ce1784364107f139ef724b735569171db7')
})

test('rows are read by object, by actor, from a moment on, and page by page', async (t) => {
  const fresh = await openBooks(t)
  for (const [object, actor] of [
    ['a', 'one'],
    ['b', 'two'],
    ['a', 'two'],
  ] as const)
    await note(fresh, object, actor)
  await sealAudit(fresh.db, 1)
  const all = { object: undefined, actor: undefined, since: undefined }
  const read = async (filter: object, after = 0, most = 10) =>
    (await readAudit(fresh.db, { ...all, ...filter }, after, most)).map(({ id, position }) => [id, position])
  assert.deepEqual(await read({}), [
    [1, 1],
    [2, null],
    [3, null],
  ])
  assert.deepEqual(await read({ object: 'a' }), [
    [1, 1],
    [3, null],
  ])
  assert.deepEqual(await read({ object: 'a', actor: 'two' }), [[3, null]])
  assert.deepEqual(await read({}, 1, 1), [[2, null]])
  assert.deepEqual(await read({ since: new Date(Date.now() + 3_600_000) }), [])
  assert.equal((await read({ since: new Date(Date.now() - 3_600_000) })).length, 3)
})
