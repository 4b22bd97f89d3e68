import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { holdsAlways } from '../../test/support/random-test.ts'
import {
  AmountError,
  type Currency,
  currencies,
  isCurrency,
  largestAmountMinor,
  parseAmount,
  printAmount,
  showMoney,
} from './money.ts'

for (const [text, currency, amountMinor] of [
  ['150.00', 'USD', 15_000n],
  ['150', 'USD', 15_000n],
  ['150.5', 'USD', 15_050n],
  ['0.01', 'USD', 1n],
  ['0.07', 'USD', 7n],
  ['1.15', 'USD', 115n],
  ['0.29', 'USD', 29n],
  ['150.000', 'USD', 15_000n],
  ['0', 'USD', 0n],
  ['0.00', 'USD', 0n],
  ['00150.00', 'USD', 15_000n],
  ['9999999999.99', 'USD', 999_999_999_999n],
  ['9999999999.990000', 'USD', 999_999_999_999n],
  ['60000', 'KHR', 60_000n],
  ['60000.00', 'KHR', 60_000n],
  ['60000.000000000000000000', 'KHR', 60_000n],
  ['4000.0', 'KHR', 4_000n],
  ['1', 'KHR', 1n],
  ['9999999999999', 'KHR', 9_999_999_999_999n],
] as const) {
  test(`"${text}" ${currency} is ${amountMinor} minor units`, () => {
    assert.equal(parseAmount(text, currency), amountMinor)
  })
}

const notPlain = /is not a plain decimal number such as 150\.00$/
for (const text of [
  '',
  ' ',
  ' 1',
  '1 ',
  '1\n',
  '-1',
  '+1',
  '-0',
  '1e400',
  '1e2',
  '1E2',
  '0x10',
  '1_000',
  '1,000.00',
  '150,00',
  '.5',
  '5.',
  '1.2.3',
  '$1',
  'NaN',
  'Infinity',
  '-Infinity',
  'null',
  '[object Object]',
  '٣',
  '１５０',
  '១៥០',
  '1\u0000',
  '0'.repeat(21),
  `0.${'0'.repeat(19)}`,
  '9'.repeat(1_000_000),
  `0.${'0'.repeat(1_000_000)}`,
]) {
  test(`${JSON.stringify(text).slice(0, 30)} (${text.length} characters) is no amount, in either currency`, () => {
    assert.throws(() => parseAmount(text, 'USD'), { name: 'AmountError', message: notPlain })
    assert.throws(() => parseAmount(text, 'KHR'), { name: 'AmountError', message: notPlain })
  })
}

for (const [text, currency, why] of [
  ['150.001', 'USD', /"150\.001" has more decimals than USD has \(2\)/],
  ['150.005', 'USD', /more decimals/],
  ['0.001', 'USD', /more decimals/],
  ['0.999', 'USD', /more decimals/],
  ['9999999999.990000000000000001', 'USD', /more decimals/],
  ['0.5', 'KHR', /"0\.5" has more decimals than KHR has \(0\)/],
  ['60000.01', 'KHR', /more decimals/],
  ['0.000000000000000001', 'KHR', /more decimals/],
  ['10000000000', 'USD', /"10000000000" is more than 9999999999\.99 USD/],
  ['10000000000.00', 'USD', /is more than 9999999999\.99 USD/],
  ['99999999999999999999.99', 'USD', /is more than/],
  ['10000000000000', 'KHR', /"10000000000000" is more than 9999999999999 KHR/],
  ['9007199254740993', 'KHR', /is more than/],
] as const) {
  test(`${text} ${currency} is refused, never rounded`, () => {
    assert.throws(() => parseAmount(text, currency), { name: 'AmountError', message: why })
  })
}

test('a refusal says at most 40 characters of what it got, and keeps all of it', () => {
  const text = '7'.repeat(500)
  assert.throws(
    () => parseAmount(text, 'USD'),
    (error) => error instanceof AmountError && error.message.length < 100 && error.text === text,
  )
})

for (const [amountMinor, currency, text] of [
  [15_000n, 'USD', '150.00'],
  [15_050n, 'USD', '150.50'],
  [1n, 'USD', '0.01'],
  [0n, 'USD', '0.00'],
  [99n, 'USD', '0.99'],
  [100n, 'USD', '1.00'],
  [-1n, 'USD', '-0.01'],
  [-15_000n, 'USD', '-150.00'],
  [60_000n, 'KHR', '60000'],
  [0n, 'KHR', '0'],
  [-4_000n, 'KHR', '-4000'],
  // Beyond 2^53: a binary number would come out even.
  [9_007_199_254_740_993n, 'KHR', '9007199254740993'],
  [9_007_199_254_740_993n, 'USD', '90071992547409.93'],
] as const) {
  test(`${amountMinor} minor units of ${currency} are written ${text}`, () => {
    assert.equal(printAmount(amountMinor, currency), text)
  })
}

