import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, clearFaults, makeCode, pay, payElsewhere, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import {
  accountsOf,
  dueOn,
  type Held,
  heldFor,
  readHeld,
  refundToTheEnd,
  strangerMoney,
  writeOff,
} from '../support/held-money.ts'
import { operateOnce, shown } from '../support/operators.ts'
import type { TestHub } from '../support/running-hub.ts'

type Bank = 'AMK' | 'BANK01'
type Made = { readonly held: Held; readonly transaction: string; readonly id: number; readonly bill: string }

type Row = {
  readonly reason: string
  readonly bank: Bank
  /** Whole, a part, and what is left then. */
  readonly amounts: readonly [whole: string, part: string, rest: string]
  /** What the payment that the money named asks for afterwards; undefined: nothing is due on its bill. */
  readonly dueAgain: string | undefined
  readonly make: (hub: TestHub, bank: Bank) => Promise<Made>
}

async function heldBy(
  hub: TestHub,
  code: { id: number; bill: string },
  reason: string,
  transaction = '',
): Promise<Made> {
  const held = await heldFor(hub, code.id)
  assert.equal(held.reason, reason)
  return { held, id: code.id, bill: code.bill, transaction }
}

const rows: readonly Row[] = [
  {
    reason: 'duplicate_payment',
    bank: 'BANK01',
    amounts: ['25.00', '10.00', '15.00'],
    dueAgain: undefined,
    make: async (hub, bank) => {
      const code = await makeCode(hub, bank)
      await pay(hub, code)
      await becomes(hub, code.id, {})
      const [second] = await pay(hub, code)
      await becomes(hub, code.id, { held: ['duplicate_payment'] })
      return heldBy(hub, code, 'duplicate_payment', second)
    },
  },
  {
    reason: 'underpaid',
    bank: 'AMK',
    amounts: ['20.00', '12.50', '7.50'],
    dueAgain: '25',
    make: async (hub, bank) => {
      const code = await makeCode(hub, bank)
      const [paid] = await pay(hub, code, { amount: '20.00' })
      await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['underpaid'] })
      return heldBy(hub, code, 'underpaid', paid)
    },
  },
  {
    reason: 'overpaid',
    bank: 'BANK01',
    amounts: ['30.00', '5.00', '25.00'],
    dueAgain: '25',
    make: async (hub, bank) => {
      const code = await makeCode(hub, bank)
      const [paid] = await pay(hub, code, { amount: '30.00' })
      await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['overpaid'] })
      return heldBy(hub, code, 'overpaid', paid)
    },
  },
  {
    reason: 'currency_mismatch',
    bank: 'BANK01',
    amounts: ['100000', '1', '99999'],
    dueAgain: '25',
    make: async (hub, bank) => {
      const code = await makeCode(hub, bank)
      const [paid] = await pay(hub, code, { amount: '100000', currency: 'KHR' })
      await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['currency_mismatch'] })
      return heldBy(hub, code, 'currency_mismatch', paid)
    },
  },
  {
    reason: 'late',
    bank: 'AMK',
    amounts: ['25.00', '0.01', '24.99'],
    dueAgain: '25',
    make: async (hub, bank) => {
      const code = await makeCode(hub, bank)
      shown(await operateOnce(hub, `payments/${code.id}/cancel`, { reason: 'The customer left.' }))
      const [paid] = await pay(hub, code)
      await becomes(hub, code.id, { status: 'cancelled', applied: 0, held: ['late'] })
      return heldBy(hub, code, 'late', paid)
    },
  },
  {
    reason: 'notice_disagrees',
    bank: 'AMK',
    amounts: ['25.00', '24.00', '1.00'],
    dueAgain: '25',
    make: async (hub, bank) => {
      const code = await makeCode(hub, bank)
      const [paid] = await pay(hub, code, { notice: { paid_amount: 24 } })
      await becomes(hub, code.id, {
        status: 'processing',
        applied: 0,
        held: ['notice_disagrees'],
        cases: ['notice_differs'],
      })
      return heldBy(hub, code, 'notice_disagrees', paid)
    },
  },
  {
    reason: 'already_paid',
    bank: 'AMK',
    amounts: ['25.00', '20.00', '5.00'],
    // What the policy system asks for next.
    dueAgain: undefined,
    make: async (hub, bank) => {
      const code = await makeCode(hub, bank)
      await payElsewhere(hub, code.bill, `walk-${code.id}`)
      const [paid] = await pay(hub, code)
      await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['already_paid'] })
      return heldBy(hub, code, 'already_paid', paid)
    },
  },
  {
    reason: 'unknown_payment',
    bank: 'BANK01',
    amounts: ['31.00', '30.00', '1.00'],
    dueAgain: undefined,
    make: async (hub, bank) => {
      const { held, tx, reference } = await strangerMoney(hub, bank)
      return { held, transaction: tx, id: reference, bill: '' }
    },
  },
]

