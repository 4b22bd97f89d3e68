import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import type { Currency } from '../money/money.ts'
import type { Bank, RefundAnswer, RefundOrder, RefundState, RefundTotals } from './bank.ts'
import { askFor, call, impatient, keepsNoSecret, payCode, showCode, troubleOf, waysOf } from './conformance-world.ts'
import type { BankUnderTest, Claim } from './conformance-world.ts'

const refunds = (bank: Bank): boolean => bank.describe().refund !== 'never'
const refundsParts = (bank: Bank): boolean => bank.describe().refund === 'partial'
const tellsTotals = (bank: Bank): boolean => refunds(bank) && bank.describe().readsRefunds
/** Between two looks at totals that must change by themselves, and the longest that they may take. */
const [lookAgainMs, patienceMs] = [100, 30_000]

export const claimsAboutRefunds: readonly Claim[] = [
  {
    says: 'refunds a payment in full, in every currency, and nothing of it a second time',
    holdsFor: refunds,
    async check(bank, world) {
      for (const currency of bank.describe().currencies) {
        const paid = await paidMovement(bank, world, currency)
        const order = paid.order(paid.whole)
        const answer = await refund(bank, order)
        assert.equal(answer.state, 'refunded', answer.sentence)
        keepsNoSecret(answer.exchanges, world)
        await addsUp(bank, paid, paid.whole, [[paid.nameOf(order), 'refunded']])
        assert.equal((await refund(bank, paid.order(1n))).state, 'refused')
        await addsUp(bank, paid, paid.whole)
      }
    },
  },
  {
    says: 'refunds a payment in parts up to the last unit, and refuses one more',
    holdsFor: refundsParts,
    async check(bank, world) {
      for (const currency of bank.describe().currencies) {
        const paid = await paidMovement(bank, world, currency)
        assert.equal((await refund(bank, paid.order(1n))).state, 'refunded')
        assert.equal((await refund(bank, paid.order(paid.whole - 2n))).state, 'refunded')
        assert.equal((await refund(bank, paid.order(2n))).state, 'refused')
        await addsUp(bank, paid, paid.whole - 1n)
        assert.equal((await refund(bank, paid.order(1n))).state, 'refunded')
        await addsUp(bank, paid, paid.whole)
      }
    },
  },
  {
    says: 'refuses a part where it refunds in full only',
    holdsFor: (bank) => bank.describe().refund === 'full',
    async check(bank, world) {
      const paid = await paidMovement(bank, world)
      assert.equal((await refund(bank, paid.order(1n))).state, 'refused')
      await addsUp(bank, paid, 0n)
    },
  },
  {
    says: 'refuses one unit more than was paid, and keeps what was paid',
    holdsFor: refunds,
    async check(bank, world) {
      for (const currency of bank.describe().currencies) {
        const paid = await paidMovement(bank, world, currency)
        const answer = await refund(bank, paid.order(paid.whole + 1n))
        assert.equal(answer.state, 'refused')
        assert.ok(answer.sentence)
        await addsUp(bank, paid, 0n)
      }
    },
  },
  {
    says: 'refunds once for one refund id, however often it is sent, and never something else under it',
    holdsFor: (bank) => refunds(bank) && bank.describe().refundIsIdempotent,
    async check(bank, world) {
      const paid = await paidMovement(bank, world)
      const order = paid.order(paid.whole)
      const answers = [await refund(bank, order), ...(await Promise.all([refund(bank, order), refund(bank, order)]))]
      assert.deepEqual(
        answers.map(({ state, bankRefundId }) => [state, bankRefundId]),
        answers.map(() => ['refunded', answers[0]?.bankRefundId]),
      )
      await addsUp(bank, paid, paid.whole, [[paid.nameOf(order), 'refunded']])
      const other = { ...paid.order(1n), refundId: order.refundId }
      assert.equal((await troubleOf(refund(bank, other))).outcome, 'unknown')
      await addsUp(bank, paid, paid.whole)
    },
  },
  {
    says: 'tells by its totals that a refund was done whose answer was lost, and is not asked by itself again',
    holdsFor: tellsTotals,
    async check(bank, world) {
      for (const fault of ['cut', 'truncated', 'done-but-silent']) {
        const paid = await paidMovement(bank, world)
        const order = paid.order(paid.whole)
        await world.control.fault('refund', fault)
        const trouble = await troubleOf(refund(world.makeBank(), order))
        assert.equal(trouble.outcome, 'unknown', fault)
        keepsNoSecret(trouble.exchange ? [trouble.exchange] : [], world)
        await addsUp(bank, paid, paid.whole, [[paid.nameOf(order), 'refunded']])
      }
    },
  },
  {
    says: 'is unknown, never refunded or refused, when its answer is HTML, an error or silence, and its totals tell',
    holdsFor: refunds,
    async check(bank, world) {
      for (const [fault, kind, outcome] of [
        ['html', 'unreadable', 'unknown'],
        ['500', 'error_answer', 'unknown'],
        ['silent', 'timeout', 'unknown'],
        ['quota', waysOf(world).overLimit, 'not_done'],
        ['wrong-secret', 'auth_refused', 'not_done'],
      ] as const) {
        const paid = await paidMovement(bank, world)
        await world.control.fault('refund', fault)
        const order = paid.order(paid.whole)
        const trouble = await troubleOf(refund(world.makeBank(), order, fault === 'silent' ? impatient : call))
        assert.deepEqual([trouble.kind, trouble.outcome], [kind, outcome], fault)
        keepsNoSecret(trouble.exchange ? [trouble.exchange] : [], world)
        await addsUp(bank, paid, 0n, [])
      }
    },
  },
  {
    says: 'was not asked for a refund where our log-in was refused',
    holdsFor: refunds,
    async check(bank, world) {
      const paid = await paidMovement(bank, world)
      await world.control.fault('login', 'wrong-secret')
      const trouble = await troubleOf(refund(world.makeBank(), paid.order(paid.whole)))
      assert.deepEqual([trouble.kind, trouble.outcome], ['auth_refused', 'not_done'])
      await world.control.clearFaults()
      await addsUp(bank, paid, 0n, [])
    },
  },
  {
    says: 'refunds once after our token ended early, without anybody noticing',
    holdsFor: refunds,
    async check(bank, world) {
      const paid = await paidMovement(bank, world)
      await world.control.fault('refund', 'expired-token')
      const order = paid.order(paid.whole)
      const answer = await refund(bank, order)
      assert.equal(answer.state, 'refunded')
      assert.deepEqual(
        answer.exchanges.map((exchange) => exchange.httpStatus),
        waysOf(world).renewed,
      )
      await addsUp(bank, paid, paid.whole, [[paid.nameOf(order), 'refunded']])
    },
  },
  {
    says: 'says pending while a refund is under way, and its totals say how it ended',
    holdsFor: (bank, world) => tellsTotals(bank) && waysOf(world).hasPendingRefunds,
    async check(bank, world) {
      for (const [fault, end] of [
        ['pending', 'refunded'],
        ['pending-then-rejected', 'refused'],
      ] as const) {
        const paid = await paidMovement(bank, world)
        await world.control.fault('refund', fault, 1)
        const order = paid.order(paid.whole)
        assert.equal((await refund(bank, order)).state, 'pending')
        const found = await totalsOnce(bank, paid, (totals) => totals.refunds[0]?.state !== 'pending')
        assert.deepEqual(
          found.refunds.map(({ refundId, state }) => [refundId, state]),
          [[order.refundId, end]],
        )
        assert.equal(found.refunded?.amountMinor, end === 'refunded' ? paid.whole : 0n)
      }
    },
  },
  {
    says: 'says refused, with its reason, when it will not refund, and nothing is gone',
    holdsFor: refunds,
    async check(bank, world) {
      const paid = await paidMovement(bank, world)
      await world.control.fault('refund', 'rejected')
      const answer = await refund(bank, paid.order(paid.whole))
      assert.equal(answer.state, 'refused')
      assert.ok(answer.sentence)
      await addsUp(bank, paid, 0n)
    },
  },
  {
    says: 'neither refunds nor counts a movement that it never had',
    holdsFor: refunds,
    async check(bank, world) {
      const paid = await paidMovement(bank, world)
      const stranger = { ...paid.order(1n), bankTransactionId: '10000000000000001' }
      if (waysOf(world).strangeRefund === 'refused') assert.equal((await refund(bank, stranger)).state, 'refused')
      else assert.equal((await troubleOf(refund(bank, stranger))).outcome, 'unknown')
      if (tellsTotals(bank)) assert.equal((await readTotals(bank, stranger)).state, 'unknown')
      await addsUp(bank, paid, 0n, [])
    },
  },
  {
    says: 'has no totals, never totals of nothing, when their answer is HTML, half, silent, an error or a refusal',
    holdsFor: tellsTotals,
    async check(bank, world) {
      const paid = await paidMovement(bank, world)
      await refund(bank, paid.order(paid.whole))
      for (const fault of ['html', 'truncated']) {
        await world.control.fault('refund-totals', fault)
        const found = await readTotals(bank, paid.order(1n))
        assert.deepEqual([found.state, found.refunded, found.refunds], ['unknown', undefined, []], fault)
        assert.ok(found.doubt)
      }
      for (const [fault, kind] of [
        ['silent', 'timeout'],
        ['500', 'error_answer'],
        ['cut', 'unreachable'],
        ['quota', waysOf(world).overLimit],
        ['wrong-secret', 'auth_refused'],
      ] as const) {
        await world.control.fault('refund-totals', fault)
        const asked = readTotals(world.makeBank(), paid.order(1n), fault === 'silent' ? impatient : call)
        const trouble = await troubleOf(asked)
        assert.equal(trouble.kind, kind, `${fault}: ${trouble.message}`)
      }
    },
  },
  {
    says: 'is asked for its totals again at once when every second answer is an error',
    holdsFor: tellsTotals,
    async check(bank, world) {
      const paid = await paidMovement(bank, world)
      await world.control.fault('refund-totals', 'flap')
      for (let time = 0; time < 3; time += 1) await addsUp(bank, paid, 0n, [])
    },
  },
]

