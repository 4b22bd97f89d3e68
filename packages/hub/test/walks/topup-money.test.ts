import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expirePayments } from '../../src/flows/expire-payments.ts'
import { becomes, makeCode, patiently, pay } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { startTestHub, type TestHub } from '../support/running-hub.ts'
import { checksOf, timePasses } from '../support/schedule.ts'
import {
  newUser,
  startWithCallsToSpare,
  openTopup,
  payCode,
  readTopup,
  type Topup,
  topupBank,
  topupBecomes,
  wallet,
} from '../support/topups.ts'

/** Longer than a code is shown, and the grace after it. */
const sessionAndGrace = 60

test('with calls to spare, money for a top-up that does not fit is neither lost nor credited', async (t) => {
  const hub = await startWithCallsToSpare(t)
  t.afterEach(() => nextDay(hub))
  await t.test('[E77] less than was asked is held, and the wallet gets nothing', () => misfit(hub, '4.00', 'underpaid'))
  await t.test('more than was asked is held as a whole', () => misfit(hub, '40.00', 'overpaid'))
  await t.test('another currency is held', () => otherCurrency(hub))
  await t.test('[E78] one transfer told for two codes is credited once, and the other is a case', () =>
    oneHashTwoCodes(hub, {}),
  )
  await t.test('the same with codes of two accounts', () => oneHashTwoCodes(hub, { amount: '42000', currency: 'KHR' }))
  await t.test('[E79] money that went to another account is not believed', () => wrongAccount(hub))
  await t.test('an answer that makes no sense leaves it open, and the next one settles it', () => garbage(hub))
  await t.test('[E80] nobody paid: it expires after a last look, and not before', () => expires(hub))
  await t.test('[E80] while the bank cannot say, it does not expire', () => unsure(hub))
  await t.test('[E81] paid after it expired: late money completes it', () => late(hub))
  await t.test('the books agree after all of it', () => booksAgree(hub))
})

test('[E82] a spent allowance delays a top-up and loses nothing', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  await hub.simulator('POST', '/_simulator/bakong/quota', { spent: 100 })
  const first = await openTopup(hub)
  assert.equal(first.confirmation, 'automatic')
  await payCode(hub, first.qr_string)
  const { bank } = hub.running.hub.banks.get(topupBank) ?? {}
  await patiently('the allowance to be latched', async () => (await bank?.allowance?.())?.latched)
  const atLatch = await spent(hub)
  const second = await openTopup(hub)
  assert.equal(second.confirmation, 'delayed', 'what cannot be asked about today is said to be delayed')
  await timePasses(hub, Number(first.bill_number), sessionAndGrace)
  for (let look = 0; look < 3; look += 1) await hub.running.hub.clock.wait(1_000)
  assert.equal((await readTopup(hub, first.id))['status'], 'pending', 'nothing expires unasked')
  assert.equal(await spent(hub), atLatch, 'no call is sent after the latch')
  await nextDay(hub)
  await topupBecomes(hub, first.id, 'completed')
  await booksAgree(hub)
})

test('with calls to spare, a bill paid through a bank that tells and again by a code of a counted bank: the second money is held', async (t) => {
  const hub = await startWithCallsToSpare(t)
  const first = await makeCode(hub, 'AMK')
  const second = await makeCode(hub, topupBank, first.bill)
  assert.equal(second.id, first.id, 'one bill, one payment')
  await pay(hub, first)
  await becomes(hub, first.id, {})
  await payCode(hub, second.qrString)
  await timePasses(hub, first.id, sessionAndGrace + 20)
  await becomes(hub, first.id, { held: ['duplicate_payment'] })
  await booksAgree(hub)
})

test('top-ups that wait for their last look are left to the plan, which asks about all of them in one call', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  const topups = [await openTopup(hub), await openTopup(hub), await openTopup(hub)]
  const numbers = topups.map((topup) => Number(topup.bill_number))
  // The plan waits, as on a day without calls.
  await claimedUntil(hub, 'infinity')
  for (const number of numbers) await timePasses(hub, number, 25 * 60)
  const before = await spent(hub)
  await expirePayments(hub.running.hub)
  await patiently('the job that closes what nobody uses to have passed', async () => {
    const { rows } = await hub.pool.query(
      'select 1 from payments where number = any($1) and expiry_try_at is not null',
      [numbers],
    )
    return rows.length === numbers.length
  })
  await claimedUntil(hub, '-infinity')
  for (const { id } of topups) await topupBecomes(hub, id, 'expired')
  assert.equal((await spent(hub)) - before, 1)
})

function claimedUntil(hub: TestHub, until: string): Promise<unknown> {
  return hub.pool.query('update checks set claimed_until = $1, revision = revision + 1', [until])
}

/** Midnight: both the bank and we count anew. */
async function nextDay(hub: TestHub): Promise<void> {
  await hub.simulator('POST', '/_simulator/bakong/quota', { reset: true })
  await hub.pool.query('delete from call_days')
}

