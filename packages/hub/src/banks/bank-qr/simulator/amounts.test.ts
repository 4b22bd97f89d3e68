import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { amountText, anotherAmount, jsonNumber, minorUnits, plainAmount } from './amounts.ts'

describe('an amount on a wire', () => {
  const cases: [unknown, 'USD' | 'KHR', string | undefined][] = [
    [150, 'USD', '150.00'],
    ['150.00', 'USD', '150.00'],
    [150.1, 'USD', '150.10'],
    ['0.010', 'USD', '0.01'],
    ['007.5', 'USD', '7.50'],
    ['60000.00', 'KHR', '60000'],
    [60000, 'KHR', '60000'],
    [9_999_999_999.99, 'USD', '9999999999.99'],
    ['99999999999.99', 'USD', undefined],
    ['150.001', 'USD', undefined],
    ['0.5', 'KHR', undefined],
    [0, 'USD', undefined],
    ['0.00', 'USD', undefined],
    [-1, 'USD', undefined],
    ['1e3', 'USD', undefined],
    [1e21, 'USD', undefined],
    [Number.NaN, 'USD', undefined],
    ['150.', 'USD', undefined],
    ['.5', 'USD', undefined],
    [' 1', 'USD', undefined],
    [true, 'USD', undefined],
    [null, 'USD', undefined],
    ['1'.repeat(1_000_000), 'USD', undefined],
  ]
  for (const [given, currency, wanted] of cases) {
    it(`${String(given).slice(0, 20)} in ${currency} is ${wanted ?? 'refused'}`, () => {
      assert.equal(plainAmount(given, currency), wanted)
    })
  }

  it('is another one by a dollar or a hundred riel', () => {
    assert.equal(anotherAmount('0.99', 'USD'), '1.99')
    assert.equal(anotherAmount('600000', 'KHR'), '600100')
  })

  it('keeps its zeros as a JSON number', () => {
    assert.equal(JSON.stringify({ amount: jsonNumber('150.00') }), '{"amount":150.00}')
  })
})

describe('amountText', () => {
  for (const [amount, currency] of [
    ['150.00', 'USD'],
    ['0.05', 'USD'],
    ['0.00', 'USD'],
    ['600000', 'KHR'],
    ['0', 'KHR'],
  ] as const) {
    it(`writes ${amount} ${currency} as it was read`, () => {
      assert.equal(amountText(minorUnits(amount), currency), amount)
    })
  }
})
