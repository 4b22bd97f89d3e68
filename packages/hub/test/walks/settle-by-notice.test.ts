import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answers,
  askKhqr,
  bankTime,
  becomes,
  type Code,
  counter,
  inboxOf,
  inquire,
  makeCode,
  notice,
  pay,
  standing,
  startBadDays,
} from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import type { TestHub } from '../support/running-hub.ts'

/** The bank of the sandbox that cannot be asked about its codes. */
const bank = 'BANK02'

test('a bank that cannot be asked settles by its notices, and by nothing less', async (t) => {
  const hub = await startBadDays(t)
  await t.test('[E74] its notice completes the payment, which is flagged until a statement agrees', () => settles(hub))
  await t.test('[E74] told three times it is one receipt, and every answer is yes', () => toldAgain(hub))
  await t.test('64 notices at once are one receipt', () => manyAtOnce(hub))
  await t.test('[E75] a second notice of another payment time is a case, and no receipt', () => secondNotice(hub))
  await t.test('[E76] another amount is refused, and a case without a receipt', () => otherAmount(hub))
  await t.test('another currency is refused, and a case without a receipt', () => otherCurrency(hub))
  await t.test('[E76] a payment that this bank showed no code for is not settled by it', () => neverShown(hub))
  await t.test('a bill that it only inquired about at its counter is not settled as a code', () => onlyInquired(hub))
  await t.test('money older than its payment is a case', () => oldMoney(hub))
  await t.test('[E76] more than a notice may settle is a case', () => aboveLimit(hub))
  await t.test('a word that is not a success is kept, and changes nothing', () => notSuccess(hub))
  await t.test('an unknown invoice is told so, and kept as a case', () => unknownInvoice(hub))
  await t.test('a bill that another bank settled is settled no second time', () => paidElsewhere(hub))
  await t.test('its counter payments settle as those of its like', () => atTheCounter(hub))
  await t.test('nobody is asked on a schedule that could answer nothing', () => notAsked(hub))
  await t.test('the books agree after all of it', () => booksAgree(hub))
})

async function settles(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, bank, { amount: '25.00' })
  await pay(hub, code)
  await becomes(hub, code.id, {})
  assert.deepEqual(await answers(hub, code.id), [200])
  const shown = await hub.gateway('GET', `/v1/payments/${code.id}`, { token: hub.token('payments:read') })
  assert.deepEqual(shown.json['flags'], ['by_notice'])
  const again = await askKhqr(hub, bank, code.bill)
  assert.equal(again.status, 404, 'nothing is due any more')
}

async function toldAgain(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, bank)
  await pay(hub, code, { webhook: 'duplicate' })
  assert.deepEqual(await answers(hub, code.id, 3), [200, 200, 200])
  await becomes(hub, code.id, {})
}

async function manyAtOnce(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, bank, { amount: '25.00' })
  const paid = { paid_datetime: bankTime(new Date()) }
  const all = await Promise.all(Array.from({ length: 64 }, () => notice(hub, code, paid)))
  assert.deepEqual([...new Set(all.map((answer) => answer.status))], [200])
  await becomes(hub, code.id, {})
  // The customer's money, so that the bank's journal knows it too.
  await pay(hub, code, { webhook: 'drop', amount: '25.00' })
}

async function secondNotice(hub: TestHub): Promise<void> {
  const code = await settled(hub)
  const second = await notice(hub, code, { paid_datetime: bankTime(new Date(Date.now() + 60_000)) })
  assert.equal(second.status, 200)
  await becomes(hub, code.id, { cases: ['second_notice'] })
}

async function otherAmount(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, bank, { amount: '25.00' })
  await refused(hub, code, { paid_amount: 24.99 }, 'confirmation_differs')
}

async function otherCurrency(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, bank, { amount: '25.00' })
  await refused(hub, code, { currency: 'KHR' }, 'confirmation_differs')
}

async function neverShown(hub: TestHub): Promise<void> {
  const other = await makeCode(hub, 'BANK01', { amount: '25.00' })
  await refused(hub, { ...other, bank }, {}, 'confirmation_not_allowed')
}

async function onlyInquired(hub: TestHub): Promise<void> {
  const bill = await hub.bill({ amount: '25.00' })
  const inquired = await inquire(hub, bank, bill)
  const id = Number((inquired.json['data'] as unknown as { id: number }).id)
  const answer = await notice(hub, { bank, id })
  assert.equal(answer.status, 400, answer.text)
  await becomes(hub, id, { status: 'pending', applied: 0, cases: ['confirmation_not_allowed'] })
}

async function oldMoney(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, bank, { amount: '25.00' })
  await refused(hub, code, { paid_datetime: bankTime(new Date(Date.now() - 16 * 60_000)) }, 'old_money')
}

async function aboveLimit(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, bank, { amount: '10000.01' })
  await refused(hub, code, { paid_amount: 10_000.01 }, 'confirmation_not_allowed')
}

async function notSuccess(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, bank, { amount: '25.00' })
  const answer = await notice(hub, code, { status: 'FAILED' })
  assert.equal(answer.status, 200, answer.text)
  assert.equal((answer.json['data'] as unknown as { status: string }).status, 'RECEIVED')
  await becomes(hub, code.id, { status: 'processing', applied: 0 })
}

async function unknownInvoice(hub: TestHub): Promise<void> {
  const answer = await notice(hub, { bank, id: 999_999 })
  assert.equal(answer.status, 404, answer.text)
  assert.deepEqual(await inboxOf(hub, 999_999), [{ outcome: 'case', answer: 404, tries: 1 }])
}

async function paidElsewhere(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, bank, { amount: '25.00' })
  const other = await makeCode(hub, 'BANK01', code.bill)
  assert.equal(other.id, code.id, 'one bill, one payment')
  await pay(hub, other)
  await becomes(hub, code.id, {})
  const answer = await notice(hub, code)
  assert.equal(answer.status, 400, answer.text)
  assert.deepEqual((await standing(hub, code.id)).cases, ['confirmation_not_allowed'])
  assert.equal((await standing(hub, code.id)).applied, 1)
}

async function atTheCounter(hub: TestHub): Promise<void> {
  const paid = await counter(hub, bank, { number: await hub.bill({ amount: '25.00' }) })
  assert.deepEqual(paid.statuses, [200], paid.text)
  await becomes(hub, paid.id, {})
}

async function notAsked(hub: TestHub): Promise<void> {
  const { rows } = await hub.pool.query('select 1 from checks where bank_code = $1', [bank])
  assert.deepEqual(rows, [])
}

async function settled(hub: TestHub): Promise<Code> {
  const code = await makeCode(hub, bank, { amount: '25.00' })
  await pay(hub, code)
  await becomes(hub, code.id, {})
  return code
}

/** A notice that does not settle: 400, one case of this kind, no receipt; and the same when it comes again. */
async function refused(
  hub: TestHub,
  code: Pick<Code, 'bank' | 'id'>,
  more: Readonly<Record<string, unknown>>,
  kind: string,
): Promise<void> {
  const told = { paid_datetime: bankTime(new Date()), ...more }
  for (let time = 0; time < 2; time += 1) {
    const answer = await notice(hub, code, told)
    assert.equal(answer.status, 400, answer.text)
    assert.match(answer.text, /PAYMENT_VERIFICATION_DATA_MISMATCHED/)
  }
  await becomes(hub, code.id, { status: 'processing', applied: 0, cases: [kind] })
}
