import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { decode } from '@khqr-hub/khqr'
import { booksAgree } from '../support/books.ts'
import { operatorToken } from '../support/operators.ts'
import { startTestHub, type TestHub } from '../support/running-hub.ts'
import {
  askTopup,
  assertTopupRefused,
  newUser,
  openTopup,
  payAndSaySo,
  payCode,
  readTopup,
  topupBank,
  topupBecomes,
  topupToken,
  wallet,
} from '../support/topups.ts'

test('a wallet is topped up by a code that any banking app pays, and nobody tells us of it', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  await t.test('the answer has every promised field, and the code says them all', () => promisedFields(hub))
  await t.test('paid in the simulator, the balance grows once, without any message of the bank', () =>
    creditedOnce(hub),
  )
  await t.test('what the bank said is kept to be read, without its token and without who paid', () => keptAnswers(hub))
  await t.test('riel are topped up as whole riel', () => riel(hub))
  await t.test('reading it, or never reading it, changes nothing: it stays pending', () => stays(hub))
  await t.test('what was said of it is kept and shown', () => described(hub))
  await t.test('two top-ups of one user are two codes, and each counts', () => twoAtOnce(hub))
  await t.test('the methods are listed with their limits per currency', () => methods(hub))
  await t.test('a number names a top-up as well as its id, and a premium is no top-up', () => names(hub))
  await t.test('while the method is switched off it is refused and not listed; what was opened goes on', () => off(hub))
  await t.test('the books agree after all of it', () => booksAgree(hub))
})

async function promisedFields(hub: TestHub): Promise<void> {
  const answer = await askTopup(hub, { amount: '1000', return_url: 'https://shop.example/thanks' })
  assert.equal(answer.status, 201, answer.text)
  const { id, hash, md5, qr_string, deeplink, checkout_url, bill_number, expires_at, next_check_at, ...rest } =
    answer.json as unknown as Record<string, string | null>
  assert.deepEqual(rest, { status: 'pending', amount: '1000.00', currency: 'USD', confirmation: 'automatic' })
  assert.match(String(id), /^pay_[0-7][0-9a-z]{25}$/)
  assert.equal(hash, createHash('sha256').update(String(qr_string)).digest('hex'))
  assert.equal(md5, createHash('md5').update(String(qr_string)).digest('hex'))
  assert.match(String(deeplink), /^https?:\/\//)
  assert.match(String(bill_number), /^\d+$/)
  const khqr = decode(String(qr_string))
  assert.deepEqual(khqr.money, { amountMinor: 100_000n, currency: 'USD' })
  assert.equal(khqr.billNumber, bill_number)
  assert.ok(Math.abs(Date.parse(String(expires_at)) - (khqr.expiresAt?.getTime() ?? 0)) < 1_000)
  assert.ok(Date.parse(String(next_check_at)) > Date.now() - 60_000)
  assert.match(String(checkout_url), new RegExp(`^http://127.0.0.1:${hub.running.ports.gateway}/pay/[\\w-]{20,}$`))
}

async function creditedOnce(hub: TestHub): Promise<void> {
  const userId = newUser()
  const { id, qr_string } = await openTopup(hub, { userId, description: 'Sample top-up' })
  assert.deepEqual((await wallet(hub, userId))['balances'], { USD: '0.00', KHR: '0' })
  await payCode(hub, qr_string)
  const paid = await topupBecomes(hub, id, 'completed')
  assert.match(String(paid['completed_at']), /Z$/)
  assert.equal(paid['userId'], userId)
  const { balances, entries, has_more, next_cursor } = await wallet(hub, userId)
  assert.deepEqual(balances, { USD: '10.50', KHR: '0' })
  const [entry] = entries as unknown as Record<string, unknown>[]
  const { recorded_at: _, ...rest } = entry ?? {}
  assert.deepEqual(rest, {
    kind: 'receipt',
    amount: '10.50',
    currency: 'USD',
    topup: id,
    description: 'Sample top-up',
  })
  assert.deepEqual([entries?.length, has_more, next_cursor], [1, false, null])
  const { rows } = await hub.pool.query('select count(*)::int as told from inbox')
  assert.equal(rows[0].told, 0)
}

async function keptAnswers(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub)
  const transaction = await payAndSaySo(hub, topup)
  const { rows } = await hub.pool.query<{ request: string; answer: string; whole: string }>(
    `select request_body as request, answer_body as answer, exchanges::text as whole from exchanges
      where payment_number = $1 and answer_body like '%toAccountId%'`,
    [topup.bill_number],
  )
  assert.ok(rows.length > 0, 'the answer that proved it is kept')
  for (const { request, answer, whole } of rows) {
    assert.ok(request.includes(topup.md5))
    assert.match(answer, /"fromAccountId":"[^@"]{1,2}\*\*\*@\w+"/)
    assert.ok(answer.includes(transaction), 'the transaction can be looked up at the bank')
    assert.doesNotMatch(whole, /eyJ|Bearer/)
    assert.ok(!whole.includes(hub.secrets.bakong.token))
  }
}

