import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patiently } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import {
  callBack,
  countEvents,
  fieldsOf,
  keptAbout,
  type PaywayCode,
  type PaywayWorld,
  rawSignature,
  sortedSignature,
  startWithPayway,
} from '../support/payway.ts'
import { becomes, paidCode } from '../support/payway-days.ts'

const ours = '203.0.113.7'

test('callbacks of the profile raw-body, from the addresses of the bank alone', async (t) => {
  const world = await startWithPayway(
    t,
    { 'callback-profile': 'raw-body', 'allowed-addresses': [ours] },
    { HUB_TRUSTED_PROXIES: '127.0.0.1' },
  )
  const code = await paidCode(world)
  const body = bodyOf(code)
  await t.test('[E85] one that is not signed over its very bytes is 403, an event, and kept nowhere', () =>
    badlySigned(world, code, body),
  )
  await t.test('[E85] from another address it is 403 and an event, however well it is signed', async () => {
    const answer = await tell(world, body, { from: '198.51.100.9' })
    assert.equal(answer.status, 403, answer.text)
    await patiently('the event', async () => (await countEvents(world, 'wrong_address')) === 1)
    assert.deepEqual(await keptAbout(world, code.tranId), [])
  })
  await t.test('one whose time is far from now is 403, and an event', async () => {
    for (const minutes of [-6, 6]) {
      const old = bodyOf(code, { req_time: Math.floor(Date.now() / 1_000) + minutes * 60 })
      assert.equal((await tell(world, old)).status, 403)
    }
    await patiently('two events', async () => (await countEvents(world, 'replayed')) === 2)
    assert.deepEqual(await keptAbout(world, code.tranId), [])
  })
  await t.test('the true one settles; again it is 409, as its documents say, and the first one is kept', async () => {
    assert.equal((await tell(world, body)).status, 200)
    await becomes(world, code, {})
    assert.equal((await tell(world, body)).status, 409)
    assert.equal((await keptAbout(world, code.tranId)).length, 1)
    await becomes(world, code, {})
  })
  await t.test('another body under an id that was used is the same message', async () => {
    const { webhook_id } = JSON.parse(body) as { webhook_id: string }
    assert.equal((await tell(world, bodyOf(code, { webhook_id, amount: '9000.00' }))).status, 409)
    assert.equal((await keptAbout(world, code.tranId)).length, 1)
  })
  await t.test('nothing that is noted of a refused one says the signature that would be right', async () => {
    const { rows } = await world.hub.pool.query<{ text: string }>('select audit::text as text from audit')
    assert.ok(rows.length > 0)
    for (const { text } of rows) {
      assert.equal(text.includes(rawSignature(body, world.first.key)) || text.includes(world.first.key), false)
    }
  })
  await t.test('the books agree after all of it', () => booksAgree(world.hub))
})

let ids = 0

function bodyOf({ tranId }: PaywayCode, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    webhook_id: `wh_sample_${(ids += 1)}`,
    tran_id: tranId,
    status: 'success',
    amount: '25.00',
    payment_option: 'abapay_khqr',
    req_time: Math.floor(Date.now() / 1_000),
    ...more,
  })
}

function tell(
  world: PaywayWorld,
  body: string,
  { signature = rawSignature(body, world.first.key), from = ours }: { signature?: string; from?: string } = {},
) {
  const headers = { 'x-payway-signature': signature, 'x-forwarded-for': from }
  return callBack(world, {}, { body, signature: null, headers })
}

async function badlySigned(world: PaywayWorld, code: PaywayCode, body: string): Promise<void> {
  const fields = fieldsOf(code.tranId)
  const wrong = [
    rawSignature(`${body} `, world.first.key),
    rawSignature(body, 'a-guessed-key'),
    sortedSignature(fields, world.first.key),
    '',
  ]
  for (const signature of wrong) assert.equal((await tell(world, body, { signature })).status, 403)
  await patiently('an event for each', async () => (await countEvents(world, 'bad_signature')) === wrong.length)
  assert.deepEqual(await keptAbout(world, code.tranId), [])
}
