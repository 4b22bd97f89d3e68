import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { type EmptyBooks, openBooks } from '../../test/support/empty-books.ts'
import type { Until } from '../../test/support/database.ts'
import { createSeal, keyIdOf } from '../kit/seal.ts'
import {
  claimTokenLook,
  createTokenKeeper,
  endTokenLook,
  listKeptTokens,
  lockedTokens,
  putBankToken,
  resealBankTokens,
  tokenFingerprint,
  TokenLocked,
} from './bank-tokens.ts'

const key = (seed: string) => createHash('sha256').update(seed).digest()
const [first, second] = [key('sample key 1'), key('sample key 2')]
const seal = createSeal({ current: first, older: [] })
const next = createSeal({ current: second, older: [first] })
const strange = createSeal({ current: second, older: [] })
const who = { by: 'a test', correlationId: 'test-1' }

function keeper(books: EmptyBooks, more: { seal?: typeof seal | undefined; configured?: string; bank?: string } = {}) {
  const { bank = 'BANK01', configured } = more
  return createTokenKeeper(books.db, bank, { seal: 'seal' in more ? more.seal : seal, configured })
}

async function withTokens(t: Until, ...tokens: string[]): Promise<EmptyBooks> {
  const books = await openBooks(t)
  for (const token of tokens) await keeper(books).store(token, 'entered', 'a test')
  return books
}

async function audited(books: EmptyBooks): Promise<{ actor: string; action: string; object: string; all: string }[]> {
  const { rows } = await books.pool.query(`select actor, action, object, a::text as all from audit a
    where action like 'bank_token.%' order by id`)
  return rows
}

test('the token that was stored last is read, else the configured one, else none', async (t) => {
  const books = await withTokens(t)
  assert.equal(await keeper(books).read(), undefined)
  assert.equal(await keeper(books, { configured: 'made-up-0' }).read(), 'made-up-0')
  await keeper(books).store('made-up-1', 'entered', 'a test')
  await keeper(books).store('made-up-2', 'renewed', 'a test')
  assert.equal(await keeper(books, { configured: 'made-up-0' }).read(), 'made-up-2')
  assert.equal(await keeper(books, { bank: 'BANK02' }).read(), undefined)
})

test('no table holds a token as it is', async (t) => {
  const books = await withTokens(t, 'made-up-token-1', 'made-up-token-2')
  const { rows } = await books.pool.query(
    'select b::text as row from bank_tokens b union all select a::text from audit a',
  )
  assert.ok(rows.length >= 4)
  for (const { row } of rows) assert.ok(!row.includes('made-up-token'), row)
})

test('the token before is kept until the next one comes, and no longer', async (t) => {
  const books = await withTokens(t, 'made-up-1', 'made-up-2', 'made-up-3')
  const { rows } = await books.pool.query(
    'select fingerprint, replaced_at is null as current from bank_tokens order by id',
  )
  assert.deepEqual(rows, [
    { fingerprint: tokenFingerprint('made-up-2'), current: false },
    { fingerprint: tokenFingerprint('made-up-3'), current: true },
  ])
})

test('each change of a token is audited with both fingerprints; the same token again changes nothing', async (t) => {
  const books = await withTokens(t, 'made-up-1', 'made-up-1')
  await keeper(books).store('made-up-2', 'renewed', 'job keep-tokens')
  const rows = await audited(books)
  assert.deepEqual(
    rows.map(({ actor, action, object }) => [actor, action, object]),
    [
      ['a test', 'bank_token.entered', 'bank BANK01'],
      ['job keep-tokens', 'bank_token.renewed', 'bank BANK01'],
    ],
  )
  for (const token of ['made-up-1', 'made-up-2']) assert.ok(rows[1]?.all.includes(tokenFingerprint(token)))
  const [kept] = await listKeptTokens(books.db)
  assert.equal(kept?.how, 'renewed')
})

test('of eight who store at once one is the last, and one is the one before', async (t) => {
  const books = await withTokens(t)
  await Promise.all(
    Array.from({ length: 8 }, (_, index) => keeper(books).store(`made-up-${index}`, 'entered', 'a test')),
  )
  const { rows } = await books.pool.query(
    'select count(*)::int as kept, count(replaced_at)::int as before from bank_tokens',
  )
  assert.deepEqual(rows, [{ kept: 2, before: 1 }])
  assert.match((await keeper(books).read()) ?? '', /^made-up-[0-7]$/)
})

