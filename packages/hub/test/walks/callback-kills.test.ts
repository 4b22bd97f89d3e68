import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patiently, standing } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { createOrder, openPayment } from '../support/orders.ts'
import { keptAbout, payCode } from '../support/payway.ts'
import { openProcessWorld, type ProcessWorld } from '../support/process-world.ts'
import { restSchedule } from '../support/schedule.ts'

/** Where the hub may die with a callback in its hands, how many of it are kept then, and who ends it. */
const deaths = [
  { point: 'take-callback:before-keep', kept: 0, by: 'the bank tells again' },
  { point: 'take-callback:after-keep', kept: 1, by: 'the bank tells again, and the job judges what was kept' },
] as const

type Death = (typeof deaths)[number]

test('kill -9 with a callback in hand: its order is paid once', async (t) => {
  const world = await openProcessWorld(t)
  for (const death of deaths) await t.test(`at ${death.point}: ${death.by}`, () => killed(world, death))
  await t.test('the books agree after all of it', () => booksAgree(world.hub))
})

async function killed(world: ProcessWorld, { point, kept }: Death): Promise<void> {
  const { hub } = world
  await world.start(point)
  await restSchedule(hub)
  const { id, qr, tranId } = await shown(world)
  await payCode(world, { qr })
  await world.isDead()
  assert.equal((await keptAbout(world, tranId)).length, kept)
  await world.start()
  await patiently(`payment ${id} to be completed`, async () => {
    // What nobody judged is taken up after 15 s: now, for a test.
    await hub.pool.query('update inbox set next_try_at = now() where decided_at is null and next_try_at is null')
    return (await standing(hub, id)).status === 'completed'
  })
  assert.deepEqual(await standing(hub, id), { status: 'completed', applied: 1, held: [], cases: [] })
  await patiently('the kept callback to be decided', async () =>
    (await keptAbout(world, tranId)).every((one) => ['applied', 'known'].includes(one.outcome)),
  )
  assert.ok((await keptAbout(world, tranId)).length <= 1)
}

async function shown({ hub }: ProcessWorld): Promise<{ id: number; qr: string; tranId: string }> {
  const { khqr } = await openPayment(hub, await createOrder(hub))
  const tranId = khqr.transaction_id
  return { id: Number(tranId.split('-')[0]), qr: khqr.qr_string, tranId }
}
