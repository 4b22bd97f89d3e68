import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { makeCode, patiently } from '../support/bad-day.ts'
import { heldFor, refundHeld } from '../support/held-money.ts'
import { listen } from '../support/listen.ts'
import { createOrder, type Order, openPayment, type Paying, shopToken } from '../support/orders.ts'
import type { Answer, TestHub } from '../support/running-hub.ts'
import { timePasses } from '../support/schedule.ts'
import { openTopup, payCode, startWithCallsToSpare, topupBecomes } from '../support/topups.ts'

// What the page says when something else than its own payment has changed, and after a person has decided about money.

const method = { payment_method_code: 'bakong' }
const pastGraceMinutes = 18
const beforeLateLook = 16

test('what the page says stays true whatever happens elsewhere', async (t) => {
  const hub = await startWithCallsToSpare(t)
  await t.test('another tab asks for a new code while there is one: it is shown', () => otherTab(hub))
  await t.test('a method that is switched off leaves an order as due as it was', () => methodOff(hub))
  await t.test('an old code paid late takes the new one from its open page', (u) => oldCodePaid(hub, u))
  await t.test('an old code paid late and short takes the new one, too', (u) => oldCodeShort(hub, u))
  await t.test('late money of an order that the shop gave up is not promised to count', () => withdrawn(hub))
  await t.test('money that was given back is not forgotten, and whoever waits is told', (u) => givenBack(hub, u))
  await t.test('of a bank that cannot be asked nothing is said to be asked', () => neverAsked(hub))
})

function press(hub: TestHub, path: string, act: string): Promise<Answer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return hub.gateway('POST', path, { body: `act=${act}`, headers })
}

function pathOf({ checkout_url }: Pick<Paying, 'checkout_url'>): string {
  return new URL(checkout_url).pathname
}

function shows(hub: TestHub, path: string, state: string): Promise<string> {
  return patiently(`the page to be ${state}`, async () => {
    const { text } = await hub.gateway('GET', path)
    return text.includes(`data-state="${state}"`) && text
  })
}

/** An order whose first code has ended unpaid. */
async function endedOrder(hub: TestHub): Promise<{ order: Order; first: Paying; number: number }> {
  const order = await createOrder(hub)
  const first = await openPayment(hub, order, method)
  const number = await numberOf(hub, order)
  await timePasses(hub, number, pastGraceMinutes)
  await patiently('its end', async () =>
    (await hub.gateway('GET', pathOf(first))).text.includes('data-status="expired"'),
  )
  return { order, first, number }
}

async function numberOf(hub: TestHub, { order_number }: Order): Promise<number> {
  const { rows } = await hub.pool.query('select min(number) as number from payments where bill_number = $1', [
    order_number,
  ])
  return Number(rows[0].number)
}

async function otherTab(hub: TestHub): Promise<void> {
  const live = await openPayment(hub, await createOrder(hub), method)
  const same = await press(hub, pathOf(live), 'new_code')
  assert.deepEqual([same.status, same.headers.get('location')], [303, pathOf(live)], same.text)
  const { order, first } = await endedOrder(hub)
  const second = await openPayment(hub, order, method)
  const moved = await press(hub, pathOf(first), 'new_code')
  assert.deepEqual([moved.status, moved.headers.get('location')], [303, pathOf(second)], moved.text)
}

async function methodOff(hub: TestHub): Promise<void> {
  const { first } = await endedOrder(hub)
  const setActive = async (active: boolean): Promise<void> => {
    await hub.pool.query("update banks set active = $1 where code in ('ABA', 'BAKONG')", [active])
    await hub.running.hub.refreshBanks()
  }
  await setActive(false)
  try {
    const { text } = await press(hub, pathOf(first), 'new_code')
    assert.match(text, /Another code cannot be made just now/)
    assert.doesNotMatch(text, /Nothing is due/)
  } finally {
    await setActive(true)
  }
}