for (const currency of Object.keys(currencies).filter(isCurrency)) {
  test(`the largest ${currency} amount fills the 13 characters that a KHQR has for it`, () => {
    const printed = printAmount(largestAmountMinor[currency], currency)
    assert.equal(printed.length, 13)
    assert.equal(parseAmount(printed, currency), largestAmountMinor[currency])
    assert.equal(printAmount(largestAmountMinor[currency] + 1n, currency).length, 14)
    assert.throws(() => parseAmount(printAmount(largestAmountMinor[currency] + 1n, currency), currency), AmountError)
  })

  test(`every ${currency} amount that is printed is read back as itself`, (t) => {
    holdsAlways(
      t,
      fc.property(amountsOf(currency), (amountMinor) => {
        assert.equal(parseAmount(printAmount(amountMinor, currency), currency), amountMinor)
      }),
    )
  })

  test(`what is read of ${currency} is printed with exactly its decimals, and zeros at the end change nothing`, (t) => {
    holdsAlways(
      t,
      fc.property(amountsOf(currency), fc.nat(10), (amountMinor, zeros) => {
        const printed = printAmount(amountMinor, currency)
        assert.match(printed, currency === 'USD' ? /^(0|[1-9]\d*)\.\d\d$/ : /^(0|[1-9]\d*)$/)
        const longer = `${printed}${printed.includes('.') || zeros === 0 ? '' : '.'}${'0'.repeat(zeros)}`
        assert.equal(printAmount(parseAmount(longer, currency), currency), printed)
      }),
    )
  })

  test(`a digit beyond ${currency}'s decimals is refused at any distance: nothing was rounded to binary`, (t) => {
    holdsAlways(
      t,
      fc.property(amountsOf(currency), fc.nat(14), fc.integer({ min: 1, max: 9 }), (amountMinor, zeros, digit) => {
        const printed = printAmount(amountMinor, currency)
        const text = `${printed}${printed.includes('.') ? '' : '.'}${'0'.repeat(zeros)}${digit}`
        assert.throws(() => parseAmount(text, currency), /more decimals/)
      }),
    )
  })
}

test('the digits of an amount are its minor units, whatever they are: no binary arithmetic is between', (t) => {
  const digits = (count: number) => fc.stringMatching(new RegExp(`^\\d{1,${count}}$`))
  holdsAlways(
    t,
    fc.property(digits(10), digits(2), (whole, cents) => {
      assert.equal(parseAmount(`${whole}.${cents}`, 'USD'), BigInt(whole + cents.padEnd(2, '0')))
      assert.equal(parseAmount(whole, 'KHR'), BigInt(whole))
    }),
  )
})

test('any text at all is read as an amount in range, or refused with an AmountError', (t) => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'0123456789.-+eE, ') }),
    fc.double().map(String),
    fc.bigInt().map(String),
  )
  holdsAlways(
    t,
    fc.property(texts, fc.constantFrom<Currency>('USD', 'KHR'), (text, currency) => {
      try {
        const amountMinor = parseAmount(text, currency)
        assert.ok(amountMinor >= 0n && amountMinor <= largestAmountMinor[currency])
        assert.match(text, /^[0-9]+(\.[0-9]+)?$/)
      } catch (error) {
        assert.ok(error instanceof AmountError, String(error))
      }
    }),
    2_000,
  )
})

test('only USD and KHR, in capitals, are currencies', () => {
  for (const text of ['usd', 'Khr', 'EUR', '', ' USD', 'toString', '__proto__', 'constructor', 840, null, undefined]) {
    assert.equal(isCurrency(text), false, String(text))
  }
  assert.ok(isCurrency('USD') && isCurrency('KHR'))
})

test('money in a sentence names its currency first', () => {
  assert.equal(showMoney({ amountMinor: 15_000n, currency: 'USD' }), 'USD 150.00')
  assert.equal(showMoney({ amountMinor: 60_000n, currency: 'KHR' }), 'KHR 60000')
})

function amountsOf(currency: Currency): fc.Arbitrary<bigint> {
  return fc.bigInt({ min: 0n, max: largestAmountMinor[currency] })
}
