import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, clearFaults, during, makeCode } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import {
  accountsOf,
  applyTo,
  approve,
  auditOf,
  duplicateOf,
  type Held,
  hold,
  readHeld,
  refundHeld,
  reject,
  writeOff,
} from '../support/held-money.ts'
import { look, rowsIn, shown } from '../support/operators.ts'
import { assertProblem } from '../support/problem.ts'
import type { TestHub } from '../support/running-hub.ts'
import { restSchedule } from '../support/schedule.ts'
import { startHubWithVerify, type VerifyAnswer } from '../support/verify-between.ts'

test('held money while its bank cannot confirm that it is still there', async (t) => {
  const { hub, verify } = await startHubWithVerify(t)
  await restSchedule(hub)
  t.afterEach(async () => {
    verify.say = undefined
    await clearFaults(hub)
  })

  const words: readonly [title: string, say: (truth: VerifyAnswer) => unknown, cases: readonly string[]][] = [
    [
      'a bank that has forgotten the reference: nothing is reversed, a case',
      (truth) => ({ ...truth, status: 'NOT_FOUND', payments: [] }),
      ['movement_missing'],
    ],
    ['a word that nobody knows', (truth) => ({ ...truth, status: 'ARCHIVED', payments: [] }), []],
    ['paid, and nothing listed', (truth) => ({ ...truth, payments: [] }), []],
  ]
  for (const [title, say, cases] of words) {
    await t.test(`${title}: nothing is done, and it is done when the bank knows again`, async () => {
      const made = await hold(hub, 'AMK', { amount: '30.00' }, 'overpaid')
      verify.say = say
      await refusedFor(hub, made)
      verify.say = undefined
      shown(await applyTo(hub, made.held, made.id))
      await becomes(hub, made.id, { held: ['overpaid'], cases })
    })
  }

  await t.test('money that is listed only at the second look is there', async () => {
    const { id, held } = await hold(hub, 'AMK', { amount: '30.00' }, 'overpaid')
    await during(hub, ['AMK', 'verify', 'unpaid-first', 1], async () => shown(await applyTo(hub, held, id)))
    await becomes(hub, id, { held: ['overpaid'] })
  })

  await t.test('an act that waits is not agreed to while the bank cannot say, and waits on', async () => {
    const { held } = await duplicateOf(hub, 'AMK')
    const other = await makeCode(hub, 'AMK')
    const asked = await applyTo(hub, held, other.id)
    shown(asked, 202)
    verify.say = (truth) => ({ ...truth, status: 'NOT_FOUND', payments: [] })
    assertProblem(await approve(hub, asked), 503, 'SERVER_UNAVAILABLE')
    assert.equal(shown(await look(hub, `acts/${asked.json['id']}`))['status'], 'requires_approval')
    assert.equal((await readHeld(hub, held.id)).remaining, '25.00')
    verify.say = undefined
    shown(await approve(hub, asked))
    await becomes(hub, other.id, {})
  })

  await t.test('an act that waits is refused though the bank cannot say: that moves no money', async () => {
    const { held } = await duplicateOf(hub, 'AMK')
    const asked = await applyTo(hub, held, (await makeCode(hub, 'AMK')).id)
    shown(asked, 202)
    verify.say = () => ({ status: 'ARCHIVED' })
    assert.equal(shown(await reject(hub, asked))['status'], 'rejected')
  })

  await t.test('a bare "paid" says nothing against money that was listed', async () => {
    const { id, held } = await hold(hub, 'BANK01', { amount: '30.00' }, 'overpaid')
    verify.say = ({ status }) => ({ status })
    shown(await applyTo(hub, held, id))
    await becomes(hub, id, { held: ['overpaid'] })
  })

  // Last: from here on the breakers of both banks may stay open for a while.
  for (const [bank, fault] of [
    ['AMK', '500'],
    ['BANK01', 'html'],
  ] as const) {
    await t.test(`under "${fault}" of its bank nothing is done, and a refund waits`, async () => {
      const made = await hold(hub, bank, { amount: '30.00' }, 'overpaid')
      await during(hub, [bank, 'verify', fault], () => refusedFor(hub, made))
    })
  }
  await booksAgree(hub)
})

/** Apply and write-off are refused with 503, a refund is held and not sent, and all of it leaves the money where it was. */
async function refusedFor(hub: TestHub, { id, held, tx }: { id: number; held: Held; tx: string }): Promise<void> {
  const before = await accountsOf(hub, tx)
  for (const refused of [await applyTo(hub, held, id), await writeOff(hub, held)]) {
    assertProblem(refused, 503, 'SERVER_UNAVAILABLE')
  }
  assert.deepEqual(await accountsOf(hub, tx), before)
  assert.deepEqual(rowsIn(await look(hub, `acts?suspense=${held.id}`)), [])
  assert.deepEqual(await auditOf(hub, held), [])
  const refund = shown(await refundHeld(hub, held, { amount: '1.00' }), 201)
  assert.equal(refund['status'], 'requested')
}
