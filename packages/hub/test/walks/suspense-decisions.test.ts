import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideAct, newActId, resolveSuspense } from '../../src/flows/resolve-suspense.ts'
import { becomes, clearFaults, makeCode, pay, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import {
  accountsOf,
  applyTo,
  approve,
  auditOf,
  dueOn,
  duplicateOf,
  type Held,
  heldFor,
  hold,
  nothingMoved,
  readHeld,
  refundHeld,
  refundToTheEnd,
  reject,
  writeOff,
} from '../support/held-money.ts'
import { look, rowsIn, shown } from '../support/operators.ts'
import { assertProblem } from '../support/problem.ts'
import type { Answer, TestHub } from '../support/running-hub.ts'

test('who decides about held money, and when', async (t) => {
  const hub = await startBadDays(t)
  t.afterEach(() => clearFaults(hub))
  const walks: readonly [title: string, walk: (hub: TestHub) => Promise<void>][] = [
    ['one operator writes off up to the limit, and a cent above it needs a second', limit],
    ['what was given away of the same money before counts towards the limit', cumulative],
    ['who asked for an act cannot agree to it, and may take it back', samePerson],
    ['an act is decided once: agreed to, it cannot be refused, and the other way round', once],
    ['agreed to after the money was placed otherwise: 409, and nothing moves', placedOtherwise],
    ['agreed to after the bank took the money back: 409, and nothing moves', takenBack],
    ['agreed to after the other payment was paid: 409, and nothing moves', paidMeanwhile],
    ['64 operators write off the same money at once: one effect', manyWriteOffs],
    ['64 operators apply the same money at once: one effect', manyApplications],
    ['apply, refund and write-off of the same money at once: no more than there was', everythingAtOnce],
    ['32 agree to one act at once, and 32 refuse it: one of them decides', manyDecisions],
    ['two rows of held money applied to one payment at once: it takes no more than it asks for', twoRows],
    ['the same order twice is one act, one after the other and both at once', sameOrder],
  ]
  for (const [title, walk] of walks) await t.test(title, () => walk(hub))
  await booksAgree(hub)
})

async function overpaidBy(
  hub: TestHub,
  bank: string,
  amount: string,
  paid: string,
): Promise<{ held: Held; tx: string; id: number }> {
  const code = await makeCode(hub, bank, { amount })
  const [tx = ''] = await pay(hub, code, { amount: paid })
  await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['overpaid'] })
  return { id: code.id, tx, held: await heldFor(hub, code.id) }
}

async function limit(hub: TestHub): Promise<void> {
  const { held } = await overpaidBy(hub, 'AMK', '150.00', '200.01')
  const asked = await writeOff(hub, held, { amount: '100.01' })
  assert.match(
    String(shown(asked, 202)['second_person_because']),
    /USD 100.01 of this receipt in all is above USD 100.00/,
  )
  assert.equal((await readHeld(hub, held.id)).remaining, '200.01')
  shown(await reject(hub, asked))
  shown(await writeOff(hub, held, { amount: '100.00' }))
  assert.equal((await readHeld(hub, held.id)).remaining, '100.01')
}

async function cumulative(hub: TestHub): Promise<void> {
  const { held, tx } = await overpaidBy(hub, 'AMK', '150.00', '200.00')
  shown(await writeOff(hub, held, { amount: '60.00' }))
  await refundToTheEnd(hub, held, { amount: '40.00' })
  const asked = await writeOff(hub, held, { amount: '0.01' })
  assert.match(String(shown(asked, 202)['second_person_because']), /USD 100.01 .* above USD 100.00/)
  assert.equal(shown(await refundHeld(hub, held, { amount: '0.01' }), 202)['needs_second_person'], true)
  shown(await approve(hub, asked))
  assert.deepEqual(await accountsOf(hub, tx), {
    'bank:AMK': 16_000,
    'refunds:AMK': 1,
    'suspense:AMK': 9_998,
    writeoff: 6_001,
  })
}

async function samePerson(hub: TestHub): Promise<void> {
  const { held } = await duplicateOf(hub, 'AMK')
  const other = await makeCode(hub, 'AMK')
  const asked = await applyTo(hub, held, other.id)
  shown(asked, 202)
  const own = await approve(hub, asked, { operator: 'operator-1' })
  assertProblem(own, 403, 'FORBIDDEN')
  assert.match(own.text, /somebody else must agree/)
  assert.equal((await readHeld(hub, held.id)).remaining, '25.00')
  const back = shown(await reject(hub, asked, { operator: 'operator-1', reason: 'I was wrong.' }))
  assert.deepEqual(
    [back['status'], back['decided_by'], back['decided_because']],
    ['rejected', 'operator-1', 'I was wrong.'],
  )
  const last = (await auditOf(hub, held)).at(-1)
  assert.deepEqual(
    [last?.actor, last?.action, last?.reason],
    ['operator operator-1', 'suspense.apply.rejected', 'I was wrong.'],
  )
  await becomes(hub, other.id, { status: 'processing', applied: 0 })
}

