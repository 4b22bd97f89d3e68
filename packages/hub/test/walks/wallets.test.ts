import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startTestHub, type TestHub } from '../support/running-hub.ts'
import { assertTopupRefused, newUser, openTopup, payAndSaySo, topupToken, wallet } from '../support/topups.ts'

test('a wallet is the sum of its entries, and shows them in parts', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  await t.test('whoever never paid has a wallet with nothing in it', () => empty(hub))
  await t.test('every kind of user name has a wallet of its own', () => userNames(hub))
  await t.test('parts of the list hold every entry once, newest first, also while more come', () => parts(hub))
  await t.test('a cursor of another list is refused', () => otherCursor(hub))
})

async function empty(hub: TestHub): Promise<void> {
  const userId = newUser()
  assert.deepEqual(await wallet(hub, userId), {
    userId,
    balances: { USD: '0.00', KHR: '0' },
    entries: [],
    has_more: false,
    next_cursor: null,
  })
}

async function topUp(hub: TestHub, userId: string, amount: string): Promise<string> {
  const topup = await openTopup(hub, { userId, amount })
  await payAndSaySo(hub, topup)
  return topup.id
}

async function userNames(hub: TestHub): Promise<void> {
  const names = ['A', 'a', 'user.name@shop.example', `${'u'.repeat(63)}1`, `${'u'.repeat(63)}2`]
  await Promise.all(names.map((name, index) => topUp(hub, name, `${index + 1}.00`)))
  for (const [index, name] of names.entries())
    assert.deepEqual((await wallet(hub, name))['balances'], { USD: `${index + 1}.00`, KHR: '0' }, name)
}

async function parts(hub: TestHub): Promise<void> {
  const userId = newUser()
  const ids: string[] = []
  for (const amount of ['1.00', '2.00', '3.00', '4.00', '5.00']) ids.unshift(await topUp(hub, userId, amount))
  const seen: string[] = []
  let cursor: Json | null = null
  for (let part = 0; part < 10; part += 1) {
    const page: Json = await wallet(hub, userId, `?limit=2${cursor === null ? '' : `&cursor=${String(cursor)}`}`)
    assert.deepEqual(page['balances'], { USD: part === 0 ? '15.00' : '21.00', KHR: '0' }, 'the whole balance, always')
    seen.push(...(page['entries'] as unknown as { topup: string }[]).map((entry) => entry.topup))
    if (part === 0) await topUp(hub, userId, '6.00')
    cursor = page['next_cursor'] ?? null
    assert.equal(page['has_more'], cursor !== null)
    if (cursor === null) break
  }
  assert.deepEqual(seen, ids)
}

async function otherCursor(hub: TestHub): Promise<void> {
  const cursor = Buffer.from('cases 5').toString('base64url')
  const answer = await hub.gateway('GET', `/api/wallets/v1/a?cursor=${cursor}`, { token: topupToken(hub) })
  assert.deepEqual(assertTopupRefused(answer, 422), ['cursor'])
}
