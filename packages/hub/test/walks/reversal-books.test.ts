import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  becomes,
  clearFaults,
  type Code,
  during,
  makeCode,
  patiently,
  pay,
  setFault,
  startBadDays,
} from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import {
  accountsOf,
  applyTo,
  approve,
  dueOn,
  duplicateOf,
  type Held,
  hold,
  readHeld,
  refundHeld,
  refundPayment,
  refundToTheEnd,
  showEvidence,
  strangerMoney,
  writeOff,
} from '../support/held-money.ts'
import { look, operateOnce, shown } from '../support/operators.ts'
import { eventsOf, giveAgain, journalsOf, lookNow, lookTwice, showPayment, takeBack } from '../support/reversals.ts'
import type { Json, TestHub } from '../support/running-hub.ts'
import { restSchedule } from '../support/schedule.ts'

test('what a reversal undoes, and what stands again when the money is back', async (t) => {
  const hub = await startBadDays(t)
  t.afterEach(() => clearFaults(hub))
  await restSchedule(hub)
  const walks: readonly [title: string, walk: (hub: TestHub) => Promise<void>][] = [
    ['money in suspense: the row is resolved, the bill is due again; back again it is held again', ofHeldMoney],
    ['money that was applied, written off, refunded and held in parts: all that is left of it', ofEverything],
    ['money that an operator applied to another payment: both payments tell of it', ofMoneyAppliedElsewhere],
    ['of two payments of one code: the other one stands', ofOneOfTwo],
    ['a refund that waits for a second person is called off', ofRequiresApproval],
    ['a refund that was not sent yet is called off', ofPending],
    ['a refund that may have been sent: nothing is reversed until it is known, then the rest is', ofProcessing],
    ['a refund that a person may have sent: nothing is reversed until that is shown', ofRequiresEvidence],
    ['after a part was refunded the rest is reversed', ofPartlyRefunded],
    ['money that was refunded whole is not there to be taken back', ofRefundedWhole],
    ['money for a reference that we do not know, when an operator would act upon it', ofUnknown],
  ]
  for (const [title, walk] of walks) await t.test(title, () => walk(hub))
  await booksAgree(hub)
})

async function paidCode(hub: TestHub, bank: string, bill = {}): Promise<Code & { tx: string }> {
  const code = await makeCode(hub, bank, bill)
  const [tx = ''] = await pay(hub, code)
  await becomes(hub, code.id, {})
  return { ...code, tx }
}

async function ofHeldMoney(hub: TestHub): Promise<void> {
  const { held, tx, ...code } = await hold(hub, 'AMK', { amount: '30.00' }, 'overpaid')
  await takeBack(hub, code)
  await lookTwice(hub, code)
  await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['overpaid'], cases: ['reversed'] })
  assert.deepEqual(await accountsOf(hub, tx), {})
  assert.deepEqual(await showPayment(hub, code.id), {
    status: 'processing',
    flags: ['over'],
    received: '0.00',
    refunded: '0.00',
  })
  assert.deepEqual(await stateOf(hub, held), ['resolved', '0.00'])
  assert.equal(await dueOn(hub, code.bill), '25')
  assert.equal((await writeOff(hub, held)).status, 409)
  await giveAgain(hub, code)
  await lookNow(hub, code)
  assert.deepEqual(await stateOf(hub, held), ['open', '30.00'])
  assert.equal(await dueOn(hub, code.bill), undefined)
  await booksAgree(hub)
  shown(await applyTo(hub, held, code.id))
  await becomes(hub, code.id, { held: ['overpaid'], cases: ['reversed', 'reversal_returned'] })
}

async function ofEverything(hub: TestHub): Promise<void> {
  const { held, tx, ...code } = await hold(hub, 'BANK01', { amount: '60.00' }, 'overpaid')
  shown(await applyTo(hub, held, code.id))
  shown(await writeOff(hub, held, { amount: '5.00' }))
  await refundToTheEnd(hub, held, { amount: '10.00' })
  const stood = await accountsOf(hub, tx)
  assert.deepEqual(stood, { 'bank:BANK01': 5_000, 'payable:premium': 2_500, 'suspense:BANK01': 2_000, writeoff: 500 })
  await booksAgree(hub)
  await takeBack(hub, code)
  await lookTwice(hub, code)
  assert.deepEqual(await accountsOf(hub, tx), {})
  await becomes(hub, code.id, { held: ['overpaid'], cases: ['reversed'] })
  assert.deepEqual(await stateOf(hub, held), ['resolved', '0.00'])
  assert.deepEqual((await showPayment(hub, code.id)).flags, ['over', 'reversed'])
  for (const refused of [await writeOff(hub, held), await refundHeld(hub, held), await refundPayment(hub, code.id)])
    assert.equal(refused.status, 409, refused.text)
  await booksAgree(hub)
  await giveAgain(hub, code)
  await lookNow(hub, code)
  assert.deepEqual(await accountsOf(hub, tx), stood)
  assert.deepEqual(await stateOf(hub, held), ['open', '20.00'])
  assert.deepEqual((await showPayment(hub, code.id)).flags, ['over'])
  assert.equal((await hub.credits(code.id)).length, 1)
  await booksAgree(hub)
}

