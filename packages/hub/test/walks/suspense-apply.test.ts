import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, clearFaults, makeCode, notice, patiently, pay, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import {
  accountsOf,
  applyTo,
  approve,
  auditOf,
  dueOn,
  type Held,
  duplicateOf,
  heldWith,
  hold,
  nothingMoved,
  readHeld,
} from '../support/held-money.ts'
import { look, operateOnce, shown } from '../support/operators.ts'
import type { TestHub } from '../support/running-hub.ts'
import { restSchedule, timePasses } from '../support/schedule.ts'
import { makeStrangerCode } from '../support/stranger-code.ts'

test('held money applied to payments, with HUB_LATE_POLICY=suspense', async (t) => {
  const hub = await startBadDays(t, { HUB_LATE_POLICY: 'suspense' })
  t.afterEach(() => clearFaults(hub))
  const walks: readonly [title: string, walk: (hub: TestHub) => Promise<void>][] = [
    ['[E50] more than owed: the owed part is taken, credited once, and the rest stays held', overpaid],
    ['[E50] less than owed: a part leaves the payment open and partial; what completes it, completes it', underpaid],
    ['[E50] two parts of held money that add up complete the payment', twoParts],
    ['[E50] a part and the customer paying the rest complete the payment', partAndRest],
    ['[E50] money that bank and notice disagreed about completes the payment it named', disagreed],
    ['[E50] money of a cancelled payment completes it, late', lateAfterCancel],
    ['[E50] money of an expired payment completes it, late', lateAfterExpiry],
    ['[E53] a second payment goes to another bill only when a second operator agrees', duplicateToAnother],
    ['[E53] money for a reference that we do not know needs a second operator wherever it goes', strangerToBill],
    ['[E53] riel for a dollar bill settles a riel bill, and not the dollar bill', otherCurrency],
    ['[E53] the next instalment of the same policy is another payable: a second operator must agree', nextInstalment],
  ]
  for (const [title, walk] of walks) await t.test(title, () => walk(hub))
  await booksAgree(hub)
})

async function flagsOf(hub: TestHub, id: number): Promise<string[]> {
  const payment = await look(hub, `payments/${id}`)
  return payment.json['flags'] as unknown as string[]
}

async function creditedOnce(hub: TestHub, id: number, amount: string): Promise<void> {
  await booksAgree(hub)
  assert.deepEqual(
    (await hub.credits(id)).map((credit) => credit.amount),
    [amount],
  )
}

async function overpaid(hub: TestHub): Promise<void> {
  const { id, bill, held, tx } = await hold(hub, 'AMK', { amount: '30.00' }, 'overpaid')
  const act = shown(await applyTo(hub, held, id, { reason: 'The customer was told.' }))
  assert.deepEqual([act['status'], act['amount'], act['second_person_because']], ['done', '25.00', null])
  await becomes(hub, id, { held: ['overpaid'] })
  assert.equal((await readHeld(hub, held.id)).remaining, '5.00')
  assert.deepEqual(await accountsOf(hub, tx), { 'bank:AMK': 3_000, 'payable:premium': 2_500, 'suspense:AMK': 500 })
  assert.equal(await dueOn(hub, bill), undefined)
  await creditedOnce(hub, id, '25.00')
  const [row] = await auditOf(hub, held)
  assert.deepEqual(row, {
    actor: 'operator operator-1',
    action: 'suspense.apply.done',
    before: { remaining: 'USD 30.00' },
    after: { act: act['id'], amount: 'USD 25.00', payment: id, remaining: 'USD 5.00' },
    reason: 'The customer was told.',
  })
}

async function underpaid(hub: TestHub): Promise<void> {
  const { id, held } = await hold(hub, 'AMK', { amount: '20.00' }, 'underpaid')
  shown(await applyTo(hub, held, id))
  await becomes(hub, id, { status: 'processing', held: ['underpaid'] })
  assert.deepEqual(await flagsOf(hub, id), ['partial'])
  assert.equal((await readHeld(hub, held.id)).state, 'resolved')
  assert.deepEqual(await hub.credits(id), [])
}

async function twoParts(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'BANK01')
  await pay(hub, code, { amount: '15.00' })
  await heldWith(hub, code.id, 'underpaid')
  await pay(hub, code, { amount: '10.00' })
  await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['underpaid', 'underpaid'] })
  const list = await look(hub, `suspense?payment=${code.id}`)
  const [ten, fifteen] = list.json['data'] as unknown as [Held, Held]
  shown(await applyTo(hub, fifteen, code.id))
  await becomes(hub, code.id, { status: 'processing', applied: 1, held: ['underpaid', 'underpaid'] })
  assert.equal(await dueOn(hub, code.bill, 'BANK01'), undefined, 'the other part is still held')
  shown(await applyTo(hub, ten, code.id))
  await becomes(hub, code.id, { applied: 2, held: ['underpaid', 'underpaid'] })
  await creditedOnce(hub, code.id, '25.00')
}

async function partAndRest(hub: TestHub): Promise<void> {
  const { held, ...code } = await hold(hub, 'BANK01', { amount: '20.00' }, 'underpaid')
  shown(await applyTo(hub, held, code.id, { amount: '15.00' }))
  await becomes(hub, code.id, { status: 'processing', applied: 1, held: ['underpaid'] })
  await pay(hub, code, { amount: '10.00' })
  // The rest of the first money is still in suspense, and so is the bill; the payment itself is open to its own money.
  await becomes(hub, code.id, { applied: 2, held: ['underpaid'] })
  assert.equal((await readHeld(hub, held.id)).remaining, '5.00')
  await creditedOnce(hub, code.id, '25.00')
}

