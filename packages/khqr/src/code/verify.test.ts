import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vectors } from '../../test/vectors.ts'
import { inspect, verify } from '../index.ts'
import { seal } from './encode.ts'

const now = 1_795_219_200_000

for (const { id, group, input, output, reason } of vectors.filter(({ kind, quirk }) => kind === 'verify' && !quirk)) {
  test(`agrees with the official SDK on ${id}, ${group}, and says why`, () => {
    const { valid, reasons } = verify(input.qr, { now })
    assert.equal(valid, output?.['isValid'])
    if (reason)
      assert.ok(
        reasons.some(({ code }) => code === reason.code),
        JSON.stringify(reasons),
      )
  })
}

for (const { id, group, input } of vectors.filter(({ kind, quirk }) => kind === 'verify' && quirk)) {
  test(`calls ${id}, ${group}, not valid although the official SDK hangs or is lax`, () => {
    assert.equal(verify(input.qr, { now }).valid, false)
  })
}

const start = '000201010211'
const payee = '29130009rith@devb'
const rest = '5204599953031165802KH5910Rith Store6010Phnom Penh'
const times = '9934001317952191990000113'

const verdicts: [what: string, text: string, names: string[]][] = [
  ['another country', `${start}${payee}5204599953031165802TH5910Rith Store6010Phnom Penh`, ['COUNTRY_INVALID']],
  ['another format', `000202010211${payee}${rest}`, ['PAYLOAD_FORMAT_INVALID']],
  ['no payee', `${start}${rest}`, ['KIND_MISSING']],
  ['an amount that is no number', `${start}${payee}${rest}5403abc${times}1795219800000`, ['AMOUNT_INVALID']],
  ['nothing to pay', `${start}${payee}${rest}54040.00${times}1795219800000`, ['AMOUNT_INVALID']],
  ['an amount without times', `${start}${payee}${rest}540210`, ['EXPIRY_MISSING']],
  [
    'a category of three digits',
    `${start}${payee}520374253031165802KH5910Rith Store6010Phnom Penh`,
    ['CATEGORY_INVALID'],
  ],
  ['an expired code without tag 01', `000201${payee}${rest}54011${times}1795219199999`, ['EXPIRED']],
  ['an empty label', `${start}${payee}${rest}62040100`, ['BILL_NUMBER_LENGTH']],
  [
    'many things at once',
    `${start}29120008nodomain5204599953037645802KH5926ABCDEFGHIJKLMNOPQRSTUVWXYZ6010Phnom Penh`,
    ['ACCOUNT_INVALID', 'CURRENCY_UNSUPPORTED', 'MERCHANT_NAME_LENGTH'],
  ],
]
for (const [what, text, names] of verdicts) {
  test(`names every reason against ${what}`, () => {
    assert.deepEqual(
      verify(seal(`${text}6304`).qr, { now }).reasons.map(({ name }) => name),
      names,
    )
  })
}

test('warns of what banks do and payers can pay: a merchant code without its ID', () => {
  const { valid, warnings } = verify(seal(`${start}30130009rith@devb${rest}6304`).qr, { now })
  assert.equal(valid, true)
  assert.deepEqual(
    warnings.map(({ name }) => name),
    ['MERCHANT_ID_MISSING', 'ACQUIRING_BANK_MISSING'],
  )
})

test('answers what is no text at all, too', () => {
  assert.deepEqual(
    verify(undefined as unknown as string, { now }).reasons.map(({ name }) => name),
    ['NOT_TEXT'],
  )
})

test('inspects any text as a tree, its problems below', () => {
  const tree = inspect('00020129180009rith@devb02xxA530311663040000')
  assert.match(tree, /^29 Individual account\n {3}00 Payee account +rith@devb$/m)
  assert.match(tree, /^53 Currency +116 \(KHR\)$/m)
  assert.match(tree, /^! A template does not hold tags \(29 = "02xxA" at position 23\)/m)
})

test('shows a character that would move a cursor as its number', () => {
  assert.match(inspect('5904a\u001b[2'), /a\\u001b\[2/)
})
