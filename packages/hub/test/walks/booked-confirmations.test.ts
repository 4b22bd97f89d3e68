import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bankTime,
  becomes,
  confirmation,
  counter,
  creditedInTheEnd,
  inquire,
  makeCode,
  pay,
  startBadDays,
} from '../support/bad-day.ts'
import { operate } from '../support/operators.ts'
import type { Answer, TestHub } from '../support/running-hub.ts'

const onStatement = { statement_line: 'made-up statement, page 1, line 7', reason: 'the money is on our account' }

test('a counter confirmation that we refused is booked by an operator who finds the money on the statement', async (t) => {
  const hub = await startBadDays(t)

  await t.test('[E68] money that does not fit is held, and the case is closed with it', async () => {
    const bill = await hub.bill()
    const id = await opened(hub, bill)
    const told = await confirmation(hub, 'AMK', { id, policyNumber: bill, bankTransactionId: 'TX-short', amount: 24 })
    assert.equal(told.status, 400, told.text)
    const booked = await book(hub, await newestCase(hub))
    assert.equal(booked.status, 200, booked.text)
    assert.deepEqual([booked.json['state'], booked.json['outcome']], ['closed', 'resolved'])
    await becomes(hub, id, {
      status: 'pending',
      applied: 0,
      held: ['underpaid'],
      cases: ['confirmation_differs'],
    })
    assert.deepEqual(await receiptOf(hub, 'TX-short'), { proof: 'statement', amount: '2400' })
    assert.equal((await inquire(hub, 'AMK', bill)).status, 404, 'nothing is due while the money waits')
  })

  await t.test('[E68] a second payment of a paid bill is held as a duplicate', async () => {
    const bill = await hub.bill()
    const { id } = await counter(hub, 'AMK', { number: bill })
    await becomes(hub, id, {})
    const told = await confirmation(hub, 'AMK', { id, policyNumber: bill, bankTransactionId: 'TX-twice' })
    assert.equal(told.status, 409, told.text)
    const booked = await book(hub, await newestCase(hub))
    assert.equal(booked.status, 200, booked.text)
    await becomes(hub, id, { held: ['duplicate_payment'], cases: ['confirmation_not_allowed'] })
  })

  await t.test('[E68] money for a payment that is still owed completes it, and is credited once', async () => {
    const bill = await hub.bill()
    const code = await makeCode(hub, 'AMK', bill)
    // BANK01 never asked about this payment, so its word settles nothing.
    const paidDate = bankTime(new Date()).replace(/\D/g, '').slice(0, 14)
    const owed = { id: code.id, policyNumber: bill, bankTransactionId: 'TX-owed', paidDate }
    const told = await confirmation(hub, 'BANK01', owed)
    assert.equal(told.status, 400, told.text)
    const newest = await newestCase(hub)
    const answers = await Promise.all(Array.from({ length: 8 }, () => book(hub, newest)))
    assert.deepEqual(answers.map((one) => one.status).sort(), [200, ...Array<number>(7).fill(409)])
    await becomes(hub, code.id, { cases: ['confirmation_not_allowed'] })
    await creditedInTheEnd(hub, code.id)
    assert.equal((await hub.credits(code.id)).length, 1)
    const again = await confirmation(hub, 'BANK01', owed)
    assert.equal(again.status, 200, again.text)
    await becomes(hub, code.id, { cases: ['confirmation_not_allowed'] })
  })

  await t.test('a case about anything else, and money that is in the books, are refused', async () => {
    const code = await makeCode(hub, 'AMK')
    await pay(hub, code, { webhook: 'forged' })
    await hub.pool.query(
      `insert into cases (kind, dedupe_key, sentence, evidence) values ('unknown_payment', 'a test', 'made up', '{}')`,
    )
    const refused = await book(hub, await newestCase(hub))
    assert.equal(refused.status, 409, refused.text)
    assert.match(refused.text, /tells of no payment at a bank's counter/)
  })
})

let keys = 0

function book(hub: TestHub, id: string): Promise<Answer> {
  return operate(hub, `cases/${id}/book`, onStatement, { key: `key-${(keys += 1)}` })
}

async function opened(hub: TestHub, bill: string): Promise<number> {
  return Number((await inquire(hub, 'AMK', bill)).json['data']?.['id'])
}

async function newestCase(hub: TestHub): Promise<string> {
  const { rows } = await hub.pool.query('select max(id) as id from cases')
  return `case_${rows[0].id}`
}

async function receiptOf(hub: TestHub, id: string): Promise<unknown> {
  const { rows } = await hub.pool.query(
    'select proof, amount_minor as amount from receipts where bank_transaction_id = $1',
    [id],
  )
  return rows[0]
}