async function disagreed(hub: TestHub): Promise<void> {
  const { id, held } = await hold(hub, 'AMK', { notice: { paid_amount: 24 } }, 'notice_disagrees')
  shown(await applyTo(hub, held, id))
  await becomes(hub, id, { held: ['notice_disagrees'], cases: ['notice_differs'] })
  await creditedOnce(hub, id, '25.00')
}

async function lateAfterCancel(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'AMK')
  shown(await operateOnce(hub, `payments/${code.id}/cancel`, { reason: 'The customer left.' }))
  await pay(hub, code)
  const held = await heldWith(hub, code.id, 'late')
  assert.equal(await dueOn(hub, code.bill), undefined)
  shown(await applyTo(hub, held, code.id))
  await becomes(hub, code.id, { held: ['late'] })
  assert.deepEqual(await flagsOf(hub, code.id), ['late'])
  assert.equal(await dueOn(hub, code.bill), undefined)
  await creditedOnce(hub, code.id, '25.00')
}

async function lateAfterExpiry(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'BANK01')
  await restSchedule(hub)
  await timePasses(hub, code.id, 24 * 60 * 40)
  await hub.pool.query(`delete from check_budgets`)
  await becomes(hub, code.id, { status: 'expired', applied: 0 })
  await pay(hub, code)
  const held = await heldWith(hub, code.id, 'late')
  shown(await applyTo(hub, held, code.id))
  await becomes(hub, code.id, { held: ['late'] })
  assert.deepEqual(await flagsOf(hub, code.id), ['late'])
  await creditedOnce(hub, code.id, '25.00')
}

async function duplicateToAnother(hub: TestHub): Promise<void> {
  const { held } = await duplicateOf(hub, 'AMK')
  const other = await makeCode(hub, 'BANK01')
  const asked = await applyTo(hub, held, other.id, { reason: 'The customer meant the other policy.' })
  const act = shown(asked, 202)
  assert.equal(act['status'], 'requires_approval')
  assert.match(String(act['second_person_because']), new RegExp(`not ${other.bill}`))
  await becomes(hub, other.id, { status: 'processing', applied: 0 })
  assert.equal((await readHeld(hub, held.id)).remaining, '25.00')
  const done = shown(await approve(hub, asked, { reason: 'I called the customer.' }))
  assert.deepEqual([done['status'], done['requested_by'], done['decided_by']], ['done', 'operator-1', 'operator-2'])
  await becomes(hub, other.id, {})
  await creditedOnce(hub, other.id, '25.00')
  assert.equal(await dueOn(hub, other.bill), undefined)
  const rows = await auditOf(hub, held)
  assert.deepEqual(
    rows.map((row) => [row.actor, row.action, row.reason]),
    [
      ['operator operator-1', 'suspense.apply.requires_approval', 'The customer meant the other policy.'],
      ['operator operator-2', 'suspense.apply.done', 'I called the customer.'],
    ],
  )
  assert.deepEqual(rows[1]?.before, { remaining: 'USD 25.00', status: 'requires_approval', requestedBy: 'operator-1' })
  assert.deepEqual(rows[1]?.after, {
    act: act['id'],
    amount: 'USD 25.00',
    payment: other.id,
    remaining: 'USD 0.00',
  })
}

async function strangerToBill(hub: TestHub): Promise<void> {
  await makeStrangerCode(hub, 'BANK01', { billNumber: '779900', amount: 25, currency: 'USD' })
  await pay(hub, { bank: 'BANK01', id: 779_900 }, { webhook: 'drop' })
  assert.equal((await notice(hub, { bank: 'BANK01', id: 779_900 })).status, 404)
  const held = (await look(hub, 'suspense?reason=unknown_payment')).json['data']?.[0] as unknown as Held
  const code = await makeCode(hub, 'AMK')
  const asked = await applyTo(hub, held, code.id)
  assert.match(String(shown(asked, 202)['second_person_because']), /no payable that we know/)
  shown(await approve(hub, asked))
  await becomes(hub, code.id, {})
  await creditedOnce(hub, code.id, '25.00')
}

async function otherCurrency(hub: TestHub): Promise<void> {
  const { id, held } = await hold(hub, 'BANK01', { amount: '100000', currency: 'KHR' }, 'currency_mismatch')
  await nothingMoved(hub, held, await applyTo(hub, held, id))
  const riel = await makeCode(hub, 'BANK01', { amount: '60000', currency: 'KHR' })
  const asked = await applyTo(hub, held, riel.id)
  shown(asked, 202)
  shown(await approve(hub, asked))
  await becomes(hub, riel.id, {})
  assert.equal((await readHeld(hub, held.id)).remaining, '40000')
  await creditedOnce(hub, riel.id, '60000')
}

async function nextInstalment(hub: TestHub): Promise<void> {
  // Of the two instalments of this sample policy the earlier one is paid, twice; then the next one is shown.
  const first = await makeCode(hub, 'AMK', 'P400000004')
  await pay(hub, first, { times: 2 })
  await becomes(hub, first.id, { held: ['duplicate_payment'] })
  await patiently('the first instalment to be credited', async () => (await hub.credits(first.id)).length === 1)
  const next = await makeCode(hub, 'AMK', 'P400000004')
  assert.notEqual(next.id, first.id)
  const held = await heldWith(hub, first.id, 'duplicate_payment')
  const asked = await applyTo(hub, held, next.id)
  assert.match(String(shown(asked, 202)['second_person_because']), /P400000004 .* due .* not P400000004 .* due /)
  shown(await approve(hub, asked))
  await becomes(hub, next.id, {})
  await creditedOnce(hub, next.id, '75.25')
}