async function once(hub: TestHub): Promise<void> {
  const { held } = await duplicateOf(hub, 'AMK')
  const [first, second] = [await makeCode(hub, 'AMK'), await makeCode(hub, 'AMK')]
  const [refused, agreed] = [await applyTo(hub, held, first.id), await applyTo(hub, held, second.id)]
  shown(await reject(hub, refused))
  assertProblem(await approve(hub, refused), 409, 'CONFLICT')
  shown(await approve(hub, agreed))
  for (const late of [await approve(hub, agreed), await reject(hub, agreed)]) assertProblem(late, 409, 'CONFLICT')
  await becomes(hub, first.id, { status: 'processing', applied: 0 })
  await becomes(hub, second.id, {})
}

async function placedOtherwise(hub: TestHub): Promise<void> {
  const { held, tx } = await overpaidBy(hub, 'AMK', '150.00', '200.00')
  const asked = await writeOff(hub, held, { amount: '150.00' })
  shown(asked, 202)
  shown(await writeOff(hub, held, { amount: '60.00' }))
  const refused = await approve(hub, asked)
  assertProblem(refused, 409, 'CONFLICT')
  assert.match(refused.text, /USD 150.00 was asked for; USD 140.00 fits now/)
  assert.deepEqual(await accountsOf(hub, tx), { 'bank:AMK': 20_000, 'suspense:AMK': 14_000, writeoff: 6_000 })
  assert.equal(shown(await look(hub, `acts/${String(asked.json['id'])}`))['status'], 'requires_approval')
}

async function takenBack(hub: TestHub): Promise<void> {
  const { held, id, bill } = await duplicateOf(hub, 'BANK01')
  const other = await makeCode(hub, 'BANK01')
  const asked = await applyTo(hub, held, other.id)
  shown(asked, 202)
  const { rows } = await hub.pool.query<{ tx: string }>(
    'select r.bank_transaction_id as tx from receipts r join suspense s on s.receipt_id = r.id where r.payment_number = $1',
    [id],
  )
  const taken = await hub.simulator('POST', '/_simulator/reverse', { bank: 'BANK01', transactionId: rows[0]?.tx })
  assert.equal(taken.status, 200, taken.text)
  const refused = await approve(hub, asked)
  assertProblem(refused, 409, 'CONFLICT')
  await becomes(hub, other.id, { status: 'processing', applied: 0 })
  await becomes(hub, id, { held: ['duplicate_payment'], cases: ['reversed'] })
  assert.equal((await readHeld(hub, held.id)).state, 'resolved')
  assert.deepEqual(await accountsOf(hub, rows[0]?.tx ?? ''), {})
  assert.equal(await dueOn(hub, bill), undefined, 'the first payment stands')
}

async function paidMeanwhile(hub: TestHub): Promise<void> {
  const { held } = await duplicateOf(hub, 'AMK')
  const other = await makeCode(hub, 'AMK')
  const asked = await applyTo(hub, held, other.id)
  shown(asked, 202)
  await pay(hub, other)
  await becomes(hub, other.id, {})
  await nothingMoved(hub, held, await approve(hub, asked))
}

const operatorOf = (n: number) => ({ operator: `operator-${(n % 2) + 1}` })

function statusesOf(answers: readonly Answer[]): Record<string, number> {
  const statuses = Map.groupBy(answers, (answer) => String(answer.status))
  return Object.fromEntries([...statuses].map(([status, all]) => [status, all.length]))
}

async function manyWriteOffs(hub: TestHub): Promise<void> {
  const { held, tx } = await hold(hub, 'AMK', { amount: '30.00' }, 'overpaid')
  const answers = await Promise.all(Array.from({ length: 64 }, (_, n) => writeOff(hub, held, operatorOf(n))))
  assert.deepEqual(statusesOf(answers), { 200: 1, 409: 63 })
  assert.deepEqual(await accountsOf(hub, tx), { 'bank:AMK': 3_000, writeoff: 3_000 })
  assert.equal((await auditOf(hub, held)).length, 1)
}

async function manyApplications(hub: TestHub): Promise<void> {
  const { id, held, tx } = await hold(hub, 'BANK01', { amount: '70.00' }, 'overpaid')
  const answers = await Promise.all(Array.from({ length: 64 }, (_, n) => applyTo(hub, held, id, operatorOf(n))))
  assert.deepEqual(statusesOf(answers), { 200: 1, 409: 63 })
  await becomes(hub, id, { held: ['overpaid'] })
  assert.deepEqual(await accountsOf(hub, tx), {
    'bank:BANK01': 7_000,
    'payable:premium': 2_500,
    'suspense:BANK01': 4_500,
  })
}