/** Minor units of an amount as it is written here: USD with two decimals, riel with none. */
function minorOf(amount: string): number {
  return Number(amount.replace('.', ''))
}

test('money in suspense, with HUB_LATE_POLICY=suspense', async (t) => {
  const hub = await startBadDays(t, { HUB_LATE_POLICY: 'suspense' })
  t.afterEach(() => clearFaults(hub))

  for (const { reason, bank, amounts, dueAgain, make } of rows) {
    const [whole, part, rest] = amounts
    const dueThen = async ({ bill }: Made) => (bill === '' ? undefined : dueOn(hub, bill, bank))

    await t.test(
      `[E52] ${reason}: nothing is due while it is held; written off in parts, it is due again`,
      async () => {
        const made = await make(hub, bank)
        const bankMoney = { [`bank:${bank}`]: minorOf(whole) }
        assert.deepEqual(await accountsOf(hub, made.transaction), {
          ...bankMoney,
          [`suspense:${bank}`]: minorOf(whole),
        })
        if (reason !== 'already_paid') assert.equal(await dueThen(made), undefined)
        shown(await writeOff(hub, made.held, { amount: part }))
        assert.deepEqual(await readState(hub, made.held), ['open', rest])
        assert.deepEqual(await accountsOf(hub, made.transaction), {
          ...bankMoney,
          [`suspense:${bank}`]: minorOf(rest),
          writeoff: minorOf(part),
        })
        if (reason !== 'already_paid') assert.equal(await dueThen(made), undefined, 'a part of it is still held')
        shown(await writeOff(hub, made.held))
        assert.deepEqual((await readState(hub, made.held))[0], 'resolved')
        assert.deepEqual(await accountsOf(hub, made.transaction), { ...bankMoney, writeoff: minorOf(whole) })
        if (reason !== 'already_paid') assert.equal(await dueThen(made), dueAgain)
        const more = await writeOff(hub, made.held)
        assert.equal(more.status, 409, more.text)
      },
    )

    await t.test(
      `[E51] ${reason}: sent back in parts, it is due again, and the bank account holds nothing of it`,
      async () => {
        const made = await make(hub, bank)
        const first = await refundToTheEnd(hub, made.held, { amount: part })
        assert.equal(first['amount'], part)
        assert.deepEqual(await readState(hub, made.held), ['open', rest])
        if (reason !== 'already_paid') assert.equal(await dueThen(made), undefined, 'a part of it is still held')
        const second = await refundToTheEnd(hub, made.held)
        assert.equal(second['amount'], rest)
        assert.deepEqual(await accountsOf(hub, made.transaction), {})
        if (reason !== 'already_paid') assert.equal(await dueThen(made), dueAgain)
      },
    )
  }
  await booksAgree(hub)
})

async function readState(hub: TestHub, held: Held): Promise<[state: string, remaining: string]> {
  const { state, remaining } = await readHeld(hub, held.id)
  return [state, remaining]
}