async function riel(hub: TestHub): Promise<void> {
  const userId = newUser()
  const topup = await openTopup(hub, { userId, amount: '40000', currency: 'KHR' })
  assert.equal(topup.amount, '40000')
  await payAndSaySo(hub, topup)
  assert.deepEqual((await wallet(hub, userId))['balances'], { USD: '0.00', KHR: '40000' })
}

async function stays(hub: TestHub): Promise<void> {
  const { id, qr_string } = await openTopup(hub)
  for (let look = 0; look < 5; look += 1) {
    const topup = await readTopup(hub, id)
    assert.deepEqual([topup['status'], topup['qr_string']], ['pending', qr_string])
  }
}

async function described(hub: TestHub): Promise<void> {
  const userId = newUser()
  const made = await askTopup(hub, { userId, description: 'ការបញ្ចូលលុយ 1' })
  assert.equal('description' in (made.json as object), false)
  const topup = await readTopup(hub, String(made.json['id']))
  assert.deepEqual([topup['description'], topup['userId'], topup['completed_at']], ['ការបញ្ចូលលុយ 1', userId, null])
}

async function twoAtOnce(hub: TestHub): Promise<void> {
  const userId = newUser()
  const [one, two] = await Promise.all([openTopup(hub, { userId }), openTopup(hub, { userId })])
  assert.notEqual(one.hash, two.hash)
  assert.notEqual(one.checkout_url, two.checkout_url)
  await Promise.all([payAndSaySo(hub, one), payAndSaySo(hub, two)])
  assert.deepEqual((await wallet(hub, userId))['balances'], { USD: '21.00', KHR: '0' })
}

async function methods(hub: TestHub): Promise<void> {
  const answer = await hub.gateway('GET', '/api/topups/v1/methods', { token: hub.token('payments:read') })
  assert.equal(answer.status, 200, answer.text)
  assert.deepEqual(answer.json, {
    methods: [
      {
        code: topupBank,
        currencies: ['USD', 'KHR'],
        limits: { USD: { min: '0.01', max: '1000.00' }, KHR: { min: '100', max: '4000000' } },
      },
    ],
  })
}

async function names(hub: TestHub): Promise<void> {
  const { id, bill_number } = await openTopup(hub)
  assert.equal((await readTopup(hub, bill_number))['id'], id)
  const bill = await hub.bill()
  const premium = await hub.gateway('GET', `/AMK/payments?query=${bill}`, { token: hub.token('bills:read') })
  const number = String(premium.json['data']?.['id'])
  for (const unknown of [number, '999999', `pay_${'0'.repeat(26)}`]) {
    const answer = await hub.gateway('GET', `/api/topups/v1/${unknown}`, { token: topupToken(hub) })
    assert.deepEqual(assertTopupRefused(answer, 404), [])
  }
}

async function off(hub: TestHub): Promise<void> {
  const before = await openTopup(hub)
  await switchMethod(hub, false)
  assertTopupRefused(await askTopup(hub), 409)
  assertTopupRefused(await askTopup(hub, { method: topupBank }), 409)
  const listed = await hub.gateway('GET', '/api/topups/v1/methods', { token: topupToken(hub) })
  assert.deepEqual(listed.json, { methods: [] })
  await payAndSaySo(hub, before)
  await switchMethod(hub, true)
  await openTopup(hub)
}

async function switchMethod(hub: TestHub, active: boolean): Promise<void> {
  const json = { active, reason: 'A test switches it.' }
  const answer = await hub.gateway('PATCH', `/v1/banks/${topupBank}`, { token: operatorToken(hub), json })
  assert.equal(answer.status, 200, answer.text)
}
