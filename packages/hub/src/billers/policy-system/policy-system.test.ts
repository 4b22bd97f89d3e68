import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SettingsError } from '../../kit/settings.ts'
import { Trouble } from '../../kit/trouble.ts'
import { readPolicySystemSettings } from './settings.ts'
import { asDlis, asIngenium, policy, premium, sends, silent, systemAnswering } from './test-systems.ts'

const call = { correlationId: 'c-1' }
const soon = { ...call, deadlineMs: 300 }
const order = {
  paymentNumber: '150001',
  policyNumber: 'P123456789',
  amount: { amountMinor: 15_000n, currency: 'USD' },
  dueDate: '2026-02-15',
  paidAt: new Date('2026-01-07T05:00:00Z'),
  bankCode: 'AMK',
  bankTransactionId: 'T-1 "quoted" {amount}',
} as const

const isTrouble = (wanted: Partial<Trouble>) => (error: unknown) => {
  assert.ok(error instanceof Trouble, String(error))
  for (const [name, value] of Object.entries(wanted)) assert.equal(error[name as keyof Trouble], value, error.message)
  return true
}

describe('a look-up', () => {
  test('reads what is due, and says who we are', async () => {
    const { biller, requests } = await systemAnswering('DLIS', asDlis, sends(200, policy('P123456789', premium)))
    assert.deepEqual(await biller.lookUp('P123456789', call), {
      state: 'due',
      premium: {
        biller: 'DLIS',
        number: 'P123456789',
        payer: 'Sok Dara',
        amount: { amountMinor: 15_000n, currency: 'USD' },
        dueDate: '2026-02-15',
        email: 'sok@example.com',
        phone: '012345678',
      },
    })
    assert.equal(requests[0]?.url, '/policies/P123456789')
    assert.equal(requests[0]?.headers['x-api-key'], 'sample-key')
  })

  test('reads amounts written as numbers exactly', async () => {
    const body =
      '{"contractNo":"a10000001","owner":{"fullName":"ចាន់ ធី"},"billing":{"due":320.10,"ccy":"USD","dueOn":"2026-02-15"}}'
    const { biller, requests } = await systemAnswering('INGENIUM', asIngenium, sends(200, body))
    const found = await biller.lookUp('A10000001', call)
    assert.ok(found.state === 'due')
    assert.deepEqual(found.premium.amount, { amountMinor: 32_010n, currency: 'USD' })
    assert.equal(found.premium.number, 'A10000001')
    assert.equal(found.premium.email, undefined)
    assert.equal(requests[0]?.headers['authorization'], 'Bearer sample-token')
  })

  for (const [name, answer] of [
    ['no premium', policy('P1', null)],
    ['an amount of null', policy('P1', { ...premium, amount: null })],
    ['an amount of "0.00" without currency', policy('P1', { amount: '0.00' })],
    ['an amount of 0', policy('P1', { ...premium, amount: 0 })],
  ] as const) {
    test(`with ${name} says that nothing is due`, async () => {
      const { biller } = await systemAnswering('DLIS', asDlis, sends(200, answer))
      assert.deepEqual(await biller.lookUp('P1', call), { state: 'nothing_due', biller: 'DLIS' })
    })
  }

  test('answered 404 in JSON is not found, and a 404 page is trouble', async () => {
    const found = await systemAnswering('DLIS', asDlis, sends(404, { error: 'POLICY_NOT_FOUND' }))
    assert.deepEqual(await found.biller.lookUp('P1', call), { state: 'not_found' })
    const page = await systemAnswering('DLIS', asDlis, sends(404, '<html>no such page</html>'))
    await assert.rejects(page.biller.lookUp('P1', call), isTrouble({ kind: 'error_answer', httpStatus: 404 }))
  })

  for (const [name, answer] of [
    ['another policy', policy('P999999999', premium)],
    ['no number', { policy: { premium } }],
    ['another currency', policy('P1', { ...premium, currency: 'THB' })],
    ['no currency', policy('P1', { ...premium, currency: undefined })],
    ['a third decimal', policy('P1', { ...premium, amount: '150.001' })],
    ['a negative amount', policy('P1', { ...premium, amount: '-1' })],
    ['an amount in words', policy('P1', { ...premium, amount: 'much' })],
    ['an amount that is an object', policy('P1', { ...premium, amount: {} })],
    ['no due date', policy('P1', { ...premium, dueDate: undefined })],
    ['a 13th month', policy('P1', { ...premium, dueDate: '2026-13-01' })],
    ['a 30 February', policy('P1', { ...premium, dueDate: '2026-02-30' })],
    ['a time for a date', policy('P1', { ...premium, dueDate: '2026-02-15T00:00:00Z' })],
    ['no payer', { policy: { ...policy('P1', premium).policy, payerName: ' ' } }],
    ['HTML', '<html>maintenance</html>'],
    ['half an answer', '{"policy":{"number":"P1","prem'],
    ['a list', '[]'],
  ] as const) {
    test(`answered with ${name} is unreadable: a lying system is not believed`, async () => {
      const { biller } = await systemAnswering('DLIS', asDlis, sends(200, answer))
      await assert.rejects(biller.lookUp('P1', call), isTrouble({ kind: 'unreadable', target: 'DLIS' }))
    })
  }

  test('is tried again after trouble, and refusal, silence and a redirect are trouble', async () => {
    const flapping = await systemAnswering('DLIS', asDlis, (request, response, count) =>
      (count < 3 ? sends(500, {}) : sends(200, policy('P1', premium)))(request, response, count),
    )
    assert.equal((await flapping.biller.lookUp('P1', call)).state, 'due')
    for (const [answer, wanted] of [
      [sends(401, {}), { kind: 'auth_refused' }],
      [sends(500, {}), { kind: 'error_answer', httpStatus: 500 }],
      [sends(302, {}), { kind: 'error_answer', httpStatus: 302 }],
      [silent, { kind: 'timeout' }],
    ] as const) {
      const { biller } = await systemAnswering('DLIS', asDlis, answer)
      await assert.rejects(biller.lookUp('P1', answer === silent ? soon : call), isTrouble(wanted))
    }
  })

  test('percent-encodes the number it asks for', async () => {
    const { biller, requests } = await systemAnswering('INGENIUM', asIngenium, sends(404, {}))
    await biller.lookUp('A1&x=/../$&', call)
    assert.equal(requests[0]?.url, '/inquiry?contractNo=A1%26x%3D%2F..%2F%24%26')
  })
})

