import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, makeCode, patiently, pay, standing } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import type { TestHub } from '../support/running-hub.ts'
import { checksOf, timePasses } from '../support/schedule.ts'
import { openTopup, payCode, startWithCallsToSpare, topupBank, topupBecomes } from '../support/topups.ts'

/** A code is shown for 15 minutes, and two more of grace. */
const sessionMinutes = 15

test('with calls to spare, money on a code of a counted bank is seen, whatever became of its payment', async (t) => {
  const hub = await startWithCallsToSpare(t)
  await t.test('[E83] another bank completed the payment, and its code was paid as well: held', () => otherBank(hub))
  await t.test('[E83] a replaced code that was paid within its grace completes the payment', () => replaced(hub))
  await t.test('a replaced code that was paid after the newer one is held', () => replacedToo(hub))
  await t.test('a top-up that expired is watched from the end of its code, and in the end no more', () => expired(hub))
  await t.test('the books agree after all of it', () => booksAgree(hub))
})

async function otherBank(hub: TestHub): Promise<void> {
  const counted = await makeCode(hub, topupBank)
  const other = await makeCode(hub, 'AMK', counted.bill)
  assert.equal(other.id, counted.id)
  await pay(hub, other)
  await becomes(hub, other.id, {})
  await payCode(hub, counted.qrString)
  await timePasses(hub, other.id, sessionMinutes + 3)
  await becomes(hub, other.id, { held: ['duplicate_payment'] })
}

async function replaced(hub: TestHub): Promise<void> {
  const { first, second } = await twoCodes(hub)
  await payCode(hub, first.qrString, { late: true })
  await timePasses(hub, first.id, 2)
  await becomes(hub, second.id, {})
}

async function replacedToo(hub: TestHub): Promise<void> {
  const { first, second } = await twoCodes(hub)
  await payCode(hub, second.qrString)
  await becomes(hub, second.id, {})
  await payCode(hub, first.qrString, { late: true })
  await timePasses(hub, first.id, sessionMinutes + 3)
  await becomes(hub, second.id, { held: ['duplicate_payment'] })
}

/** Its last look was made when the code had ended: expiring earns it no second one. */
async function expired(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub)
  const id = Number(topup.bill_number)
  await timePasses(hub, id, 60)
  await topupBecomes(hub, topup.id, 'expired')
  const { rows } = await hub.pool.query(
    'select c.ends_at = a.expires_at as is_so from checks c join attempts a using (payment_number) where payment_number = $1',
    [id],
  )
  assert.deepEqual(rows, [{ is_so: true }])
  await timePasses(hub, id, 3 * 24 * 60)
  await patiently('nobody to be asked about it any more', async () => {
    const [check] = await checksOf(hub, id)
    return check?.nextInS === null
  })
}

/** The first has expired, and its bank said unpaid before the second was shown; its grace lasts a minute more. */
async function twoCodes(hub: TestHub) {
  const first = await makeCode(hub, topupBank)
  await timePasses(hub, first.id, sessionMinutes + 1)
  const second = await makeCode(hub, topupBank, first.bill)
  assert.equal(second.id, first.id)
  assert.notEqual(second.qrString, first.qrString)
  assert.equal((await standing(hub, first.id)).status, 'processing')
  return { first, second }
}
