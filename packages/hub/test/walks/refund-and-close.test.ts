import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, makeCode, pay, patiently, setVerify, standing, startBadDays } from '../support/bad-day.ts'
import { applyTo, heldFor } from '../support/held-money.ts'
import { look, operateOnce, rowsIn } from '../support/operators.ts'
import { askRefund, refundBecomes, refundIn, settled } from '../support/refund-days.ts'
import type { Answer, TestHub } from '../support/running-hub.ts'
import { dueNow, giveBudget } from '../support/schedule.ts'

test('refunds beside what else may happen to their money', async (t) => {
  const hub = await startBadDays(t)
  await t.test('[E49] a payment is not cancelled while a refund of its part may still come to nothing', () => part(hub))
  await t.test('[E61] money sent back by hand that the bank takes back as well is a case', () => twice(hub))
  await t.test('[E63] money reversed upon an act while its bank lied is looked for again, and stands as before', () =>
    lied(hub),
  )
  await t.test('evidence from before the money came is refused, and says when it came', () => tooEarly(hub))
})

async function part(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'AMK')
  await pay(hub, code, { amount: '20.00' })
  await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['underpaid'] })
  assert.equal((await applyTo(hub, await heldFor(hub, code.id), code.id)).status, 200)
  const refund = refundIn(await askRefund(hub, code))
  await refundBecomes(hub, refund, 'requires_evidence')
  const refused = await operateOnce(hub, `payments/${code.id}/cancel`, { reason: 'nobody wants it' })
  assert.equal(refused.status, 409, refused.text)
  assert.match(refused.text, /a refund of it is not done/)
  await becomes(hub, code.id, { status: 'processing', applied: 1, held: ['underpaid'] })
  assert.equal((await operateOnce(hub, `refunds/${refund}/cancel`, { reason: 'a mistake' })).status, 200)
  // Its money stands again where it was, on a payment that is still open; sent back for good, the payment may go.
  const second = refundIn(await askRefund(hub, code))
  await refundBecomes(hub, second, 'requires_evidence')
  assert.equal((await showTransfer(hub, second, new Date())).status, 200)
  const cancelled = await operateOnce(hub, `payments/${code.id}/cancel`, { reason: 'nobody wants it' })
  assert.equal(cancelled.status, 200, cancelled.text)
  const shown = await look(hub, `payments/${code.id}`)
  assert.equal(shown.json['status'], 'cancelled')
  assert.ok(!JSON.stringify(shown.json['flags']).includes('late'), 'it was paid in time')
}

async function twice(hub: TestHub): Promise<void> {
  const payment = await settled(hub, 'AMK')
  const refund = refundIn(await askRefund(hub, payment))
  await refundBecomes(hub, refund, 'requires_evidence')
  assert.equal((await showTransfer(hub, refund, new Date())).status, 200)
  const reversed = await hub.simulator('POST', '/_simulator/reverse', {
    bank: 'AMK',
    transactionId: payment.transaction,
  })
  assert.equal(reversed.status, 200, reversed.text)
  await giveBudget(hub, 100)
  await patiently('the bank to be asked twice, a minute apart', async () => {
    await dueNow(hub, payment.id)
    await hub.pool.query(`update missing_movements set first_missing_at = first_missing_at - interval '1 minute'`)
    return (await standing(hub, payment.id)).cases.length > 0
  })
  const cases = rowsIn(await look(hub, `cases?payment=${payment.id}`))
  assert.deepEqual(
    cases.map((one) => one['kind']),
    ['refund_unclear'],
  )
  assert.match(
    String(cases[0]?.['sentence']),
    /USD 25\.00 had been sent back by hand: that may have left our account twice/,
  )
}

async function lied(hub: TestHub): Promise<void> {
  const payment = await settled(hub, 'AMK')
  await setVerify(hub, payment, 'unpaid')
  await askRefund(hub, payment)
  await becomes(hub, payment.id, { cases: ['reversed'] })
  await setVerify(hub, payment, 'paid')
  const soon = `select next_at between now() and now() + interval '70 seconds' as soon from checks where payment_number = $1`
  assert.deepEqual((await hub.pool.query(soon, [payment.id])).rows, [{ soon: true }])
  await giveBudget(hub, 100)
  await dueNow(hub, payment.id)
  await becomes(hub, payment.id, { cases: ['reversed', 'reversal_returned'] })
  const shown = await look(hub, `payments/${payment.id}`)
  assert.deepEqual(shown.json['flags'], [])
}

async function tooEarly(hub: TestHub): Promise<void> {
  const payment = await settled(hub, 'AMK')
  const refund = refundIn(await askRefund(hub, payment))
  await refundBecomes(hub, refund, 'requires_evidence')
  const refused = await showTransfer(hub, refund, new Date('2020-01-01T00:00:00Z'))
  assert.equal(refused.status, 400, refused.text)
  assert.match(refused.text, /paid_at.*2020-01-01T00:00:00.000Z is before the money came/)
  await refundBecomes(hub, refund, 'requires_evidence')
}

function showTransfer(hub: TestHub, refund: string, paidAt: Date): Promise<Answer> {
  return operateOnce(hub, `refunds/${refund}/evidence`, {
    bank_reference: 'FT-MADE-UP-1',
    paid_at: paidAt.toISOString(),
    note: 'sent by transfer',
  })
}
