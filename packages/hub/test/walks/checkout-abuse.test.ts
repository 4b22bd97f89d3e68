import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { createOrder, openPayment } from '../support/orders.ts'
import { type Answer, startTestHub, type TestHub } from '../support/running-hub.ts'
import { openTopup, payCode, readTopup, topupBank } from '../support/topups.ts'

// Whoever has a link, or begins a payment of his own, must not take from others what is theirs.

test('a page’s buttons and links are good for that payment alone', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  await t.test('money that waits for a person is not cancelled from a page that is older than it', () => olderPage(hub))
  await t.test('buttons are counted for an order, however many payments it has had', () => manyPayments(hub))
  await t.test('links on a page are its own, however its address was written', () => ownLinks(hub))
})

test('giving up spends no more of the day’s calls than "I have paid"', async (t) => {
  const calls = { 'status-calls-per-day': 20, 'status-calls-reserved': 5 }
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' }, (config) => ({
    ...config,
    banks: { ...config.banks, [topupBank]: calls },
  }))
  const states: (string | undefined)[] = []
  for (let opened = 0; opened < 8; opened += 1) {
    const path = pathOf(await openTopup(hub, { userId: 'one-user' }))
    const answer = await press(hub, path, 'cancel')
    states.push(answer.status === 303 ? 'cancelled' : /could not be cancelled/.exec(answer.text)?.[0])
  }
  const { rows } = await hub.pool.query('select spent from call_days')
  assert.deepEqual([states[0], states.at(-1)], ['cancelled', 'could not be cancelled'])
  // Four of the reserve are for clicks.
  assert.ok(Number(rows[0].spent) <= 4, `${rows[0].spent} calls are spent`)
})

function pathOf({ checkout_url }: { readonly checkout_url: string }): string {
  return new URL(checkout_url).pathname
}

function press(hub: TestHub, path: string, act: string): Promise<Answer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return hub.gateway('POST', path, { body: `act=${act}`, headers })
}

async function olderPage(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub)
  await payCode(hub, topup.qr_string, { amount: '4.00' })
  assert.match((await press(hub, pathOf(topup), 'paid')).text, /data-state="held"/)
  const answer = await press(hub, pathOf(topup), 'cancel')
  assert.equal(answer.status, 200)
  assert.match(answer.text, /data-status="processing" data-state="held".*is not lost/s)
  assert.equal((await readTopup(hub, topup.id))['status'], 'pending')
}

async function manyPayments(hub: TestHub): Promise<void> {
  const path = pathOf(await openPayment(hub, await createOrder(hub)))
  for (let pressed = 0; pressed < 28; pressed += 1) assert.equal((await press(hub, path, 'paid')).status, 200)
  assert.equal((await press(hub, path, 'cancel')).status, 303)
  const next = (await press(hub, path, 'new_code')).headers.get('location') ?? ''
  assert.notEqual(next, path)
  const refused = await press(hub, next, 'cancel')
  assert.deepEqual([refused.status, Number(refused.headers.get('retry-after')) > 0], [429, true])
}

async function ownLinks(hub: TestHub): Promise<void> {
  const path = pathOf(await openTopup(hub))
  for (const target of [`${path}/`, `http://other.example${path}`, `${path}#other`]) {
    const text = await answerTo(hub, target)
    assert.match(text, new RegExp(`data-live="${path}"`), target)
    assert.match(text, new RegExp(`href="${path}/card.png"`), target)
    assert.doesNotMatch(text, /other/, target)
  }
}

/** Of a request line as no browser writes it. */
function answerTo(hub: TestHub, target: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const line = connect(hub.running.ports.gateway, '127.0.0.1')
    let text = ''
    line.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    line.on('error', reject).on('close', () => resolve(text))
    line.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`)
  })
}
