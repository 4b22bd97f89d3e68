import assert from 'node:assert/strict'
import { test } from 'node:test'
import { booksAgree } from '../support/books.ts'
import { type PaywayCode, type PaywayWorld, type Said, startWithPayway } from '../support/payway.ts'
import { changed, paidCode, settlesInTheEnd, toldAndContradicted } from '../support/payway-days.ts'

const page = '<!DOCTYPE html><html><body>Service Unavailable</body></html>'

type Contradiction = {
  readonly name: string
  readonly operation: 'check-transaction-2' | 'transaction-detail'
  readonly says: (said: Said) => Said | string
}

/**
 * What PayWay says instead of the truth about money that is there. None of it settles anything. What detail says beside
 * check is held by `banks/payway/verify.test.ts`: where it takes long here, the list is asked instead.
 */
const contradictions: readonly Contradiction[] = [
  {
    name: 'check names another amount than detail',
    operation: 'check-transaction-2',
    says: (said) => changed(said, { original_amount: 2.5 }),
  },
  {
    name: 'check says pending, whatever the callback says',
    operation: 'check-transaction-2',
    says: (said) => changed(said, { payment_status_code: 2, payment_status: 'PENDING' }),
  },
  {
    name: 'check says declined, whatever the callback says',
    operation: 'check-transaction-2',
    says: (said) => changed(said, { payment_status_code: 3, payment_status: 'DECLINDED' }),
  },
  {
    name: 'code 0 with the word PRE-AUTH: held, and not paid',
    operation: 'check-transaction-2',
    says: (said) => changed(said, { payment_status: 'PRE-AUTH' }),
  },
  {
    name: 'code 0 with a word that nobody knows',
    operation: 'check-transaction-2',
    says: (said) => changed(said, { payment_status: 'SETTLED' }),
  },
  {
    name: 'the word APPROVED with another code',
    operation: 'check-transaction-2',
    says: (said) => changed(said, { payment_status_code: 2 }),
  },
  {
    name: 'an amount that is no number',
    operation: 'check-transaction-2',
    says: (said) => changed(said, { original_amount: null }),
  },
  { name: 'check answers a page of HTML', operation: 'check-transaction-2', says: () => page },
  { name: 'check says nothing at all', operation: 'check-transaction-2', says: () => 'silence' },
]

test('PayWay contradicts its callback, and itself', { concurrency: true }, async (t) => {
  const world = await startWithPayway(t)
  const paid = new Map<string, PaywayCode>()
  for (const { name } of contradictions) paid.set(name, await paidCode(world))
  const tried = (one: Contradiction) =>
    t.test(`[E91] ${one.name}: nothing is applied until it says otherwise`, () =>
      contradicted(world, paid.get(one.name) ?? assert.fail(), one),
    )
  await Promise.all(contradictions.map(tried))
  await t.test('the books agree after all of it', () => booksAgree(world.hub))
})

async function contradicted(
  world: PaywayWorld,
  code: PaywayCode,
  { operation, says }: Pick<Contradiction, 'operation' | 'says'>,
): Promise<void> {
  await toldAndContradicted(world, code, `${operation} ${code.tranId}`, says)
  await settlesInTheEnd(world, code)
}
