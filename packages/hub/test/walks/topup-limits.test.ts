import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operatorToken } from '../support/operators.ts'
import { startTestHub, type TestHub } from '../support/running-hub.ts'
import { timePasses } from '../support/schedule.ts'
import { unguarded } from '../support/unguarded.ts'
import { newUser, openTopup, topupBank, topupToken } from '../support/topups.ts'

test('restless people spend a part of the day’s counted calls, and no more', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  await t.test('40 pages whose button is pressed at once spend what clicks may spend of a day', () => clicks(hub))
  await t.test('asking for a new code again and again spends no more than clicks may', () => reasks(hub))
})

test('the open top-up of a façade’s bill is given again also when its method was switched off', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  const body = { md5: 'demo-merchant', amount: 10.5, currency: 'USD', bill_number: 'B-1' }
  const first = await ask(hub, body)
  assert.equal(first.status, 200, first.text)
  // A hub that died between showing a code and naming it.
  await unguarded(hub, 'update topups set handle = null', [])
  const named = await ask(hub, body)
  assert.equal(named.json['hash'], first.json['hash'])
  const off = await hub.gateway('PATCH', `/v1/banks/${topupBank}`, {
    token: operatorToken(hub),
    json: { active: false, reason: 'a test' },
  })
  assert.equal(off.status, 200, off.text)
  const again = await ask(hub, body)
  assert.equal(again.status, 200, again.text)
  assert.equal(again.json['hash'], first.json['hash'])
  assert.equal((await ask(hub, { ...body, bill_number: 'B-2' })).status, 409, 'nothing new is opened')
})

function ask(hub: TestHub, json: object) {
  return hub.gateway('POST', '/v1/generate_deeplink_by_qr', { token: topupToken(hub), json })
}

async function clicks(hub: TestHub): Promise<void> {
  const topups = await Promise.all(Array.from({ length: 40 }, () => openTopup(hub, { userId: newUser() })))
  await Promise.all(
    topups.map(async ({ checkout_url }) => {
      const { pathname } = new URL(checkout_url)
      const pressed = await hub.gateway('POST', pathname, { token: undefined })
      assert.equal(pressed.status, 200, pressed.text)
    }),
  )
  assert.equal(await clicked(hub), 16)
}

async function reasks(hub: TestHub): Promise<void> {
  await hub.pool.query('update call_clicks set clicks = 0')
  const body = { md5: 'demo-merchant', amount: 7, currency: 'USD', bill_number: 'B-3' }
  const first = await ask(hub, body)
  assert.equal(first.status, 200, first.text)
  const { rows } = await hub.pool.query<{ number: string }>('select max(number) as number from payments')
  const number = Number(rows[0]?.number)
  for (let time = 0; time < 8; time += 1) {
    await timePasses(hub, number, 16)
    const again = await ask(hub, body)
    // 404: the plan has closed it meanwhile, and the next one opens another.
    assert.ok([200, 404, 503].includes(again.status), again.text)
  }
  assert.ok((await clicked(hub)) <= 5, 'five times for one payment')
}

async function clicked(hub: TestHub): Promise<number> {
  const { rows } = await hub.pool.query<{ clicks: number }>('select clicks from call_clicks')
  return rows[0]?.clicks ?? 0
}