type Paid = {
  /** What was paid, in minor units. */
  readonly whole: bigint
  /** A refund of this much of it, under an id of its own. */
  order(amountMinor: bigint): RefundOrder
  /** What the bank's list calls it. */
  nameOf(order: RefundOrder): string | undefined
}

/** Money that came in by a code of this bank. */
async function paidMovement(bank: Bank, world: BankUnderTest, currency?: Currency): Promise<Paid> {
  await world.control.clearFaults()
  const asked = await showCode(bank, askFor(world, currency))
  const [movement] = await payCode(world, asked, { webhook: 'drop' })
  assert.ok(movement)
  const { reference, account } = asked
  const { bankTransactionId, amount } = movement
  let last = 0
  return {
    whole: amount.amountMinor,
    nameOf: ({ refundId }) => (waysOf(world).namesRefunds ? refundId : undefined),
    order(amountMinor) {
      const refundId = `rfd_${reference}${(last += 1)}`
      const part = { amountMinor, currency: amount.currency }
      return { refundId, bankTransactionId, reference, account, amount: part, paidAt: new Date() }
    },
  }
}

function refund(bank: Bank, order: RefundOrder, context: typeof impatient | typeof call = call): Promise<RefundAnswer> {
  assert.ok(bank.refund, 'the bank declares refunds and has no refund')
  return bank.refund(order, context)
}

