import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patiently } from '../support/bad-day.ts'
import { type Answer, startTestHub, type TestHub } from '../support/running-hub.ts'
import { timePasses } from '../support/schedule.ts'
import {
  openTopup,
  startWithCallsToSpare,
  payAndSaySo,
  payCode,
  readTopup,
  type Topup,
  topupBecomes,
} from '../support/topups.ts'

// The page on days that do not go as planned: every sentence on it must be true of the money.

const codeMinutes = 15
const pastGraceMinutes = 18

test('with calls to spare, the page tells what happens to the money, whatever the day brings', async (t) => {
  const hub = await startWithCallsToSpare(t)
  await t.test('a code that has ended is not shown any more, and the bank is asked once more', () => ended(hub))
  await t.test('an expired payment says until when money is looked for; late money turns it paid', () => expired(hub))
  await t.test('money that does not fit is said to be kept', () => misfit(hub))
  await t.test('what ended is counted by bank, with how often the bank was asked', () => counted(hub))
  await t.test('when no calls are left today it is announced as delayed, and the button says so', () => delayed(hub))
})

test('what was announced as automatic says when it is asked, once the calls of the day are used up', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  const topup = await openTopup(hub)
  assert.equal(topup.confirmation, 'automatic')
  await page(hub, topup, 'POST')
  await hub.pool.query('update call_days set spent = 100')
  const tomorrow = await patiently('its next look to be tomorrow', async () => {
    const { next_check_at } = await readTopup(hub, topup.id)
    const hours = (Date.parse(String(next_check_at)) + 7 * 3_600_000) / 3_600_000
    return Date.parse(String(next_check_at)) > Date.now() && hours % 24 === 0 && String(next_check_at)
  })
  await timePasses(hub, Number(topup.bill_number), pastGraceMinutes)
  const said = await patiently('it to be delayed', async () => {
    const again = await readTopup(hub, topup.id)
    return String(again['confirmation']) === 'delayed' && String(again['next_check_at']) === tomorrow && again
  })
  assert.equal(said['status'], 'pending')
  assert.match((await page(hub, topup)).text, /may be confirmed later, not at once.*The bank is asked next at/s)
})

test('a page that was asked for too often looks again by itself', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '1' })
  const topup = await openTopup(hub)
  const answers: Answer[] = []
  for (let shown = 0; shown <= 10; shown += 1) answers.push(await page(hub, topup))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [...Array.from({ length: 10 }, () => 200), 429],
  )
  const refused = answers.at(-1)
  const again = /http-equiv="refresh" content="(\d+);url=\/pay\/[\w-]{43}"/.exec(refused?.text ?? '')?.[1]
  assert.ok(Number(again) >= Number(refused?.headers.get('retry-after')), refused?.text)
  assert.match(refused?.text ?? '', /data-status="error".*Nothing about your payment has changed/s)
})

function page(hub: TestHub, topup: Pick<Topup, 'checkout_url'>, method = 'GET'): Promise<Answer> {
  return hub.gateway(method, new URL(topup.checkout_url).pathname)
}

async function ended(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub)
  // The grace has not passed: nothing is decided yet.
  await timePasses(hub, Number(topup.bill_number), codeMinutes)
  const { text } = await page(hub, topup)
  assert.match(text, /data-status="processing".*Do not pay it any more.*asked once more.*I have paid/s)
  assert.match(text, /http-equiv="refresh"/)
  assert.doesNotMatch(text, /<svg/)
}

async function expired(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub)
  await timePasses(hub, Number(topup.bill_number), pastGraceMinutes)
  await topupBecomes(hub, topup.id, 'expired')
  const { text } = await page(hub, topup)
  assert.match(text, /data-status="expired".*Do not pay this code.*looked for until \d+ \w+ at \d\d:\d\d, and counts/s)
  assert.doesNotMatch(text, /http-equiv="refresh"|<svg|I have paid/)
  await payCode(hub, topup.qr_string, { late: true })
  await timePasses(hub, Number(topup.bill_number), 16)
  // A late look rides along with the next customer's.
  await openTopup(hub)
  await topupBecomes(hub, topup.id, 'completed')
  assert.match((await page(hub, topup)).text, /data-status="completed".*after the code had ended, and counts/s)
}

async function misfit(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub)
  await payCode(hub, topup.qr_string, { amount: '4.00' })
  const answer = await page(hub, topup, 'POST')
  assert.match(answer.text, /data-status="processing".*Your money has arrived.*is not lost/s)
  assert.doesNotMatch(answer.text, /<svg|I have paid/)
  assert.equal((await readTopup(hub, topup.id))['status'], 'pending')
}

async function counted(hub: TestHub): Promise<void> {
  await payAndSaySo(hub, await openTopup(hub))
  const { text } = await hub.gateway('GET', '/actuator/prometheus')
  const count = (outcome: string) =>
    Number(
      new RegExp(`^hub_payments_total\\{payable="topup",bank="BAKONG",outcome="${outcome}"\\} (\\d+)`, 'm').exec(
        text,
      )?.[1],
    )
  assert.deepEqual(['opened', 'completed', 'expired', 'completed_late'].map(count), [5, 1, 1, 1])
  const asked = (outcome: string) =>
    new RegExp(`^hub_checks_per_payment_count\\{bank="BAKONG",outcome="${outcome}"\\} 1$`, 'm').test(text)
  assert.deepEqual(['completed', 'expired'].map(asked), [true, true])
  const sum = /^hub_checks_per_payment_sum\{bank="BAKONG",outcome="expired"\} (\d+)/m.exec(text)?.[1]
  assert.ok(Number(sum) >= 1, 'nothing expires unasked')
}

async function delayed(hub: TestHub): Promise<void> {
  await hub.simulator('POST', '/_simulator/bakong/quota', { spent: 100, perDay: 100 })
  const first = await openTopup(hub)
  await patiently('the bank to have refused for today', async () => {
    await page(hub, first, 'POST')
    const { rows } = await hub.pool.query('select 1 from call_days where latched_at is not null')
    return rows.length > 0
  })
  const topup = await openTopup(hub)
  assert.equal(topup.confirmation, 'delayed')
  const { text } = await page(hub, topup)
  assert.match(text, /<svg.*may be confirmed later, not at once.*statement/s)
  assert.match(text, /http-equiv="refresh" content="30;/)
  const said = await page(hub, topup, 'POST')
  assert.match(said.text, /role="status">The bank (cannot be asked again just now|was asked just now and could not)/)
  assert.equal((await readTopup(hub, topup.id))['status'], 'pending')
}

test('whoever guesses links is slowed down, and customers behind the same address are not', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '20' })
  const topup = await openTopup(hub)
  const guesses = await Promise.all(
    Array.from({ length: 25 }, (_, index) => hub.gateway('GET', `/pay/${`guess${index}`.padEnd(43, 'x')}`)),
  )
  const statuses = guesses.map(({ status }) => status)
  assert.deepEqual([...new Set(statuses)].sort(), [404, 429])
  assert.ok(statuses.filter((status) => status === 404).length <= 20)
  const refused = guesses.find(({ status }) => status === 429)
  assert.match(refused?.text ?? '', /data-status="error"/)
  assert.ok(Number(refused?.headers.get('retry-after')) > 0)
  for (let look = 0; look < 30; look += 1) assert.equal((await page(hub, topup)).status, 200)
})
