import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Doubt } from '../answer.ts'
import { readDailyLimit, readEnvelope } from './envelope.ts'
import { refusal, success, transaction } from './test-bakong.ts'
import { readListAnswer, readTransactionAnswer } from './translate.ts'
import type { Finding } from './translate.ts'

const now = new Date('2026-11-21T10:00:00Z')
const createdDateMs = now.getTime() - 60_000
const asked = { md5: 'aa'.repeat(16), payeeAccount: 'sample_shop@devb', now }
const other = { ...asked, md5: 'bb'.repeat(16) }

/** As it would come over the wire; a text is sent as it is. */
function read(answer: unknown): Finding {
  try {
    return readTransactionAnswer(readEnvelope(typeof answer === 'string' ? answer : JSON.stringify(answer)), asked)
  } catch (error) {
    if (error instanceof Doubt) return { state: 'unknown', movements: [], doubt: error.message }
    throw error
  }
}
const paid = (changes: object = {}) => read(success(transaction({ createdDateMs, ...changes })))

describe('the answer about one code', () => {
  test('is paid with the transaction as Bakong has it', () => {
    assert.deepEqual(paid(), {
      state: 'paid',
      movements: [
        {
          bankTransactionId: 'ab'.repeat(32),
          keyedBy: 'bank',
          amount: { amountMinor: 1_250n, currency: 'USD' },
          payeeAccount: 'sample_shop@devb',
          payer: 'sample_payer@devb',
          paidAt: new Date(createdDateMs),
          reversed: false,
        },
      ],
    })
  })

  const amounts: readonly (readonly [wire: string, currency: string, minor: bigint])[] = [
    ['0.1', 'USD', 10n],
    ['1.10', 'USD', 110n],
    ['9999999999.99', 'USD', 999_999_999_999n],
    ['"12.50"', 'USD', 1_250n],
    ['1.0E7', 'KHR', 10_000_000n],
    ['5000.0', 'KHR', 5_000n],
  ]
  for (const [wire, currency, amountMinor] of amounts) {
    test(`reads the amount ${wire} ${currency} exactly`, () => {
      const text = JSON.stringify(success(transaction({ createdDateMs, currency, amount: 'HERE' })))
      assert.deepEqual(read(text.replace('"HERE"', wire)).movements[0]?.amount, { amountMinor, currency })
    })
  }

  test('reads a hash in capitals as the same hash, and an account in other letters as the same account', () => {
    const [movement] = paid({ hash: 'AB'.repeat(32), toAccountId: 'Sample_Shop@devb' }).movements
    assert.deepEqual([movement?.bankTransactionId, movement?.payeeAccount], ['ab'.repeat(32), 'sample_shop@devb'])
  })

  const doubts: readonly (readonly [what: string, changes: object, doubt: RegExp])[] = [
    ['no hash', { hash: null }, /hash/],
    ['a short hash', { hash: 'abababab' }, /hash is abababab/],
    ['a hash that is no text', { hash: 12 }, /hash/],
    ['another payee', { toAccountId: 'other_shop@devb' }, /pays other_shop@devb/],
    ['no payee', { toAccountId: null }, /pays null/],
    ['another currency', { currency: 'THB' }, /THB/],
    ['no currency', { currency: null }, /currency/],
    ['no amount', { amount: null }, /amount/],
    ['nothing as amount', { amount: 0 }, /nothing/],
    ['a negative amount', { amount: -1 }, /amount/],
    ['a third decimal', { amount: 0.001 }, /decimals/],
    ['half a riel', { amount: 0.5, currency: 'KHR' }, /decimals/],
    ['no time', { createdDateMs: null }, /createdDateMs/],
    ['a time in seconds', { createdDateMs: 1_795_255_140 }, /createdDateMs/],
    ['a time that is still to come', { createdDateMs: now.getTime() + 7_200_000 }, /still to come/],
  ]
  for (const [what, changes, doubt] of doubts) {
    test(`is unknown with ${what}`, () => {
      const found = paid(changes)
      assert.deepEqual([found.state, found.movements], ['unknown', []])
      assert.match(found.doubt ?? '', doubt)
    })
  }

  test('is unpaid by two codes alone: not found, and failed', () => {
    for (let errorCode = 1; errorCode <= 30; errorCode += 1) {
      const { state, doubt, isStatic } = read(refusal(errorCode, 'whatever it says'))
      assert.equal(state, errorCode === 1 || errorCode === 3 ? 'unpaid' : 'unknown', String(errorCode))
      assert.equal(doubt === undefined, state === 'unpaid')
      assert.equal(isStatic === true, errorCode === 2)
    }
  })

  const unreadable: readonly (readonly [what: string, body: unknown])[] = [
    ['a page of HTML', '<html>'],
    ['half an answer', '{"responseCode":1,"errorCode":1,"da'],
    ['a list', []],
    ['nothing', ''],
    ['no response code', { errorCode: 1 }],
    ['another response code', { responseCode: 2, errorCode: 1 }],
    ['a refusal without a code', { responseCode: 1, errorCode: null }],
    ['a code that is a sentence', { responseCode: 1, errorCode: 'not found' }],
    ['success and an error in one', { responseCode: 0, errorCode: 1, data: null }],
    ['success without a transaction', success(null)],
    ['success with an empty one', success({})],
    ['success with a list', success([transaction({ createdDateMs })])],
  ]
  for (const [what, body] of unreadable) {
    test(`is unknown when it is ${what}`, () => {
      const { state, movements, doubt } = read(body)
      assert.deepEqual([state, movements], ['unknown', []])
      assert.ok(doubt)
    })
  }
})

