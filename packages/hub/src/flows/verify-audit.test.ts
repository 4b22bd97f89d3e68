import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBooks } from '../../test/support/empty-books.ts'
import { readChainHead, sealAudit } from '../store/audit.ts'
import { write } from '../store/writes.ts'
import { walkAuditChain } from './verify-audit.ts'

// Which damage is found is in test/damage/audit.test.ts; here is how the walk goes.

const rows = 1_203
const books = await openBooks({ after })
const whole = { after: 0, most: Number.POSITIVE_INFINITY, mostBroken: Number.POSITIVE_INFINITY }

test('before anything is sealed the chain is empty and holds', async () => {
  assert.deepEqual(await walkAuditChain(books.db, whole), { head: undefined, checked: 0, broken: [], isAtEnd: true })
})

test('a chain of many pages holds, and its head is the newest seal', async () => {
  await write(books.db, {
    audit: Array.from({ length: rows }, (_, n) => ({
      actor: 'a test',
      action: 'counted',
      object: `number ${n}`,
      after: { n },
      reason: 'ព្រោះ',
      correlationId: 'test-1',
    })),
  })
  await sealAudit(books.db, rows)
  const pages: number[] = []
  const walk = await walkAuditChain(books.db, { ...whole, onPage: ({ checked }) => pages.push(checked) })
  assert.deepEqual(walk, { head: await readChainHead(books.db), checked: rows, broken: [], isAtEnd: true })
  assert.deepEqual(pages, [500, 1_000, rows])
})

test('a walk may begin anywhere and end early', async () => {
  const { head, checked, broken, isAtEnd } = await walkAuditChain(books.db, { ...whole, after: 100, most: 500 })
  assert.deepEqual([head?.position, checked, broken, isAtEnd], [600, 500, [], false])
})

test('a seal in the middle that is not what its neighbours say is told, and the walk goes on', async (t) => {
  const damaged = await openBooks(t)
  await write(damaged.db, {
    audit: ['a', 'b', 'c', 'd'].map((object) => ({
      actor: 'a test',
      action: 'looked',
      object,
      correlationId: 'test-1',
    })),
  })
  await sealAudit(damaged.db, 10)
  await damaged.pool.query('alter table audit disable trigger all')
  await damaged.pool.query(`update audit set reason = 'planted' where object in ('b', 'd')`)
  const { broken, checked } = await walkAuditChain(damaged.db, whole)
  assert.equal(checked, 4)
  assert.match(broken[0] ?? '', /^Audit row 2 \(looked of b by a test\) or its seal 2 was changed after /)
  assert.match(broken[1] ?? '', /^Audit row 4 /)
  assert.equal(broken.length, 2)
  assert.equal((await walkAuditChain(damaged.db, { ...whole, mostBroken: 1 })).broken.length, 1)
})

// The row and the hash of store/audit.test.ts, where the database writes the form.
test('the form that is hashed is fixed here too', async (t) => {
  const fixed = await openBooks(t)
  await fixed.pool.query(`insert into audit (id, at, actor, action, object, before, after, reason, correlation_id) overriding system value
    values (41, '2026-01-02 03:04:05.678901+00', 'client', '', 'ឯក 1', null, '{"aa": [1.50, "é\\u0009"], "b": 1}', 'null', '2:x')`)
  await fixed.pool.query(
    `insert into audit_seals (position, audit_id, previous_sha256, sha256, sealed_at) values (1, 41, repeat('0', 64), $1, '2026-01-02 03:04:06+00')`,
    ['b16ba0a166a535889f881e30a6b3b8ce1784364107f139ef724b735569171db7'],
  )
  assert.deepEqual((await walkAuditChain(fixed.db, whole)).broken, [])
})
