import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleSettings } from './test-settings.ts'
import { errorWord, readVerifyAnswer } from './translate.ts'

const { verify } = sampleSettings()
assert.ok(verify)
const settings = verify
const asked = { reference: '150001', accountNumber: '900000000000001', timeZoneOffset: '+07:00' }
const read = (body: unknown, changes: object = {}) =>
  readVerifyAnswer(typeof body === 'string' ? body : JSON.stringify(body), asked, {
    ...settings,
    answer: { ...settings.answer, ...changes },
  })

const movement = { transactionId: '17672256000000001', amount: 150, paidDate: '2026-01-07 11:59:59.123456' }
const paid = { status: 'SUCCESS', txId: '150001', merchantId: '900000000000001', currency: 'USD', payments: [movement] }

const said = {
  bankTransactionId: '17672256000000001',
  keyedBy: 'bank',
  amount: { amountMinor: 15_000n, currency: 'USD' },
  payeeAccount: undefined,
  payer: undefined,
  paidAt: new Date('2026-01-07T04:59:59.123Z'),
  reversed: false,
}

test('a success word with a list is paid with every movement of it', () => {
  assert.deepEqual(read(paid), { state: 'paid', movements: [said] })
  const two = read({ ...paid, payments: [movement, { ...movement, transactionId: '2', amount: '0.01', payer: 'Sok' }] })
  assert.deepEqual(two.movements[1], {
    ...said,
    bankTransactionId: '2',
    amount: { amountMinor: 1n, currency: 'USD' },
    payer: 'Sok',
  })
})

test('amounts are reported as the bank says them, right or wrong', () => {
  const other = JSON.stringify(paid).replace('"amount":150', '"amount":0.10').replace('"USD"', '"KHR"')
  assert.equal(read(other).state, 'unknown')
  const riel = JSON.stringify(paid).replace('"amount":150', '"amount":1.0E7').replace('"USD"', '"KHR"')
  assert.deepEqual(read(riel).movements[0]?.amount, { amountMinor: 10_000_000n, currency: 'KHR' })
  const cents = JSON.stringify(paid).replace('"amount":150', '"amount":0.10')
  assert.deepEqual(read(cents).movements[0]?.amount, { amountMinor: 10n, currency: 'USD' })
})

test('a movement may have a currency of its own', () => {
  const mixed = read({ ...paid, payments: [movement, { ...movement, transactionId: '2', currency: 'KHR' }] })
  assert.deepEqual(
    mixed.movements.map((one) => one.amount?.currency),
    ['USD', 'KHR'],
  )
})

test('a transaction id written as a seventeen-digit number keeps every digit', () => {
  const text = JSON.stringify(paid).replace('"17672256000000001"', '17672256000000001')
  assert.equal(read(text).movements[0]?.bankTransactionId, '17672256000000001')
})

test('the same movement listed twice is one', () => {
  assert.equal(read({ ...paid, payments: [movement, movement] }).movements.length, 1)
})

test('a bare success word is one movement under our reference, without amount', () => {
  assert.deepEqual(read({ status: 'SUCCESS' }), {
    state: 'paid',
    movements: [{ ...said, bankTransactionId: '150001', keyedBy: 'reference', amount: undefined, paidAt: undefined }],
  })
})

test('a bare success word with amount and currency reports them', () => {
  const bare = read(
    '{"status":"success ","txId":150001,"amount":150.00,"currency":"USD","paidDate":"2026-01-07T04:59:59Z"}',
  )
  assert.deepEqual(bare.movements[0]?.amount, { amountMinor: 15_000n, currency: 'USD' })
  assert.deepEqual(bare.movements[0]?.paidAt, new Date('2026-01-07T04:59:59Z'))
})

test('configured words decide, and no others', () => {
  assert.equal(read({ status: 'PENDING' }).state, 'unpaid')
  assert.equal(read({ ...paid, status: 'PENDING', payments: [] }).state, 'unpaid')
  assert.equal(read({ status: 'NOT_FOUND', txId: '150001', payments: [] }).state, 'not_found')
  assert.equal(read({ status: '00' }, { 'success-words': ['00'] }).state, 'paid')
  assert.equal(read({ status: 'SUCCESS' }, { 'success-words': ['00'] }).state, 'unknown')
})

test('paths of the answer are settings', () => {
  const body = { data: { state: 'PAID', list: [{ id: 'A1', sum: '1.50', cur: 'USD', at: '2026-01-07 11:59:59' }] } }
  const changes = {
    status: 'data.state',
    movements: 'data.list',
    'movement-id': 'id',
    'movement-amount': 'sum',
    'movement-currency': 'cur',
    'movement-paid-at': 'at',
    'success-words': ['PAID'],
  }
  assert.deepEqual(read(body, changes).movements[0]?.amount, { amountMinor: 150n, currency: 'USD' })
})

const takenBack = { ...movement, transactionId: '2', status: 'REVERSED' }

test('a movement that the bank says it took back is listed as reversed, beside those that stay', () => {
  const found = read({ ...paid, payments: [{ ...movement, status: 'success' }, takenBack] })
  assert.equal(found.state, 'paid')
  assert.deepEqual(
    found.movements.map((one) => [one.bankTransactionId, one.reversed]),
    [
      ['17672256000000001', false],
      ['2', true],
    ],
  )
})