describe('a credit', () => {
  test('fills the template, values standing as they are', async () => {
    const { biller, requests } = await systemAnswering('DLIS', asDlis, sends(201, { creditId: 'C-1' }))
    assert.deepEqual(await biller.credit(order, call), { reference: 'C-1' })
    assert.equal(biller.creditIsIdempotent, true)
    assert.deepEqual(JSON.parse(requests[0]?.body ?? ''), {
      externalId: '150001',
      policyNumber: 'P123456789',
      amount: '150.00',
      currency: 'USD',
      dueDate: '2026-02-15',
      paidAt: '2026-01-07T05:00:00.000Z',
      channel: 'KHQR AMK',
      transactionId: 'T-1 "quoted" {amount}',
    })
  })

  test('writes an amount as a number with its decimals where the template says so', async () => {
    const { biller, requests } = await systemAnswering('INGENIUM', asIngenium, sends(201, { receiptNo: 77 }))
    assert.deepEqual(await biller.credit(order, call), { reference: '77' })
    assert.equal(requests[0]?.body, '{"contractNo":"P123456789","amount":150.00,"ccy":"USD","reference":"150001"}')
  })

  test('is sent again after trouble only where it is idempotent', async () => {
    const dlis = await systemAnswering('DLIS', asDlis, sends(503, {}))
    await assert.rejects(dlis.biller.credit(order, call), isTrouble({ outcome: 'unknown' }))
    assert.equal(dlis.requests.length, 3)
    const ingenium = await systemAnswering('INGENIUM', asIngenium, sends(503, {}))
    await assert.rejects(ingenium.biller.credit(order, call), isTrouble({ outcome: 'unknown' }))
    assert.equal(ingenium.requests.length, 1)
  })

  for (const [name, answer, wanted] of [
    ['silence', silent, { kind: 'timeout', outcome: 'unknown' }],
    ['no receipt number', sends(200, { ok: true }), { kind: 'unreadable', outcome: 'unknown', saidDone: true }],
    ['HTML', sends(200, '<html>'), { kind: 'unreadable', outcome: 'unknown', saidDone: false }],
    ['a refusal', sends(422, { error: 'NO' }), { kind: 'error_answer', outcome: 'not_done', httpStatus: 422 }],
    ['"already there"', sends(409, { error: 'USED' }), { kind: 'error_answer', outcome: 'unknown', saidDone: true }],
    ['a page of HTTP 409', sends(409, '<html>'), { kind: 'error_answer', outcome: 'unknown', saidDone: false }],
    ["a proxy's time-out", sends(408, {}), { kind: 'error_answer', outcome: 'unknown', httpStatus: 408 }],
    ['our key refused', sends(403, {}), { kind: 'auth_refused', outcome: 'not_done' }],
  ] as const) {
    test(`answered with ${name} has the outcome ${wanted.outcome}`, async () => {
      const { biller } = await systemAnswering('INGENIUM', asIngenium, answer)
      await assert.rejects(biller.credit(order, answer === silent ? soon : call), isTrouble(wanted))
    })
  }
})

