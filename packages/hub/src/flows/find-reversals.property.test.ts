import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { holdsAlways } from '../../test/support/random-test.ts'
import { minutesLater, samplePayment, sampleReceipt, usd } from '../../test/support/sample-payment.ts'
import type { Bank, MerchantAccount, Movement, Verification } from '../banks/bank.ts'
import type { Receipt } from '../domain/payment.ts'
import { findReversals, secondLookAfterMs } from './find-reversals.ts'
import type { BankAtWork } from './hub.ts'

// One receipt, and whatever its bank says of it over an hour: it lists it, does not list it, calls it taken back, says
// only "paid", has forgotten the reference, or cannot be read.

const account = { id: 1, bankCode: 'AMK' } as MerchantAccount
const at = { code: 'AMK', bank: { describe: () => ({ listsAllMovements: true }) } as unknown as Bank } as BankAtWork
const says = ['lists', 'omits', 'takes back', 'bare', 'forgot', 'unknown'] as const
type Says = (typeof says)[number]
type Look = { readonly says: Says; readonly at: Date }

const history = fc
  .array(fc.record({ says: fc.constantFrom(...says), afterS: fc.integer({ min: 1, max: 120 }) }), { maxLength: 20 })
  .map((looks) => {
    let seconds = 0
    return looks.map((look): Look => ({ says: look.says, at: minutesLater(10 + (seconds += look.afterS) / 60) }))
  })

test('money is taken back only on the bank’s word, or when two answers a minute apart omit it and none between lists it', (t) => {
  holdsAlways(
    t,
    fc.property(history, (looks) => {
      let receipt = sampleReceipt()
      for (const [index, look] of looks.entries()) {
        const after = hear(receipt, look)
        if (!receipt.reversed && after.reversed) assert.ok(isProved(looks.slice(0, index + 1)), JSON.stringify(looks))
        receipt = after
      }
    }),
  )
})

test('money that is listed in the end is in the books in the end, whatever was said before', (t) => {
  holdsAlways(
    t,
    fc.property(history, (looks) => {
      const end = [...looks, { says: 'lists' as const, at: minutesLater(600) }].reduce(hear, sampleReceipt())
      assert.deepEqual([end.reversed, end.missingSince], [false, undefined])
    }),
  )
})

test('money that two answers a minute apart omit in the end is taken back in the end, whatever was said before', (t) => {
  const last = [600, 601].map((minute): Look => ({ says: 'omits', at: minutesLater(minute) }))
  holdsAlways(
    t,
    fc.property(history, (looks) => {
      assert.equal([...looks, ...last].reduce(hear, sampleReceipt()).reversed, true)
    }),
  )
})

test('the same answer again at the same moment finds nothing more', (t) => {
  holdsAlways(
    t,
    fc.property(history, (looks) => {
      const twice = looks.flatMap((look) => [look, look])
      assert.deepEqual(twice.reduce(hear, sampleReceipt()), looks.reduce(hear, sampleReceipt()))
    }),
  )
})

/** What the flow writes of a finding: since when it is missing, and whether it was taken back. */
function hear(receipt: Receipt, look: Look): Receipt {
  const payment = samplePayment({ status: 'completed', receipts: [receipt] })
  const findings = findReversals({ at, account, payment, verification: answer(look.says), strict: false }, look.at)
  assert.ok(findings.length <= 1)
  const finding = findings[0]?.finding
  if (finding === 'missing') return { ...receipt, missingSince: receipt.missingSince ?? look.at }
  if (finding === 'listed') return { ...receipt, missingSince: undefined }
  if (finding === 'taken_back') return { ...receipt, reversed: true, missingSince: undefined }
  if (finding === 'came_back') return { ...receipt, reversed: false, missingSince: undefined }
  return receipt
}

/** Read from the answers alone, without what the hub remembered of them. */
function isProved(looks: readonly Look[]): boolean {
  const last = looks.at(-1)
  if (last?.says === 'takes back') return true
  if (last?.says !== 'omits') return false
  const sinceListed = looks.slice(looks.findLastIndex((look) => look.says === 'lists' || look.says === 'bare') + 1)
  const first = sinceListed.find((look) => look.says === 'omits')
  return first !== undefined && last.at.getTime() - first.at.getTime() >= secondLookAfterMs
}

function answer(said: Says): Verification {
  const movement: Movement = {
    bankTransactionId: said === 'bare' ? '150001' : 'TX-1',
    keyedBy: said === 'bare' ? 'reference' : 'bank',
    amount: said === 'bare' ? undefined : usd(15_000n),
    payeeAccount: undefined,
    payer: undefined,
    paidAt: minutesLater(1),
    reversed: said === 'takes back',
  }
  const isThere = said === 'lists' || said === 'bare'
  const states = { omits: 'unpaid', forgot: 'not_found', unknown: 'unknown', 'takes back': 'unpaid' } as const
  const state = isThere ? 'paid' : states[said as keyof typeof states]
  return { state, movements: isThere || movement.reversed ? [movement] : [], exchanges: [] }
}
