import assert from 'node:assert/strict'
import { get } from 'node:http'
import { test } from 'node:test'
import { createLivePayments } from '../../src/flows/live-payments.ts'
import { cancelPayment } from '../../src/flows/cancel-payment.ts'
import { readPayment } from '../../src/store/payments.ts'
import { patiently } from '../support/bad-day.ts'
import { listen } from '../support/listen.ts'
import { type Json, startTestHub, type TestHub } from '../support/running-hub.ts'
import { openTopup, payAndSaySo, type Topup, topupBank } from '../support/topups.ts'

test('a page hears of its payment by a stream', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  await t.test('what it is now, and once more when it is paid, each with the page’s own version', async (u) => {
    const topup = await openTopup(hub)
    const page = await listen(u, liveUrl(topup))
    assert.match(page.headers['content-type'] ?? '', /^text\/event-stream/)
    assert.match(page.headers['cache-control'] ?? '', /no-store/)
    const first = await patiently('the first news', () => Promise.resolve(page.heard[0]))
    assert.deepEqual([first.event, first.data['status'], first.data['state']], ['state', 'processing', 'ready'])
    assert.deepEqual(first.data, await state(hub, topup), 'asking says the same as listening')
    await payAndSaySo(hub, topup)
    const paid = await patiently('paid', () => Promise.resolve(page.heard.find((one) => one.data['state'] === 'paid')))
    assert.equal(paid.data['status'], 'completed')
    // Its receipt may be issued a moment later: whoever asks for it has it issued.
    const asked = await state(hub, topup)
    assert.match(String(asked['receipt_url']), /\/receipt\//)
    assert.deepEqual({ ...paid.data, receipt_url: asked['receipt_url'] }, asked)
    assert.equal(new Set(page.heard.map((one) => one.id)).size, page.heard.length, 'nothing is told twice')
  })
  await t.test('a page that comes back hears what it missed, and nothing it has', async (u) => {
    const topup = await openTopup(hub)
    const before = await listen(u, liveUrl(topup))
    const known = await patiently('the first news', () => Promise.resolve(before.heard[0]))
    before.close()
    await payAndSaySo(hub, topup)
    const after = await listen(u, liveUrl(topup), { 'last-event-id': known.id })
    const news = await patiently('what it missed', () => Promise.resolve(after.heard[0]))
    assert.equal(news.data['state'], 'paid')
    const again = await listen(u, liveUrl(topup), { 'last-event-id': news.id })
    const cut = await cancelled(hub, u)
    assert.equal(cut['state'], 'cancelled')
    assert.deepEqual(again.heard, [])
  })
  await t.test('what another process did is heard, too', async (u) => {
    const topup = await openTopup(hub)
    const page = await listen(u, liveUrl(topup))
    await patiently('the first news', () => Promise.resolve(page.heard[0]))
    const told: string[] = []
    const elsewhere = { ...hub.running.hub, live: createLivePayments((message) => told.push(message)) }
    const payment = await readPayment(hub.running.db, Number(topup.bill_number))
    assert.ok(payment)
    await cancelPayment(elsewhere, { actor: 'operator test', correlationId: 'test' }, payment, { reason: 'a test' })
    const message = await patiently('the telling', () => Promise.resolve(told[0]))
    await hub.pool.query('select pg_notify($1, $2)', ['payments_changed', message])
    await patiently('the news', () => Promise.resolve(page.heard.find((one) => one.data['state'] === 'cancelled')))
  })
  await t.test('a telling that got lost is made up for within seconds', async (u) => {
    const topup = await openTopup(hub)
    const page = await listen(u, liveUrl(topup))
    await patiently('the first news', () => Promise.resolve(page.heard[0]))
    const deaf = { ...hub.running.hub, live: createLivePayments(() => {}) }
    const payment = await readPayment(hub.running.db, Number(topup.bill_number))
    assert.ok(payment)
    await cancelPayment(deaf, { actor: 'operator test', correlationId: 'test' }, payment, { reason: 'a test' })
    await patiently('the news', () => Promise.resolve(page.heard.find((one) => one.data['state'] === 'cancelled')))
  })
  await t.test(
    'a bank that is switched off elsewhere takes its code from the page, and on again gives it back',
    async (u) => {
      const topup = await openTopup(hub)
      const page = await listen(u, liveUrl(topup))
      await patiently('the first news', () => Promise.resolve(page.heard[0]))
      const becomes = (state: string) =>
        patiently(state, () => Promise.resolve(page.heard.at(-1)?.data['state'] === state))
      // As another process or the command line does: here it is heard of from PostgreSQL alone.
      await hub.pool.query('update banks set active = false where code = $1', [topupBank])
      await becomes('disabled')
      await hub.pool.query('update banks set active = true where code = $1', [topupBank])
      await becomes('ready')
    },
  )
  await t.test('an unknown link has no stream, and no state', async () => {
    for (const path of ['live', 'state']) {
      const answer = await hub.gateway('GET', `/pay/${'x'.repeat(43)}/${path}`)
      assert.equal(answer.status, 404)
    }
  })
})