describe('finding a credit', () => {
  for (const [system, settings, status, answer, found] of [
    ['DLIS', asDlis, 200, { creditId: 'C-1' }, { state: 'credited', reference: 'C-1' }],
    ['DLIS', asDlis, 404, { error: 'CREDIT_NOT_FOUND' }, { state: 'not_credited' }],
    ['INGENIUM', asIngenium, 200, { receipts: [{ receiptNo: 'R-1' }] }, { state: 'credited', reference: 'R-1' }],
    ['INGENIUM', asIngenium, 200, { receipts: [] }, { state: 'not_credited' }],
    [
      'INGENIUM',
      asIngenium,
      200,
      { receipts: [{ receiptNo: 'R-1' }, { receiptNo: 'R-2' }, { receiptNo: 'R-1' }] },
      { state: 'credited', reference: 'R-1', others: ['R-2'] },
    ],
  ] as const) {
    test(`${system} answering ${status} ${JSON.stringify(answer)} proves ${found.state}`, async () => {
      const { biller } = await systemAnswering(system, settings, sends(status, answer))
      assert.deepEqual(await biller.findCredit('150001', call), found)
    })
  }

  for (const [system, settings, status, answer] of [
    ['DLIS', asDlis, 200, {}],
    ['DLIS', asDlis, 200, { creditId: null }],
    ['DLIS', asDlis, 404, '<html>no such page</html>'],
    ['DLIS', asDlis, 404, ''],
    ['DLIS', asDlis, 200, '<html>'],
    ['INGENIUM', asIngenium, 200, {}],
    ['INGENIUM', asIngenium, 200, { receipts: null }],
    ['INGENIUM', asIngenium, 200, { receipts: {} }],
    ['INGENIUM', asIngenium, 200, { receipts: [{}] }],
    ['INGENIUM', asIngenium, 200, []],
  ] as const) {
    test(`${system} answering ${status} ${JSON.stringify(answer)} proves nothing: nobody credits again on it`, async () => {
      const { biller } = await systemAnswering(system, settings, sends(status, answer))
      await assert.rejects(biller.findCredit('150001', call), Trouble)
    })
  }
})

describe('settings', () => {
  const live = { 'base-url': 'https://policies.example/', ...asDlis }
  for (const [name, changes, problem] of [
    ['plain HTTP', { 'base-url': 'http://10.0.0.1' }, /base-url is plain HTTP/],
    [
      'a look-up without the number',
      { 'look-up': { ...asDlis['look-up'], path: '/policies' } },
      /must contain \{number\}/,
    ],
    ['a path without slash', { 'health-path': 'health' }, /health-path is "health": it must begin with a slash/],
    [
      'an unknown placeholder',
      { credit: { ...asDlis.credit, body: { a: '{amuont}' } } },
      /credit\.body\.a has \{amuont\}/,
    ],
    ['half of what credit notes need', { 'find-credit-note': undefined }, /one of credit-note and find-credit-note/],
    [
      'a credit note without its key',
      { 'find-credit-note': { path: '/notes', reference: 'x' } },
      /find-credit-note\.path is "\/notes": it must contain \{refundId\}/,
    ],
    [
      'a "not credited" that is believed too soon',
      { 'believe-not-credited-after-s': 75 },
      /believe-not-credited-after-s is 75: it must be at least 76 in live mode/,
    ],
    ['a key that is missing', { auth: { kind: 'bearer' } }, /auth\.secret is missing/],
    ['a header that is none', { auth: { kind: 'header', name: 'a b', secret: 'x' } }, /must be the name of a header/],
  ] as const) {
    test(`with ${name} stop the start with a sentence`, () => {
      assert.throws(
        () => readPolicySystemSettings('DLIS', { ...live, ...changes }, { sandbox: false }),
        (error) => error instanceof SettingsError && problem.test(error.message),
      )
    })
  }
  test('are read, and the address ends without slash', () => {
    assert.equal(readPolicySystemSettings('DLIS', live, { sandbox: false })['base-url'], 'https://policies.example')
  })

  test('say 120 s unless told otherwise, and in the sandbox as little as one likes', () => {
    assert.equal(readPolicySystemSettings('DLIS', live, { sandbox: false })['believe-not-credited-after-s'], 120)
    const local = {
      ...live,
      'base-url': 'http://127.0.0.1:1',
      'allow-plain-http': true,
      'believe-not-credited-after-s': 0,
    }
    assert.equal(readPolicySystemSettings('DLIS', local, { sandbox: true })['believe-not-credited-after-s'], 0)
  })
})