async function oldCodePaid(hub: TestHub, t: TestContext): Promise<void> {
  const { order, first, number } = await endedOrder(hub)
  const second = await openPayment(hub, order, method)
  const page = await listen(t, `${second.checkout_url}/live`)
  await patiently('the first news', () => Promise.resolve(page.heard.at(-1)?.data['state'] === 'ready'))
  await payCode(hub, first.khqr.qr_string, { late: true })
  await timePasses(hub, number, beforeLateLook)
  // A late look rides along with the next customer's.
  await openTopup(hub)
  await shows(hub, pathOf(first), 'late')
  await patiently('its news', () => Promise.resolve(page.heard.at(-1)?.data['state'] === 'expired'))
  const text = await shows(hub, pathOf(second), 'expired')
  assert.match(text, /Paid already.*paid by another payment.*Do not pay this code.*kept until/s)
  assert.doesNotMatch(text, /<svg|no payment is known|Make a new code|and counts when/)
}

async function oldCodeShort(hub: TestHub, t: TestContext): Promise<void> {
  const { order, first, number } = await endedOrder(hub)
  const second = await openPayment(hub, order, method)
  const page = await listen(t, `${second.checkout_url}/live`)
  await patiently('the first news', () => Promise.resolve(page.heard.at(-1)?.data['state'] === 'ready'))
  await payCode(hub, first.khqr.qr_string, { late: true, amount: '20.00' })
  await timePasses(hub, number, beforeLateLook)
  await openTopup(hub)
  await shows(hub, pathOf(first), 'held')
  await patiently('its news', () => Promise.resolve(page.heard.at(-1)?.data['state'] === 'held'))
  const text = await shows(hub, pathOf(second), 'held')
  assert.match(text, new RegExp(`arrived by an earlier code.*do not pay before.*· ${number}<`, 's'))
  assert.doesNotMatch(text, /<svg|I have paid|Make a new code/)
}

async function withdrawn(hub: TestHub): Promise<void> {
  const order = await createOrder(hub)
  const paying = await openPayment(hub, order, method)
  const path = `/api/order/v1/orders/${order.uuid}/cancel`
  await hub.gateway('POST', path, { token: shopToken(hub), json: { reason: 'sold out' } })
  const text = await shows(hub, pathOf(paying), 'cancelled')
  assert.match(text, /looked for until .* kept until/)
  assert.doesNotMatch(text, /counts when/)
}

async function givenBack(hub: TestHub, t: TestContext): Promise<void> {
  const topup = await openTopup(hub)
  const number = Number(topup.bill_number)
  await timePasses(hub, number, pastGraceMinutes)
  await topupBecomes(hub, topup.id, 'expired')
  await payCode(hub, topup.qr_string, { late: true, amount: '4.00' })
  await timePasses(hub, number, beforeLateLook)
  await openTopup(hub)
  assert.match(await shows(hub, pathOf(topup), 'held'), /data-live=/)
  const page = await listen(t, `${topup.checkout_url}/live`)
  await patiently('the first news', () => Promise.resolve(page.heard.at(-1)?.data['state'] === 'held'))
  const refund = await refundHeld(hub, await heldFor(hub, number))
  assert.equal(refund.status, 201, refund.text)
  await patiently('its news', () => Promise.resolve(page.heard.at(-1)?.data['state'] === 'expired'))
  const text = await shows(hub, pathOf(topup), 'expired')
  assert.match(text, /Of the money that arrived, USD 4\.00 (?:is being|has been) sent back/)
  assert.doesNotMatch(text, /no payment is known/)
}

async function neverAsked(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'BANK02')
  const answer = await hub.khqr('GET', `/khqr/${code.id}`, { token: hub.token('payments:read') })
  const path = new URL(String(answer.json['data']?.['checkout_url'])).pathname
  const asked = /(?:is|was) asked|asked once more|asked again|looked for until/
  const pressed = await press(hub, path, 'paid')
  assert.match(pressed.text, /This bank cannot be asked: it tells us by itself/)
  assert.doesNotMatch(pressed.text, asked)
  await timePasses(hub, code.id, 16)
  assert.doesNotMatch(await shows(hub, path, 'waiting'), asked)
  await timePasses(hub, code.id, 6)
  assert.doesNotMatch(await shows(hub, path, 'expired'), asked)
}