async function spent(hub: TestHub): Promise<number> {
  const quota = await hub.simulator('GET', '/_simulator/bakong/quota')
  return Number(
    (quota.json as unknown as { tokens?: { spent: number }[] }).tokens?.[0]?.spent ?? quota.json['spent'] ?? 0,
  )
}

async function misfit(hub: TestHub, amount: string, reason: string): Promise<void> {
  const userId = newUser()
  const topup = await openTopup(hub, { userId })
  await payCode(hub, topup.qr_string, { amount })
  await heldAs(hub, topup, reason)
  assert.deepEqual((await wallet(hub, userId))['balances'], { USD: '0.00', KHR: '0' })
}

async function otherCurrency(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub)
  await payCode(hub, topup.qr_string, { amount: '42000', currency: 'KHR' })
  await heldAs(hub, topup, 'currency_mismatch')
}

async function heldAs(hub: TestHub, topup: Topup, reason: string): Promise<void> {
  await patiently(`${topup.bill_number} to be held as ${reason}`, async () => {
    await readTopup(hub, topup.id)
    const { rows } = await hub.pool.query<{ reason: string }>(
      'select s.reason from suspense s join receipts r on r.id = s.receipt_id where r.payment_number = $1',
      [topup.bill_number],
    )
    return rows[0]?.reason === reason
  })
  assert.equal((await readTopup(hub, topup.id))['status'], 'pending')
}

async function oneHashTwoCodes(hub: TestHub, other: Readonly<Record<string, unknown>>): Promise<void> {
  const [one, two] = [await openTopup(hub), await openTopup(hub, other)]
  await payCode(hub, one.qr_string)
  await payCode(hub, two.qr_string, { sameTransferAs: one.qr_string })
  const completed = await patiently('one of the two', async () => {
    const both = [await readTopup(hub, one.id), await readTopup(hub, two.id)]
    return both.filter((topup) => String(topup['status']) === 'completed').length > 0 && both
  })
  await patiently('a case about the other', async () => {
    await Promise.all([readTopup(hub, one.id), readTopup(hub, two.id)])
    const { rows } = await hub.pool.query(
      `select 1 from cases where kind = 'receipt_elsewhere' and payment_number = any($1)`,
      [[one.bill_number, two.bill_number]],
    )
    return rows.length > 0
  })
  assert.equal(completed.filter((topup) => String(topup['status']) === 'completed').length, 1)
}

async function wrongAccount(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub)
  await payCode(hub, topup.qr_string, { verify: 'wrong-account' })
  await patiently('the bank to be asked', async () => {
    await readTopup(hub, topup.id)
    const [check] = await checksOf(hub, Number(topup.bill_number))
    return check?.state === 'unknown'
  })
  assert.equal((await readTopup(hub, topup.id))['status'], 'pending')
}

async function garbage(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub)
  await hub.simulator('POST', '/_simulator/faults', { target: topupBank, operation: 'check-md5', fault: 'html' })
  await hub.simulator('POST', '/_simulator/faults', { target: topupBank, operation: 'check-md5-list', fault: 'html' })
  await payCode(hub, topup.qr_string)
  await patiently('an answer that cannot be read', async () => {
    await readTopup(hub, topup.id)
    const [check] = await checksOf(hub, Number(topup.bill_number))
    return check?.state === 'unknown'
  })
  await hub.simulator('DELETE', '/_simulator/faults')
  await topupBecomes(hub, topup.id, 'completed')
}

async function expires(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub)
  await timePasses(hub, Number(topup.bill_number), sessionAndGrace)
  await topupBecomes(hub, topup.id, 'expired')
  const [check] = await checksOf(hub, Number(topup.bill_number))
  assert.ok(check && check.asks > 0 && check.state !== 'unknown', 'the bank was asked last')
}

async function unsure(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub)
  const faults = ['check-md5', 'check-md5-list']
  for (const operation of faults)
    await hub.simulator('POST', '/_simulator/faults', { target: topupBank, operation, fault: 'html' })
  await timePasses(hub, Number(topup.bill_number), sessionAndGrace)
  await patiently('a look that says nothing', async () => {
    const [check] = await checksOf(hub, Number(topup.bill_number))
    return check?.state === 'unknown' && check.asks > 0
  })
  assert.equal((await readTopup(hub, topup.id))['status'], 'pending')
  await hub.simulator('DELETE', '/_simulator/faults')
  await topupBecomes(hub, topup.id, 'expired')
}

async function late(hub: TestHub): Promise<void> {
  const userId = newUser()
  const topup = await openTopup(hub, { userId })
  await timePasses(hub, Number(topup.bill_number), sessionAndGrace)
  await topupBecomes(hub, topup.id, 'expired')
  await payCode(hub, topup.qr_string, { late: true })
  await timePasses(hub, Number(topup.bill_number), 16)
  // A late look is worth no call of its own on a busy day: it rides along with the next customer's.
  await openTopup(hub)
  await topupBecomes(hub, topup.id, 'completed')
  assert.deepEqual((await wallet(hub, userId))['balances'], { USD: '10.50', KHR: '0' })
}