test('with room for 2 streams, and for 1 from one address, further pages are told to ask instead', async (t) => {
  const hub = await startTestHub(t, { HUB_PAGES_LISTENING: '2', HUB_PAGES_LISTENING_PER_ADDRESS: '1' })
  const topup = await openTopup(hub)
  const first = await listen(t, liveUrl(topup))
  assert.equal(first.status, 200)
  const second = await listen(t, liveUrl(topup))
  assert.deepEqual([second.status, second.headers['retry-after']], [429, '30'])
  first.close()
  await patiently('room again', async () => (await listen(t, liveUrl(topup))).status === 200)
})

test('whoever leaves before his stream has begun takes no room, and nothing is kept of him', async (t) => {
  const hub = await startTestHub(t, { HUB_PAGES_LISTENING_PER_ADDRESS: '1' })
  const topup = await openTopup(hub)
  const blocking = await hub.pool.connect()
  await blocking.query('begin')
  await blocking.query('select from checks where payment_number = $1 for update', [topup.bill_number])
  const leaving = get(liveUrl(topup), { agent: false }).on('error', () => {})
  await patiently('the hub to wait', async () => {
    const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and query like 'update checks%'`
    return ((await hub.pool.query(waiting)).rowCount ?? 0) > 0
  })
  leaving.destroy()
  // By the time that it has answered this, the hub knows that he is gone.
  await hub.gateway('GET', `/pay/${'x'.repeat(43)}/state`)
  await blocking.query('rollback')
  blocking.release()
  const page = await listen(t, liveUrl(topup))
  assert.equal(page.status, 200)
  page.close()
  await patiently('nothing to be kept', () => Promise.resolve(hub.running.hub.live.watched().length === 0))
})

test('a hub that stops ends its streams, so that it is not waited for', async (t) => {
  const hub = await startTestHub(t)
  const page = await listen(t, liveUrl(await openTopup(hub)))
  await patiently('the first news', () => Promise.resolve(page.heard[0]))
  await hub.running.stop()
  assert.equal(page.isEnded(), true)
})

function liveUrl(topup: Topup): string {
  return `${topup.checkout_url}/live`
}

async function state(hub: TestHub, topup: Topup): Promise<Json> {
  const answer = await hub.gateway('GET', `${new URL(topup.checkout_url).pathname}/state`)
  assert.equal(answer.status, 200, answer.text)
  return answer.json
}

/** Another payment that ends as a page hears of it: what is not heard until then is not said. */
async function cancelled(hub: TestHub, t: Parameters<typeof listen>[0]): Promise<Readonly<Record<string, unknown>>> {
  const topup = await openTopup(hub)
  const page = await listen(t, liveUrl(topup))
  const payment = await readPayment(hub.running.db, Number(topup.bill_number))
  assert.ok(payment)
  await cancelPayment(hub.running.hub, { actor: 'operator test', correlationId: 'test' }, payment, { reason: 'a test' })
  const news = await patiently('it', () => Promise.resolve(page.heard.find((one) => one.data['state'] === 'cancelled')))
  return news.data
}
