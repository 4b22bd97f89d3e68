import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, clearFaults, makeCode, pay, payElsewhere, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { applyTo, duplicateOf, heldWith, hold, nothingMoved, readHeld } from '../support/held-money.ts'
import { operateOnce, shown } from '../support/operators.ts'
import { assertProblem } from '../support/problem.ts'
import type { TestHub } from '../support/running-hub.ts'

test('held money that may not settle a payment stays where it is', async (t) => {
  const hub = await startBadDays(t)
  t.afterEach(() => clearFaults(hub))
  const walks: readonly [title: string, walk: (hub: TestHub) => Promise<void>][] = [
    ['a part for a cancelled payment would settle nothing: 409, nothing moves', partTooLate],
    ['a completed payment takes no more money: 409', completedTakesNone],
    ['a payment whose bill another payment settled takes none either: 409', billSettledByAnother],
    ['when the policy system says settled: 409, and the money stays held', settledElsewhere],
    ['more than is held, or than is owed, is refused with what there is', tooMuch],
    ['nothing that is not there can be applied, and nothing to what is not there', notThere],
  ]
  for (const [title, walk] of walks) await t.test(title, () => walk(hub))
  await booksAgree(hub)
})

async function partTooLate(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'AMK')
  shown(await operateOnce(hub, `payments/${code.id}/cancel`, { reason: 'The customer left.' }))
  await pay(hub, code, { amount: '20.00' })
  const held = await heldWith(hub, code.id, 'underpaid')
  const refused = await applyTo(hub, held, code.id)
  await nothingMoved(hub, held, refused)
  assert.match(refused.text, /cancelled and asks for USD 25.00/)
  await becomes(hub, code.id, { status: 'cancelled', applied: 0, held: ['underpaid'] })
}

async function completedTakesNone(hub: TestHub): Promise<void> {
  const { id, held } = await duplicateOf(hub, 'AMK')
  const refused = await applyTo(hub, held, id)
  await nothingMoved(hub, held, refused)
  assert.match(refused.text, /is completed: refund the money instead/)
}

async function billSettledByAnother(hub: TestHub): Promise<void> {
  const first = await makeCode(hub, 'AMK')
  shown(await operateOnce(hub, `payments/${first.id}/cancel`, { reason: 'The customer left.' }))
  const second = await makeCode(hub, 'AMK', first.bill)
  assert.notEqual(second.id, first.id)
  await pay(hub, second)
  await becomes(hub, second.id, {})
  await pay(hub, first)
  const held = await heldWith(hub, first.id, 'already_paid')
  const refused = await applyTo(hub, held, first.id)
  await nothingMoved(hub, held, refused)
  assert.match(refused.text, new RegExp(`settled by payment ${second.id}`))
}

async function settledElsewhere(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'AMK')
  await payElsewhere(hub, code.bill, `apply-${code.id}`)
  await pay(hub, code)
  const held = await heldWith(hub, code.id, 'already_paid')
  const refused = await applyTo(hub, held, code.id)
  await nothingMoved(hub, held, refused)
  assert.match(refused.text, /policy system says/)
  await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['already_paid'] })
}

async function tooMuch(hub: TestHub): Promise<void> {
  const { id, held } = await hold(hub, 'AMK', { amount: '30.00' }, 'overpaid')
  const [aboveHeld, aboveOwed] = [
    await applyTo(hub, held, id, { amount: '30.01' }),
    await applyTo(hub, held, id, { amount: '25.01' }),
  ]
  for (const refused of [aboveHeld, aboveOwed]) {
    await nothingMoved(hub, held, refused)
    assert.match(refused.text, /USD 25.00 of sus_/)
  }
  for (const amount of ['0', '0.00', '25.001', '-1', '1e1', '']) {
    assertProblem(await applyTo(hub, held, id, { amount }), 400, 'BAD_REQUEST')
  }
}

async function notThere(hub: TestHub): Promise<void> {
  const { id, held } = await hold(hub, 'AMK', { amount: '30.00' }, 'overpaid')
  assertProblem(await applyTo(hub, { id: 'sus_999999' }, id), 404, 'RESOURCE_NOT_FOUND')
  assertProblem(await applyTo(hub, held, 999_999), 404, 'RESOURCE_NOT_FOUND')
  assert.equal((await readHeld(hub, held.id)).remaining, '30.00')
}
