import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Trouble } from '../../kit/trouble.ts'
import { asDlis, asIngenium, sends, systemAnswering } from './test-systems.ts'

const call = { correlationId: 'c-1' }
const order = {
  refundId: 'rfd_00000000000000000000000001',
  paymentNumber: '150001',
  policyNumber: 'P123456789',
  amount: { amountMinor: 5_000n, currency: 'USD' },
  reason: 'Paid twice, says "the customer" {amount}',
  refundedAt: new Date('2026-01-08T05:00:00Z'),
} as const

describe('a credit note', () => {
  test('fills the template, values standing as they are, and answers its number', async () => {
    const { biller, requests } = await systemAnswering('DLIS', asDlis, sends(201, { creditNoteId: 'CN-1' }))
    assert.deepEqual(await biller.creditNote(order, call), { reference: 'CN-1' })
    assert.deepEqual([requests[0]?.method, requests[0]?.url], ['POST', '/credit-notes'])
    assert.deepEqual(JSON.parse(requests[0]?.body ?? ''), {
      externalId: order.refundId,
      of: '150001',
      policyNumber: 'P123456789',
      amount: '50.00',
      currency: 'USD',
      reason: 'Paid twice, says "the customer" {amount}',
      refundedAt: '2026-01-08T05:00:00.000Z',
    })
  })

  test('writes its amount as a number where the template says so', async () => {
    const { biller, requests } = await systemAnswering('INGENIUM', asIngenium, sends(201, { reversalNo: 7 }))
    assert.deepEqual(await biller.creditNote(order, call), { reference: '7' })
    assert.match(requests[0]?.body ?? '', /"amount":50\.00,/)
  })

  test('is sent again after trouble only where it is idempotent', async () => {
    const dlis = await systemAnswering('DLIS', asDlis, sends(503, {}))
    await assert.rejects(dlis.biller.creditNote(order, call), Trouble)
    const ingenium = await systemAnswering('INGENIUM', asIngenium, sends(503, {}))
    await assert.rejects(ingenium.biller.creditNote(order, call), Trouble)
    assert.deepEqual([dlis.requests.length, ingenium.requests.length], [3, 1])
    assert.deepEqual([dlis.biller.creditNoteIsIdempotent, ingenium.biller.creditNoteIsIdempotent], [true, false])
  })

  for (const [system, settings, status, answer, found] of [
    ['DLIS', asDlis, 200, { creditNoteId: 'CN-1' }, { state: 'noted', reference: 'CN-1' }],
    ['DLIS', asDlis, 404, { error: 'NOT_FOUND' }, { state: 'not_noted' }],
    ['INGENIUM', asIngenium, 200, { reversals: [] }, { state: 'not_noted' }],
    [
      'INGENIUM',
      asIngenium,
      200,
      { reversals: [{ reversalNo: 1 }, { reversalNo: 2 }] },
      { state: 'noted', reference: '1', others: ['2'] },
    ],
  ] as const) {
    test(`${system} answering ${status} ${JSON.stringify(answer)} proves ${found.state}`, async () => {
      const { biller, requests } = await systemAnswering(system, settings, sends(status, answer))
      assert.deepEqual(await biller.findCreditNote(order.refundId, call), found)
      assert.ok(requests[0]?.url.includes(order.refundId))
    })
  }

  for (const [status, answer] of [
    [404, '<html>no such page</html>'],
    [200, {}],
    [200, '<html>'],
  ] as const) {
    test(`a look-up answered ${status} ${JSON.stringify(answer)} proves nothing`, async () => {
      const { biller } = await systemAnswering('DLIS', asDlis, sends(status, answer))
      await assert.rejects(biller.findCreditNote(order.refundId, call), Trouble)
    })
  }

  test('is not taken by a system whose settings say nothing of it', async () => {
    const { 'credit-note': _note, 'find-credit-note': _find, ...without } = asDlis
    const { biller, requests } = await systemAnswering('DLIS', without, sends(201, { creditNoteId: 'CN-1' }))
    assert.equal(biller.takesCreditNotes, false)
    await assert.rejects(biller.creditNote(order, call), /DLIS takes no credit notes/)
    await assert.rejects(biller.findCreditNote(order.refundId, call), /DLIS takes no credit notes/)
    assert.equal(requests.length, 0)
  })
})
