import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askAgainNow, bankTime, becomes, makeCode, minutesPass, notice, pay, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { startTestHub } from '../support/running-hub.ts'

test('what an attacker found', async (t) => {
  const hub = await startBadDays(t)

  await t.test('a word for "not paid" never answers for a later word for "paid"', async () => {
    const code = await makeCode(hub, 'AMK')
    const paid_datetime = bankTime(new Date())
    assert.equal((await notice(hub, code, { paid_datetime, status: 'PENDING' })).status, 200)
    await pay(hub, code, { webhook: 'drop' })
    const paid = await notice(hub, code, { paid_datetime })
    assert.equal(paid.json['data']?.['status'], 'CONFIRMED', paid.text)
    await becomes(hub, code.id, {})
    await booksAgree(hub)
  })

  await t.test('a notice that became a case is judged again when it is told again', async () => {
    const code = await makeCode(hub, 'AMK')
    const paid_datetime = bankTime(new Date())
    assert.equal((await notice(hub, code, { paid_datetime })).status, 503)
    await minutesPass(hub, code.id, 16)
    await askAgainNow(hub)
    await becomes(hub, code.id, { status: 'processing', applied: 0, cases: ['unproved_notice'] })
    await pay(hub, code, { webhook: 'drop' })
    assert.equal((await notice(hub, code, { paid_datetime })).status, 200)
    await becomes(hub, code.id, { cases: ['unproved_notice'] })
    await booksAgree(hub)
  })
})

test('a bearer that nobody knows has the general limit of its address on bank routes too', async (t) => {
  const hub = await startTestHub(t)
  const statuses = []
  for (let tries = 0; tries < 130; tries += 1) {
    statuses.push((await hub.gateway('POST', '/AMK/khqr', { token: `unknown-${tries}`, json: {} })).status)
  }
  assert.deepEqual([...new Set(statuses)], [401, 429])
})