async function ofMoneyAppliedElsewhere(hub: TestHub): Promise<void> {
  const { held, ...code } = await duplicateOf(hub, 'AMK')
  const other = await makeCode(hub, 'AMK')
  shown(await approve(hub, await applyTo(hub, held, other.id)))
  await becomes(hub, other.id, {})
  const { json } = await look(hub, `suspense/${held.id}`)
  await takeBack(hub, code, String(json['transaction_id']))
  await lookTwice(hub, code)
  assert.deepEqual(await showPayment(hub, other.id), {
    status: 'completed',
    flags: ['reversed'],
    received: '0.00',
    refunded: '0.00',
  })
  assert.deepEqual((await showPayment(hub, code.id)).flags, ['duplicate'])
  await becomes(hub, other.id, { cases: ['reversed'] })
  for (const id of [code.id, other.id]) assert.equal((await eventsOf(hub, id, 'gateway.payment.reversed')).length, 1)
}

async function ofOneOfTwo(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'BANK01')
  const [first = ''] = await pay(hub, code)
  await becomes(hub, code.id, {})
  const [second = ''] = await pay(hub, code)
  await becomes(hub, code.id, { held: ['duplicate_payment'] })
  await takeBack(hub, code, first)
  await lookTwice(hub, code)
  await becomes(hub, code.id, { held: ['duplicate_payment'], cases: ['reversed'] })
  assert.deepEqual(await accountsOf(hub, first), {})
  assert.deepEqual(await accountsOf(hub, second), { 'bank:BANK01': 2_500, 'suspense:BANK01': 2_500 })
  assert.deepEqual((await showPayment(hub, code.id)).flags, ['duplicate', 'reversed'])
}

async function ofRequiresApproval(hub: TestHub): Promise<void> {
  const { tx, ...code } = await paidCode(hub, 'BANK01', { amount: '150.00' })
  const asked = await refundPayment(hub, code.id, { amount: '120.00' })
  shown(asked, 202)
  await takeBack(hub, code)
  await lookTwice(hub, code)
  assert.equal((await refundOf(hub, asked.json))['status'], 'cancelled')
  assert.deepEqual(await accountsOf(hub, tx), {})
  assert.equal((await approve(hub, asked)).status, 409)
  await giveAgain(hub, code)
  await lookNow(hub, code)
  assert.deepEqual(await accountsOf(hub, tx), { 'bank:BANK01': 15_000, 'payable:premium': 15_000 })
  await becomes(hub, code.id, { cases: ['reversed', 'reversal_returned'] })
  assert.equal(shown(await refundPayment(hub, code.id, { amount: '1.00' }), 201)['status'], 'succeeded')
}

async function ofPending(hub: TestHub): Promise<void> {
  const { tx, ...code } = await paidCode(hub, 'BANK01')
  const refund = await during(hub, ['BANK01', 'refund-totals', '500'], async () => {
    const asked = shown(await refundPayment(hub, code.id, { amount: '10.00' }), 201)
    assert.equal(asked['status'], 'pending')
    await takeBack(hub, code)
    await lookTwice(hub, code)
    return asked
  })
  assert.equal((await refundOf(hub, refund as unknown as Json))['status'], 'cancelled')
  assert.deepEqual(await accountsOf(hub, tx), {})
  await becomes(hub, code.id, { cases: ['reversed'] })
}

