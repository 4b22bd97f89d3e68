import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  askKhqr,
  becomes,
  clearFaults,
  creditAgainNow,
  creditedInTheEnd,
  makeCode,
  patiently,
  pay,
  setFault,
  startBadDays,
} from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { operateOnce } from '../support/operators.ts'
import type { TestHub } from '../support/running-hub.ts'

const systems = ['DLIS', 'INGENIUM']

test('credit notes, on good days and bad', async (t) => {
  const hub = await startBadDays(t)
  t.afterEach(() => clearFaults(hub))

  for (const system of systems) {
    await t.test(`[E67] ${system} is told once of a premium that was paid back, and bills nothing anew`, async () => {
      const { id, bill, refund } = await paidBack(hub, system)
      await notedInTheEnd(hub, refund)
      assert.deepEqual(await notesOf(hub, refund), [
        { system, refundId: refund, paymentId: String(id), policyNumber: bill, amount: '25.00', currency: 'USD' },
      ])
      assert.equal((await askKhqr(hub, 'BANK01', bill)).status, 404)
      await booksAgree(hub)
    })

    for (const fault of ['500', 'html', 'quota', 'wrong-secret', 'cut', 'truncated']) {
      await t.test(`${system} under "${fault}": tried again until it works, noted once`, async () => {
        await setFault(hub, system, 'credit-note', fault)
        const { refund } = await paidBack(hub, system)
        await patiently('the first failure', () => hasFailed(hub, refund))
        await creditAgainNow(hub)
        await clearFaults(hub)
        await notedInTheEnd(hub, refund)
        assert.equal((await notesOf(hub, refund)).length, 1)
        await booksAgree(hub)
      })
    }
  }

  await t.test('[E67] both systems under "note-then-silent": asked first, noted once', async () => {
    for (const system of systems) await setFault(hub, system, 'credit-note', 'note-then-silent')
    const refunds = [(await paidBack(hub, 'DLIS')).refund, (await paidBack(hub, 'INGENIUM')).refund]
    await Promise.all(refunds.map((refund) => patiently('the first failure', () => hasFailed(hub, refund))))
    await clearFaults(hub)
    for (const refund of refunds) await notedInTheEnd(hub, refund)
    for (const refund of refunds) assert.equal((await notesOf(hub, refund)).length, 1)
    await booksAgree(hub)
  })

  await t.test(
    '[E67] Ingenium noted without an answer, and its look-up is down: nothing is sent until it answers',
    async () => {
      await setFault(hub, 'INGENIUM', 'credit-note', 'cut')
      await setFault(hub, 'INGENIUM', 'find-credit-note', '500')
      const { refund } = await paidBack(hub, 'INGENIUM')
      await patiently('the look-up to fail', async () =>
        /find-credit-note/.test((await noteOf(hub, refund)).error ?? ''),
      )
      await setFault(hub, 'INGENIUM', 'credit-note', 'none')
      await creditAgainNow(hub)
      assert.equal((await notesOf(hub, refund)).length, 1)
      await clearFaults(hub)
      await notedInTheEnd(hub, refund)
      assert.equal((await notesOf(hub, refund)).length, 1)
      await booksAgree(hub)
    },
  )

  await t.test(
    '[E67] a premium paid back before the policy system could be told of it is credited first, then noted',
    async () => {
      await setFault(hub, 'DLIS', 'credit', '500')
      const { id, refund } = await paidBack(hub, 'DLIS')
      await patiently('the credit to fail', async () => {
        const { rows } = await hub.pool.query(
          'select from event_deliveries where payment_number = $1 and last_error is not null',
          [id],
        )
        return rows.length > 0
      })
      assert.deepEqual(await notesOf(hub, refund), [])
      await clearFaults(hub)
      await creditedInTheEnd(hub, id)
      await notedInTheEnd(hub, refund)
      await booksAgree(hub)
    },
  )

  await t.test(
    '[E67] a second payment that is paid back was never credited: the policy system hears nothing of it',
    async () => {
      const code = await makeCode(hub, 'BANK01')
      await pay(hub, code, { times: 2 })
      await becomes(hub, code.id, { held: ['duplicate_payment'] })
      const { rows } = await hub.pool.query(
        'select s.id from suspense s join receipts r on r.id = s.receipt_id where r.payment_number = $1',
        [code.id],
      )
      const refund = await refunded(hub, `suspense/sus_${rows[0].id}/refund`)
      await booksAgree(hub)
      assert.deepEqual(await notesOf(hub, refund), [])
    },
  )
})

/** A bill of this system, paid by KHQR and paid back in full. */
async function paidBack(hub: TestHub, system: string) {
  const code = await makeCode(hub, 'BANK01', { system })
  await pay(hub, code)
  await becomes(hub, code.id, {})
  return { id: code.id, bill: code.bill, refund: await refunded(hub, 'refunds', { payment: String(code.id) }) }
}

async function refunded(hub: TestHub, path: string, of: object = {}): Promise<string> {
  const asked = await operateOnce(hub, path, { ...of, reason: 'The customer cancelled.' })
  assert.equal(asked.status, 201, asked.text)
  const id = String(asked.json['id'])
  await patiently(`refund ${id} to succeed`, async () => {
    const { rows } = await hub.pool.query('select status from refunds where id = $1', [id])
    return rows[0]?.status === 'succeeded'
  })
  return id
}

async function noteOf(hub: TestHub, refund: string): Promise<{ state?: string; error?: string | null }> {
  const { rows } = await hub.pool.query('select state, last_error as error from credit_notes where refund_id = $1', [
    refund,
  ])
  return rows[0] ?? {}
}

async function hasFailed(hub: TestHub, refund: string): Promise<boolean> {
  return Boolean((await noteOf(hub, refund)).error)
}

function notedInTheEnd(hub: TestHub, refund: string): Promise<boolean> {
  return patiently(`the credit note of ${refund}`, async () => {
    await creditAgainNow(hub)
    return (await noteOf(hub, refund)).state === 'noted'
  })
}

/** The credit notes that the policy systems' own journal lists for a refund. */
async function notesOf(hub: TestHub, refund: string) {
  const { json } = await hub.simulator('GET', '/_simulator/journal')
  const systemsSay = json['policySystems'] as unknown as Record<string, { creditNotes: { refundId: string }[] }>
  return Object.entries(systemsSay).flatMap(([system, { creditNotes }]) =>
    creditNotes.filter(({ refundId }) => refundId === refund).map((note) => ({ system, ...note })),
  )
}
