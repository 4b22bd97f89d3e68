import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Payment } from '../../src/domain/payment.ts'
import { checkInvariants } from '../../src/flows/check-invariants.ts'
import { type DatabaseAddress, type Db, openDatabase } from '../../src/store/db.ts'
import type { InvariantName } from '../../src/store/invariants.ts'
import { type EmptyBooks, openBooks } from './empty-books.ts'
import { liveHealthily } from './healthy-books.ts'

/** What is planted, and every invariant that turns red with it: each sentence of it says which rows. */
export type Damage = {
  readonly what: string
  /** Statements, run one after the other; each must hit a row. */
  readonly plant: string | readonly string[]
  readonly red: Readonly<Partial<Record<InvariantName, RegExp>>>
}

export type DamagedBooks = {
  readonly books: EmptyBooks
  readonly payments: Awaited<ReturnType<typeof liveHealthily>>
  readonly suffer: Suffer
}

/** Tests one damage after the other: each must turn just what it says red, and nothing else. */
export type Suffer = (damages: readonly Damage[]) => void

/** Healthy books for the tests of one file. */
export async function damagedBooks(): Promise<DamagedBooks> {
  const books = await openBooks({ after })
  const payments = await liveHealthily(books)
  return { books, payments, suffer: damageTo(books.address) }
}

/** What the tests of one file plant in these books. Their first test is that all invariants are green. */
export function damageTo(address: DatabaseAddress): Suffer {
  // One connection: what is planted in its open transaction is seen by the check, and by nobody else, and is never kept.
  const db = openDatabase(address, { poolSize: 1, onError: () => {} })
  after(() => db.close())
  test('before anything is planted every invariant is green', async () => {
    assert.deepEqual(await redOnes(db), {})
  })
  return (damages) => {
    for (const damage of damages) testDamage(db, damage)
  }
}

function testDamage(db: Db, { what, plant, red }: Damage): void {
  test(`${Object.keys(red).join(' and ')}: ${what}`, async (t) => {
    await db.pool.query('begin')
    t.after(() => db.pool.query('rollback'))
    // As somebody who owns the database would: past every trigger and foreign key.
    await db.pool.query(`set local session_replication_role = replica`)
    for (const statement of typeof plant === 'string' ? [plant] : plant) {
      const { rowCount } = await db.pool.query(statement)
      assert.ok(rowCount, `nothing was planted by ${statement}`)
    }
    const found = await redOnes(db)
    assert.deepEqual(Object.keys(found).sort(), Object.keys(red).sort(), JSON.stringify(found))
    for (const [name, sentences] of Object.entries(found)) {
      for (const sentence of sentences) assert.match(sentence, red[name as InvariantName] ?? /^$/, name)
    }
  })
}

async function redOnes(db: Db): Promise<Readonly<Record<string, readonly string[]>>> {
  const results = await checkInvariants(db, { writesReference: () => true })
  return Object.fromEntries(results.filter(({ found }) => found > 0).map(({ name, violations }) => [name, violations]))
}

/** The receipt that completed this payment, as SQL. */
export function receiptIdOf({ number }: Payment): string {
  return `(select receipt_id from applications where payment_number = ${number})`
}

/** Its journal, as SQL. */
export function journalIdOf(payment: Payment): string {
  return `(select id from journals where kind = 'receipt' and receipt_id = ${receiptIdOf(payment)})`
}