function readTotals(
  bank: Bank,
  order: RefundOrder,
  context: typeof impatient | typeof call = call,
): Promise<RefundTotals> {
  assert.ok(bank.readRefunds, 'the bank declares totals and has no readRefunds')
  return bank.readRefunds(order, context)
}

/** The bank's totals, where it has any, say that this much went back in all; and through exactly these, where listed. */
async function addsUp(
  bank: Bank,
  paid: Paid,
  refunded: bigint,
  list?: [string | undefined, RefundState][],
): Promise<void> {
  if (!tellsTotals(bank)) return
  const found = await readTotals(bank, paid.order(1n))
  assert.equal(found.state, 'known', found.doubt)
  assert.equal(found.refunded?.amountMinor, refunded)
  if (!list) return
  assert.deepEqual(
    found.refunds.map(({ refundId, state }) => [refundId, state]),
    list,
  )
}

async function totalsOnce(bank: Bank, paid: Paid, isSo: (found: RefundTotals) => boolean): Promise<RefundTotals> {
  for (const endMs = Date.now() + patienceMs; ; ) {
    const found = await readTotals(bank, paid.order(1n))
    assert.equal(found.state, 'known', found.doubt)
    if (isSo(found)) return found
    assert.ok(Date.now() < endMs, `the totals say the same for ${patienceMs} ms`)
    await wait(lookAgainMs)
  }
}