for (const [name, body] of [
  ['each with its own word', { ...paid, payments: [takenBack] }],
  ['each with its own word, under "not paid"', { ...paid, status: 'PENDING', payments: [takenBack] }],
  ['one word for all', { ...paid, status: 'REVERSED', payments: [{ ...movement, transactionId: '2' }] }],
] as const) {
  test(`where all movements were taken back, ${name}, nothing is paid`, () => {
    const found = read(body)
    assert.equal(found.state, 'unpaid', found.doubt)
    assert.deepEqual(found.movements, [{ ...said, bankTransactionId: '2', reversed: true }])
  })
}

test('a bare word for "taken back" is one reversed movement under our reference', () => {
  const found = read({ status: 'REVERSED' })
  assert.equal(found.state, 'unpaid')
  assert.deepEqual(
    found.movements.map((one) => [one.bankTransactionId, one.keyedBy, one.reversed]),
    [['150001', 'reference', true]],
  )
})

test('which words mean "taken back" is a setting, and so is where a movement has its word', () => {
  const changes = { 'reversed-words': ['VOID'], 'movement-status': 'state' }
  const voided = { ...paid, payments: [{ ...movement, state: 'void', status: 'ignored' }] }
  assert.equal(read(voided, changes).movements[0]?.reversed, true)
  assert.equal(read({ ...paid, payments: [takenBack] }, { 'movement-status': '' }).movements[0]?.reversed, false)
})

for (const [name, body, doubt] of [
  ['HTML', '<html>down</html>', /not valid JSON/],
  ['half an answer', JSON.stringify(paid).slice(0, 40), /not valid JSON/],
  ['nothing', '', /not valid JSON/],
  ['a list', '[]', /not a JSON object/],
  ['no status', { txId: '150001' }, /no text at status/],
  ['a status that is no text', { status: 200 }, /no text at status/],
  ['FAILED', { status: 'FAILED' }, /"FAILED" is none of the configured words/],
  ['another reference', { ...paid, txId: '150002' }, /txId 150002, and 150001 was asked about/],
  ['another merchant', { ...paid, merchantId: '900000000000099' }, /merchantId 900000000000099/],
  ['another reference, and not paid', { status: 'PENDING', txId: '150002' }, /150002/],
  ['paid with an empty list', { ...paid, payments: [] }, /no movement is listed/],
  ['not paid with a list', { ...paid, status: 'PENDING' }, /yet movements are listed/],
  ['a list that is an object', { ...paid, payments: {} }, /not a list/],
  ['a movement that is text', { ...paid, payments: ['x'] }, /not a JSON object/],
  ['a movement without id', { ...paid, payments: [{ ...movement, transactionId: '' }] }, /no transaction id/],
  ['a movement without amount', { ...paid, payments: [{ ...movement, amount: null }] }, /amount is null/],
  ['a third decimal', { ...paid, payments: [{ ...movement, amount: '150.001' }] }, /more decimals than USD/],
  ['a negative amount', { ...paid, payments: [{ ...movement, amount: -150 }] }, /not a plain decimal/],
  ['an amount of nothing', { ...paid, payments: [{ ...movement, amount: 0 }] }, /movement of nothing/],
  ['an amount without end', JSON.stringify(paid).replace('"amount":150', '"amount":1e400'), /1e400/],
  ['no currency', { ...paid, currency: undefined }, /currency is missing/],
  ['another currency', { ...paid, currency: 'THB' }, /currency is THB/],
  ['a bare amount without currency', { status: 'SUCCESS', amount: 150 }, /currency is missing/],
  ['a time in words', { ...paid, payments: [{ ...movement, paidDate: 'yesterday' }] }, /paid time is yesterday/],
  [
    'one id with two amounts',
    { ...paid, payments: [movement, { ...movement, amount: 1 }] },
    /listed twice with different content/,
  ],
  [
    'one id, taken back and not',
    { ...paid, payments: [movement, { ...movement, status: 'REVERSED' }] },
    /listed twice with different content/,
  ],
  ['a movement with another word', { ...paid, payments: [{ ...movement, status: 'HELD' }] }, /status "HELD"/],
  ['a movement with a word that is no text', { ...paid, payments: [{ ...movement, status: 1 }] }, /status "1"/],
  [
    'all taken back, and one of them paid',
    { ...paid, status: 'REVERSED', payments: [{ ...movement, status: 'SUCCESS' }] },
    /17672256000000001 has the status "SUCCESS"/,
  ],
  ['taken back and no list of what', { ...paid, status: 'REVERSED', payments: [] }, /no movement is listed/],
  [
    'not found, and yet taken back',
    { ...paid, status: 'NOT_FOUND', payments: [takenBack] },
    /yet movements are listed/,
  ],
  ['one bad movement among good ones', { ...paid, payments: [movement, { transactionId: '2' }] }, /amount is missing/],
  [
    'a thousand and one movements',
    { ...paid, payments: Array.from({ length: 1_001 }, () => movement) },
    /more than 1000/,
  ],
] as const) {
  test(`${name}: unknown with a doubt, neither paid nor unpaid`, () => {
    const found = read(body)
    assert.equal(found.state, 'unknown')
    assert.deepEqual(found.movements, [])
    assert.match(found.doubt ?? '', doubt)
  })
}

test("the bank's word for an error is found where banks put it, and bounded", () => {
  assert.equal(errorWord('{"status":"INVALID_HASH"}'), 'INVALID_HASH')
  assert.equal(errorWord('{"success":false,"error":{"code":"E17","message":"no"}}'), 'E17')
  assert.equal(errorWord(JSON.stringify({ message: 'x'.repeat(500) }))?.length, 100)
  assert.equal(errorWord('<html>'), undefined)
})