describe('the answer about many codes', () => {
  const readItems = (...items: unknown[]) => {
    const found = readListAnswer(readEnvelope(JSON.stringify(success(items))), [asked, other])
    return [found.get(asked.md5)?.finding, found.get(other.md5)?.finding].map((one) => [one?.state, one?.isStatic])
  }
  const item = (status: string, changes: object = {}) => ({ md5: asked.md5, status, message: 'm', ...changes })
  const unpaidOther = { md5: other.md5, status: 'NOT_FOUND' }
  const data = transaction({ createdDateMs })

  test('is matched by the MD5 it repeats, in any order and any letters', () => {
    const there = item('SUCCESS', { md5: asked.md5.toUpperCase(), data })
    assert.deepEqual(readItems(unpaidOther, there), [
      ['paid', undefined],
      ['unpaid', undefined],
    ])
  })

  const statuses: readonly (readonly [what: string, item: object, state: string, isStatic: boolean | undefined])[] = [
    ['SUCCESS with its transaction as data', item('SUCCESS', { data }), 'paid', undefined],
    ['SUCCESS with its transaction as transaction', item('SUCCESS', { transaction: data }), 'paid', undefined],
    ['SUCCESS without a transaction', item('SUCCESS', { data: null }), 'unknown', false],
    ['NOT_FOUND', item('NOT_FOUND'), 'unpaid', undefined],
    ['FAILED', item('FAILED'), 'unpaid', undefined],
    ['STATIC_QR', item('STATIC_QR'), 'unknown', true],
    ['SERVICE_FAILED', item('SERVICE_FAILED'), 'unknown', false],
    ['a word that is not known', item('success'), 'unknown', false],
    ['no word', { md5: asked.md5 }, 'unknown', false],
    ['no item', { md5: 'cc'.repeat(16), status: 'NOT_FOUND' }, 'unknown', false],
  ]
  for (const [what, one, state, isStatic] of statuses) {
    test(`is ${state} for ${what}`, () => {
      assert.deepEqual(readItems(one, unpaidOther), [
        [state, isStatic],
        ['unpaid', undefined],
      ])
    })
  }

  test('is unknown for a code that it has twice', () => {
    assert.deepEqual(readItems(item('NOT_FOUND'), item('NOT_FOUND'), unpaidOther)[0], ['unknown', false])
  })

  test('is a doubt about all of them when it is no list', () => {
    for (const body of [success({}), success(null), refusal(1), refusal(9)]) {
      assert.throws(() => readListAnswer(readEnvelope(JSON.stringify(body)), [asked]), Doubt)
    }
  })
})

test("the day's allowance is read from Bakong's sentence, and from nothing else", () => {
  assert.equal(readDailyLimit('Daily request limit of 100 exceeded. Please try again tomorrow.'), 100)
  assert.equal(readDailyLimit('Daily limit: 5000 requests'), 5_000)
  for (const other of [
    '',
    'Please try again tomorrow.',
    'Error 17',
    'limit of 0 exceeded',
    'limit exceeded (17)',
    'try in 24 hours',
  ]) {
    assert.equal(readDailyLimit(other), undefined, other)
  }
})