async function everythingAtOnce(hub: TestHub): Promise<void> {
  const { id, held, tx } = await hold(hub, 'AMK', { amount: '30.00' }, 'overpaid')
  const amount = { amount: '5.00' }
  const acts = Array.from({ length: 8 }, (_, n) => [
    applyTo(hub, held, id, { ...amount, ...operatorOf(n) }),
    writeOff(hub, held, { ...amount, ...operatorOf(n) }),
    refundHeld(hub, held, { ...amount, ...operatorOf(n) }),
  ])
  const answers = await Promise.all(acts.flat())
  const done = answers.filter((answer) => answer.status < 300)
  assert.equal(done.length, 6, JSON.stringify(statusesOf(answers)))
  assert.deepEqual((await readHeld(hub, held.id)).remaining, '0.00')
  const stands = await accountsOf(hub, tx)
  assert.equal(stands['bank:AMK'], 3_000)
  assert.equal((stands['payable:premium'] ?? 0) + (stands['writeoff'] ?? 0) + (stands['refunds:AMK'] ?? 0), 3_000)
}

async function manyDecisions(hub: TestHub): Promise<void> {
  const { held } = await duplicateOf(hub, 'AMK')
  const other = await makeCode(hub, 'AMK')
  const asked = await applyTo(hub, held, other.id)
  shown(asked, 202)
  const answers = await Promise.all(
    Array.from({ length: 64 }, (_, n) => (n % 2 === 0 ? approve(hub, asked) : reject(hub, asked))),
  )
  assert.deepEqual(statusesOf(answers), { 200: 1, 409: 63 })
  const decided = answers.find((answer) => answer.status === 200)?.json['status']
  const isDone = String(decided) === 'done'
  await becomes(hub, other.id, isDone ? {} : { status: 'processing', applied: 0 })
  assert.equal((await readHeld(hub, held.id)).remaining, isDone ? '0.00' : '25.00')
  assert.equal((await auditOf(hub, held)).length, 2)
}

async function twoRows(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'AMK')
  await pay(hub, code, { amount: '20.00', times: 2 })
  await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['underpaid', 'underpaid'] })
  const rows = rowsIn(await look(hub, `suspense?payment=${code.id}`)) as unknown as Held[]
  const answers = await Promise.all(rows.flatMap((row) => [1, 2, 3, 4].map(() => applyTo(hub, row, code.id))))
  assert.deepEqual(statusesOf(answers), { 200: 2, 409: 6 })
  await becomes(hub, code.id, { applied: 2, held: ['underpaid', 'underpaid'] })
  const left = await Promise.all(rows.map((row) => readHeld(hub, row.id)))
  assert.deepEqual(left.map((row) => row.remaining).sort(), ['0.00', '15.00'])
}

async function sameOrder(hub: TestHub): Promise<void> {
  const { id, held, tx } = await hold(hub, 'AMK', { amount: '30.00' }, 'overpaid')
  const other = await makeCode(hub, 'AMK')
  const operator = { actor: 'operator operator-1', operator: 'operator-1', correlationId: 'walk-1' }
  const suspenseId = Number(held.id.replace('sus_', ''))
  const what = { suspenseId, amount: '5.00', reason: 'Resumed after a crash.' }
  const orders = [
    { ...what, id: newActId(), kind: 'write_off' as const },
    { ...what, id: newActId(), kind: 'apply' as const, paymentNumber: id },
    // Needs a second person: nothing of the ledger stands between the two.
    { ...what, id: newActId(), kind: 'apply' as const, paymentNumber: other.id },
  ]
  for (const order of orders) {
    const acts = await Promise.all(Array.from({ length: 8 }, () => resolveSuspense(hub.running.hub, operator, order)))
    const again = await resolveSuspense(hub.running.hub, operator, order)
    for (const act of acts) assert.deepEqual(act, again)
  }
  assert.deepEqual(await accountsOf(hub, tx), {
    'bank:AMK': 3_000,
    'payable:premium': 500,
    'suspense:AMK': 2_000,
    writeoff: 500,
  })
  assert.equal((await auditOf(hub, held)).length, 3)
  const decision = { id: orders[2]?.id ?? '', approve: true, reason: 'Agreed.' }
  const second = { ...operator, operator: 'operator-2', actor: 'operator operator-2' }
  assert.equal((await decideAct(hub.running.hub, second, decision)).status, 'done')
  await assert.rejects(decideAct(hub.running.hub, second, decision), { code: 'CONFLICT' })
}