async function ofProcessing(hub: TestHub): Promise<void> {
  const { tx, ...code } = await paidCode(hub, 'BANK01')
  await setFault(hub, 'BANK01', 'refund', 'pending', 3_600)
  const refund = shown(await refundPayment(hub, code.id, { amount: '10.00' }), 201)
  assert.equal(refund['status'], 'processing')
  await takeBack(hub, code)
  await lookTwice(hub, code)
  await lookTwice(hub, code)
  assert.deepEqual(await journalsOf(hub, tx), ['receipt', 'refund_held'])
  await becomes(hub, code.id, { cases: ['refund_unclear'] })
  assert.equal(
    (await refundPayment(hub, code.id, { amount: '1.00' })).json['status'],
    'requested',
    'nothing is sent upon it',
  )
  // What is taken back is rejected by the bank; the schedule of refunds finds that out, and then the rest is reversed.
  await clearFaults(hub)
  await hub.pool.query('update refunds set next_try_at = now() where id = $1', [refund['id']])
  await refundBecomes(hub, refund as unknown as Json, 'failed')
  await lookTwice(hub, code)
  assert.deepEqual(await accountsOf(hub, tx), {})
  await becomes(hub, code.id, { cases: ['refund_unclear', 'reversed'] })
}

async function ofRequiresEvidence(hub: TestHub): Promise<void> {
  const { tx, ...code } = await paidCode(hub, 'AMK')
  const refund = shown(await refundPayment(hub, code.id, { amount: '10.00' }), 201) as unknown as Json
  assert.equal(String(refund['status']), 'requires_evidence')
  await takeBack(hub, code)
  await lookTwice(hub, code)
  assert.deepEqual(await journalsOf(hub, tx), ['receipt', 'refund_held'])
  await becomes(hub, code.id, { cases: ['refund_unclear'] })
  shown(await operateOnce(hub, `refunds/${refund['id']}/cancel`, { reason: 'Nobody sent it.' }))
  await lookNow(hub, code)
  assert.deepEqual(await accountsOf(hub, tx), {})
  await becomes(hub, code.id, { cases: ['refund_unclear', 'reversed'] })
  assert.equal((await showEvidence(hub, refund)).status, 409)
}

async function ofPartlyRefunded(hub: TestHub): Promise<void> {
  const { tx, ...code } = await paidCode(hub, 'BANK01')
  assert.equal(shown(await refundPayment(hub, code.id, { amount: '10.00' }), 201)['status'], 'succeeded')
  await booksAgree(hub)
  await takeBack(hub, code)
  await lookTwice(hub, code)
  assert.deepEqual(await accountsOf(hub, tx), {})
  assert.deepEqual((await showPayment(hub, code.id)).flags, ['partially_refunded', 'reversed'])
  await booksAgree(hub)
  await giveAgain(hub, code)
  await lookNow(hub, code)
  assert.deepEqual(await accountsOf(hub, tx), { 'bank:BANK01': 1_500, 'payable:premium': 1_500 })
  assert.equal(shown(await refundPayment(hub, code.id), 201)['amount'], '15.00')
  await becomes(hub, code.id, { cases: ['reversed', 'reversal_returned'] })
}

async function ofRefundedWhole(hub: TestHub): Promise<void> {
  const { tx, ...code } = await paidCode(hub, 'BANK01')
  assert.equal(shown(await refundPayment(hub, code.id), 201)['status'], 'succeeded')
  const taken = await hub.simulator('POST', '/_simulator/reverse', { bank: 'BANK01', paymentId: code.id })
  assert.equal(taken.status, 409, taken.text)
  await during(hub, ['BANK01', 'verify', 'unpaid-first', 9], () => lookTwice(hub, code))
  assert.deepEqual(await journalsOf(hub, tx), ['receipt', 'refund_held', 'refund_paid'])
  await becomes(hub, code.id, {})
}

async function ofUnknown(hub: TestHub): Promise<void> {
  const { held, tx, reference } = await strangerMoney(hub, 'BANK01')
  await takeBack(hub, { bank: 'BANK01', id: reference })
  assert.equal((await writeOff(hub, held)).status, 409)
  assert.deepEqual(await journalsOf(hub, tx), ['receipt', 'reversal'])
  assert.deepEqual(await stateOf(hub, held), ['resolved', '0.00'])
  await giveAgain(hub, { bank: 'BANK01', id: reference })
  shown(await writeOff(hub, held))
  assert.deepEqual(await journalsOf(hub, tx), ['receipt', 'reversal', 'adjustment', 'resolution'])
}

async function stateOf(hub: TestHub, held: Held): Promise<[state: string, remaining: string]> {
  const { state, remaining } = await readHeld(hub, held.id)
  return [state, remaining]
}

function refundOf(hub: TestHub, refund: Json): Promise<Record<string, string | null>> {
  return look(hub, `refunds/${refund['id']}`).then((answer) => shown(answer))
}

function refundBecomes(hub: TestHub, refund: Json, status: string): Promise<boolean> {
  return patiently(
    `refund ${refund['id']} to be ${status}`,
    async () => (await refundOf(hub, refund))['status'] === status,
  )
}
