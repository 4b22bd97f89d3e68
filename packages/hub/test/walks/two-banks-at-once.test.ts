import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkInvariants, referenceWriters } from '../../src/flows/check-invariants.ts'
import { becomes, confirmation, creditedInTheEnd, inquire, makeCode, notice, patiently } from '../support/bad-day.ts'
import { pay, standing, startBadDays } from '../support/bad-day.ts'
import type { TestHub } from '../support/running-hub.ts'

const banks = ['AMK', 'BANK01']

test('one bill, two banks, 64 messages at once', async (t) => {
  const hub = await startBadDays(t)
  await t.test('[E69] 64 confirmations at the counters of two banks: one settles, 63 are cases', () => counters(hub))
  await t.test(
    '[E69] 32 confirmations and 32 paid codes of two banks: one settles, what is proved of the rest is held',
    () => countersAndCodes(hub),
  )
})

async function counters(hub: TestHub): Promise<void> {
  const bill = await hub.bill()
  const id = await inquiredByBoth(hub, bill)
  const told = await Promise.all(
    Array.from({ length: 64 }, (_, n) =>
      confirmation(hub, banks[n % 2] ?? '', { id, policyNumber: bill, bankTransactionId: `TX-${id}-${n}` }),
    ),
  )
  const statuses = told.map((one) => one.status).sort()
  assert.deepEqual(statuses, [200, ...Array<number>(63).fill(409)])
  await becomes(hub, id, { cases: Array<string>(63).fill('confirmation_not_allowed') })
  await onlyOneEffect(hub, id)
}

async function countersAndCodes(hub: TestHub): Promise<void> {
  const bill = await hub.bill()
  const id = await inquiredByBoth(hub, bill)
  const codes = [await makeCode(hub, 'AMK', bill), await makeCode(hub, 'BANK01', bill)]
  assert.deepEqual(
    codes.map((code) => code.id),
    [id, id],
  )
  for (const code of codes) await pay(hub, code, { webhook: 'drop' })
  const told = await Promise.all(
    Array.from({ length: 64 }, (_, n) => {
      const bank = banks[n % 2] ?? ''
      return n % 4 < 2
        ? confirmation(hub, bank, { id, policyNumber: bill, bankTransactionId: `TX-${id}-${n}` })
        : notice(hub, { bank, id })
    }),
  )
  assert.deepEqual(
    told.filter((one) => one.status >= 500 && one.status !== 503).map((one) => one.text),
    [],
  )
  const { applied, held } = await patiently('all that is proved to be booked', async () => {
    const now = await standing(hub, id)
    return now.status === 'completed' && now.applied + now.held.length >= 2 && now
  })
  assert.equal(applied, 1)
  // One code's money settled and the other's is held; or the counter settled, and both are.
  const isByCode = (await proofOf(hub, id)) === 'verified'
  assert.deepEqual(held, Array<string>(isByCode ? 1 : 2).fill('duplicate_payment'))
  await onlyOneEffect(hub, id)
}

/** Both banks ask about the bill: one payment, whoever asks. */
async function inquiredByBoth(hub: TestHub, bill: string): Promise<number> {
  const found = await Promise.all(banks.map((bank) => inquire(hub, bank, bill)))
  const ids = found.map((answer) => Number(answer.json['data']?.['id']))
  assert.equal(ids[0], ids[1])
  return ids[0] ?? 0
}

async function proofOf(hub: TestHub, id: number): Promise<string> {
  const { rows } = await hub.pool.query(
    'select r.proof from applications a join receipts r on r.id = a.receipt_id where a.payment_number = $1',
    [id],
  )
  return rows[0]?.proof
}

async function onlyOneEffect(hub: TestHub, id: number): Promise<void> {
  const { rows } = await hub.pool.query(
    `select (select count(*)::int from applications where payment_number = $1) as applied,
      (select count(*)::int from payment_history where payment_number = $1 and to_status = 'completed') as completed`,
    [id],
  )
  assert.deepEqual(rows, [{ applied: 1, completed: 1 }])
  await creditedInTheEnd(hub, id)
  assert.equal((await hub.credits(id)).length, 1)
  // The confirmations were played by this test, not by a simulated bank: its journal knows nothing of them.
  const results = await checkInvariants(hub.running.db, { writesReference: referenceWriters(hub.running.hub.banks) })
  assert.deepEqual(
    results.flatMap(({ violations }) => violations),
    [],
  )
}
