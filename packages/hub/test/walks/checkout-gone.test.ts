import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { becomes, patiently, pay } from '../support/bad-day.ts'
import { applyTo, approve, heldFor, refundHeld, writeOff } from '../support/held-money.ts'
import { type Hosted, openPremium } from '../support/hosted-page.ts'
import { listen } from '../support/listen.ts'
import { askRefund, refundBecomes, refundIn } from '../support/refund-days.ts'
import { lookTwice, takeBack } from '../support/reversals.ts'
import { type Answer, startTestHub, type TestHub } from '../support/running-hub.ts'

// What a page says of money after a person has decided about it: nothing that arrived is ever passed over.

test('what became of money that arrived is said on its page, with the sum', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  await t.test('too little, asked to be sent back: it is on its way, and then it was sent', (u) => tooLittle(hub, u))
  await t.test('paid twice: the second one is being sent back by hand', () => twice(hub))
  await t.test('too much, and a part of it counts: what arrived, and what of it waits', () => tooMuch(hub))
  await t.test('money of one payment that counts for another one', () => elsewhere(hub))
  await t.test('money that was written off', () => writtenOff(hub))
  await t.test('a part of what was paid is sent back, and then the rest', () => inParts(hub))
  await t.test('what its bank took back', () => takenBack(hub))
  await t.test('what lies before a person as perhaps its money: nobody gives it up, or gets another code', () =>
    doubted(hub),
  )
})

function read(hub: TestHub, { url }: Hosted): Promise<string> {
  return hub.gateway('GET', new URL(url).pathname).then(({ text }) => text)
}

function press(hub: TestHub, { url }: Hosted, act: string): Promise<Answer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return hub.gateway('POST', new URL(url).pathname, { body: `act=${act}`, headers })
}

function says(hub: TestHub, code: Hosted, words: RegExp): Promise<string> {
  return patiently(`the page to say ${words}`, async () => {
    const text = await read(hub, code)
    return words.test(text) && text
  })
}

/** It is done at once, or when a second person agrees. */
async function done(hub: TestHub, answer: Answer): Promise<void> {
  const last = answer.status === 202 ? await approve(hub, answer) : answer
  assert.equal(last.status, 200, last.text)
}

async function tooLittle(hub: TestHub, t: TestContext): Promise<void> {
  const code = await openPremium(hub, 'BANK01')
  await pay(hub, code, { amount: '24.00' })
  const held = await says(hub, code, /USD 24\.00 arrived, and USD 25\.00 was asked for/)
  assert.doesNotMatch(held, /counts all the same/)
  const page = await listen(t, `${code.url}/live`)
  await patiently('its news', () => Promise.resolve(page.heard.at(-1)?.data['state'] === 'held'))
  const refund = refundIn(await refundHeld(hub, await heldFor(hub, code.id)))
  const open = await says(
    hub,
    code,
    /data-state="ready".*Of the money that arrived, USD 24\.00 (is being|has been) sent back/s,
  )
  assert.match(open, /<svg/)
  await refundBecomes(hub, refund, 'succeeded')
  const text = await says(hub, code, /Of the money that arrived, USD 24\.00 has been sent back/)
  const version = /data-version="([^"]+)"/.exec(text)?.[1]
  await patiently('the page to be told', () => Promise.resolve(page.heard.at(-1)?.data['version'] === version))
}

async function twice(hub: TestHub): Promise<void> {
  const code = await openPremium(hub)
  await pay(hub, code, { times: 2 })
  await says(hub, code, /data-state="paid_twice".*USD 25\.00 arrived once more/s)
  refundIn(await refundHeld(hub, await heldFor(hub, code.id)))
  const text = await says(hub, code, /Of the money that arrived, USD 25\.00 is being sent back/)
  assert.match(text, /data-state="paid".*<h1[^>]*>Paid<.*data-live=|data-live=.*<h1[^>]*>Paid</s)
}

async function tooMuch(hub: TestHub): Promise<void> {
  const code = await openPremium(hub, 'BANK01')
  await pay(hub, code, { amount: '26.00' })
  await says(hub, code, /USD 26\.00 arrived, and only USD 25\.00 was asked for/)
  await done(hub, await applyTo(hub, await heldFor(hub, code.id), code.id, { amount: '25.00' }))
  const text = await says(hub, code, /data-state="paid"/)
  assert.match(text, /USD 26\.00 arrived, and only USD 25\.00 was asked for\..*USD 1\.00 of it waits/s)
}

async function elsewhere(hub: TestHub): Promise<void> {
  const [code, other] = [await openPremium(hub), await openPremium(hub)]
  await pay(hub, code, { times: 2 })
  await says(hub, code, /data-state="paid_twice"/)
  await done(hub, await applyTo(hub, await heldFor(hub, code.id), other.id))
  await says(hub, code, /Of the money that arrived, USD 25\.00 counts for another payment/)
  assert.doesNotMatch(await says(hub, other, /data-state="paid"/), /Of the money that arrived/)
}

async function writtenOff(hub: TestHub): Promise<void> {
  const code = await openPremium(hub)
  await pay(hub, code, { amount: '0.50' })
  await says(hub, code, /data-state="held"/)
  await done(hub, await writeOff(hub, await heldFor(hub, code.id)))
  await says(hub, code, /data-state="ready".*Of the money that arrived, USD 0\.50 does not count for this payment/s)
}

async function inParts(hub: TestHub): Promise<void> {
  const code = await openPremium(hub, 'BANK01')
  await pay(hub, code)
  await becomes(hub, code.id, {})
  await refundBecomes(hub, refundIn(await askRefund(hub, code, { amount: '10.00' })), 'succeeded')
  const part = await says(hub, code, /Of the money that arrived, USD 10\.00 has been sent back/)
  assert.match(part, /<h1[^>]*>Paid</)
  await refundBecomes(hub, refundIn(await askRefund(hub, code, { amount: '15.00' })), 'succeeded')
  const all = await says(hub, code, /Of the money that arrived, USD 25\.00 has been sent back/)
  assert.doesNotMatch(all, /counts for another|is being sent|does not count/)
  assert.match(all, /<h1[^>]*>Paid, and gone back<.*USD 25\.00 had arrived/s)
}

async function takenBack(hub: TestHub): Promise<void> {
  const code = await openPremium(hub, 'BANK01')
  await pay(hub, code)
  await becomes(hub, code.id, {})
  await refundBecomes(hub, refundIn(await askRefund(hub, code, { amount: '10.00' })), 'succeeded')
  await takeBack(hub, code)
  await lookTwice(hub, code)
  const text = await says(hub, code, /Of the money that arrived, the bank has taken USD 15\.00 back/)
  assert.match(text, /<h1[^>]*>Paid, and gone back<.*USD 10\.00 has been sent back/s)
  assert.doesNotMatch(text, /counts for another|is being sent|does not count/)
}

async function doubted(hub: TestHub): Promise<void> {
  const code = await openPremium(hub)
  await pay(hub, code, { clockSkewS: -7_200, webhook: 'drop' })
  await press(hub, code, 'paid')
  for (const act of ['cancel', 'new_code', 'paid']) {
    const { text } = await press(hub, code, act)
    assert.match(text, /Money may have arrived for this payment, and a person looks at it/, act)
    assert.doesNotMatch(text, /<svg/)
  }
}