test('without a master key a configured token is read, a stored one is an error that names the setting, and none is kept', async (t) => {
  const books = await withTokens(t)
  assert.equal(await keeper(books, { seal: undefined, configured: 'made-up-0' }).read(), 'made-up-0')
  await assert.rejects(keeper(books, { seal: undefined }).store('made-up-1', 'entered', 'a test'), /HUB_MASTER_KEY/)
  await keeper(books).store('made-up-1', 'entered', 'a test')
  const refused = (error: unknown) => error instanceof TokenLocked && /BANK01.*HUB_MASTER_KEY/.test(error.message)
  await assert.rejects(keeper(books, { seal: undefined, configured: 'made-up-0' }).read(), refused)
})

test('a token that another key sealed is an error that names the key and both settings', async (t) => {
  const books = await withTokens(t, 'made-up-1')
  const named = new RegExp(`${keyIdOf(first)}.*HUB_MASTER_KEY.*HUB_MASTER_KEYS_OLD`)
  await assert.rejects(keeper(books, { seal: strange }).read(), named)
  assert.match((await lockedTokens(books.db, strange, ['BANK01'])) ?? '', named)
  assert.equal(await lockedTokens(books.db, strange, ['BANK02']), undefined)
  assert.equal(await lockedTokens(books.db, next, ['BANK01', 'BANK02']), undefined)
})

test('a token that was put into another bank’s row is not read', async (t) => {
  const books = await withTokens(t, 'made-up-1')
  await books.pool.query(`update bank_tokens set bank_code = 'BANK02'`)
  await assert.rejects(keeper(books, { bank: 'BANK02' }).read(), TokenLocked)
})

test('after a change of keys every token is sealed anew, read before and after, and the old key is not needed any more', async (t) => {
  const books = await withTokens(t, 'made-up-1', 'made-up-2')
  await putBankToken(books.db, seal, {
    bankCode: 'BANK02',
    token: 'made-up-3',
    how: 'entered',
    reason: undefined,
    ...who,
  })
  assert.equal(await keeper(books, { seal: next }).read(), 'made-up-2')
  assert.deepEqual(await resealBankTokens(books.db, next, who), { resealed: 3, locked: [] })
  assert.equal(await keeper(books, { seal: strange }).read(), 'made-up-2')
  assert.equal(await keeper(books, { seal: strange, bank: 'BANK02' }).read(), 'made-up-3')
  assert.deepEqual(await resealBankTokens(books.db, next, who), { resealed: 0, locked: [] })
  assert.equal((await audited(books)).filter(({ action }) => action === 'bank_token.resealed').length, 3)
})

test('what cannot be opened is named, and left as it is', async (t) => {
  const books = await withTokens(t, 'made-up-1')
  const { resealed, locked } = await resealBankTokens(books.db, strange, who)
  assert.equal(resealed, 0)
  assert.match(locked[0] ?? '', /BANK01/)
  assert.equal(await keeper(books).read(), 'made-up-1')
})

test('a token that is replaced while it is sealed anew stays replaced', async (t) => {
  const books = await withTokens(t, 'made-up-1')
  await Promise.all([
    resealBankTokens(books.db, next, who),
    putBankToken(books.db, next, { bankCode: 'BANK01', token: 'made-up-2', how: 'entered', reason: undefined, ...who }),
  ])
  assert.equal(await keeper(books, { seal: next }).read(), 'made-up-2')
})

test('one at a time looks after a token; who died does so until the claim ends', async (t) => {
  const books = await withTokens(t)
  const claims = await Promise.all(Array.from({ length: 8 }, () => claimTokenLook(books.db, 'BANK01', 60)))
  assert.equal(claims.filter(Boolean).length, 1)
  assert.equal(await claimTokenLook(books.db, 'BANK02', 60), true)
  await endTokenLook(books.db, 'BANK01')
  assert.equal(await claimTokenLook(books.db, 'BANK01', 60), true)
  await books.pool.query(`update bank_token_looks set claimed_until = now()`)
  assert.equal(await claimTokenLook(books.db, 'BANK01', 60), true)
})
