import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PaymentMethod } from '../banks/purchase.ts'
import { sampleAttempt, samplePayment } from '../../test/support/sample-payment.ts'
import { codesAt } from './ask-bank.ts'

const methods: readonly PaymentMethod[] = [
  { code: 'shown-here', shows: 'code', usual: true },
  { code: 'their-page', shows: 'page', usual: false },
]
const at = { code: 'AMK', bank: { methods } }

for (const [what, attempt, shown] of [
  ['a code that is shown', { state: 'open', method: 'shown-here' }, true],
  ['a code that was shown once', { state: 'closed', method: 'shown-here' }, true],
  ['a code of a payment without a method', { state: 'open' }, true],
  ['a code that is being made', { state: 'creating', method: 'shown-here', qrString: undefined }, false],
  // Its bank says "not found" for ever, and that is no riddle.
  ['a code whose making failed', { state: 'closed', method: 'shown-here', qrString: undefined }, false],
  ['a page of the bank that is offered', { state: 'open', method: 'their-page', qrString: undefined }, true],
  ['a page of the bank that was offered', { state: 'closed', method: 'their-page', qrString: undefined }, true],
  ['a page that is not offered yet', { state: 'creating', method: 'their-page', qrString: undefined }, false],
] as const) {
  test(`${what} is ${shown ? 'one' : 'none'} that a payer may have`, () => {
    const payment = samplePayment({ attempts: [sampleAttempt(attempt)] })
    assert.equal(codesAt(at, payment).length, shown ? 1 : 0)
  })
}
