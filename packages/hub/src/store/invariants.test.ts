import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBooks } from '../../test/support/empty-books.ts'
import { liveHealthily } from '../../test/support/healthy-books.ts'
import { openDatabase } from './db.ts'
import { checkInvariants, invariants, readShownCodes } from './invariants.ts'

// Each invariant is green on healthy books, and red, naming the row, after damage that no guard of the database allows:
// planted as a superuser with the guards off, in a transaction that is never committed.

const books = await openBooks({ after })
const { pending, completed, credited, held, cancelled } = await liveHealthily(books)
const db = openDatabase(books.address, { poolSize: 1, onError: () => {} })
after(() => db.close())

const receipt = `(select id from receipts where payment_number = ${completed.number})`
const journal = `(select id from journals where receipt_id = ${receipt})`
const success = `payment_number = ${completed.number} and type = 'gateway.payment.success'`

type Damage = {
  readonly what: string
  readonly tables: readonly string[]
  readonly plant: string
  /** What the violation says: the row it is about, and what is wrong with it. */
  readonly says: RegExp
}

const damages: Record<(typeof invariants)[number]['name'], readonly Damage[]> = {
  conservation: [
    {
      what: 'a receipt that is neither applied nor held',
      tables: ['applications'],
      plant: `delete from applications where receipt_id = ${receipt}`,
      says: /^Receipt \d+ of BANK01 is of 15000 minor units of USD, applied and held are 0$/,
    },
    {
      what: 'a receipt that is applied and held',
      tables: ['suspense'],
      plant: `insert into suspense (receipt_id, reason, amount_minor, remaining_minor) values (${receipt}, 'overpaid', 15000, 15000)`,
      says: /^Receipt \d+ of BANK01 is of 15000 minor units of USD, applied and held are 30000$/,
    },
    {
      what: 'money that vanished from suspense',
      tables: ['suspense'],
      plant: `update suspense set amount_minor = amount_minor - 1, remaining_minor = remaining_minor - 1 where amount_minor = 7`,
      says: /^Receipt \d+ of BANK01 is of 7 minor units of USD, applied and held are 6$/,
    },
    {
      what: 'a receipt that vanished',
      tables: ['receipts'],
      plant: `delete from receipts where currency = 'KHR'`,
      says: /^Bank BANK01 KHR: receipts 0, ledger 60000$/,
    },
    {
      what: 'a ledger that holds more than was received',
      tables: ['entries'],
      plant: `update entries set amount_minor = amount_minor + 1 where account = 'bank:BANK01' and currency = 'KHR'`,
      says: /^Bank BANK01 KHR: receipts 60000, ledger 60001$/,
    },
    {
      what: 'held money that the ledger owes on',
      tables: ['entries'],
      plant: `update entries set account = 'payable:premium' where account = 'suspense:BANK01' and currency = 'KHR'`,
      says: /^Bank BANK01 KHR: open suspense 60000, ledger 0$/,
    },
  ],
  zero_sum: [
    {
      what: 'an entry that was changed',
      tables: ['entries'],
      plant: `update entries set amount_minor = amount_minor - 1 where journal_id = ${journal} and line = 0`,
      says: /^Journal \d+ is off by -1 minor units of USD$/,
    },
    {
      what: 'an entry in another currency than the other',
      tables: ['entries'],
      plant: `update entries set currency = 'KHR' where journal_id = ${journal} and line = 0`,
      says: /^Journal \d+ is off by 15000 minor units of KHR$/,
    },
    {
      what: 'a journal without entries',
      tables: ['entries'],
      plant: `delete from entries where journal_id = ${journal}`,
      says: /^Receipt \d+ has no journal$/,
    },
    {
      what: 'a receipt without a journal',
      tables: ['journals', 'entries'],
      plant: `delete from journals where receipt_id = ${receipt}`,
      says: /^Receipt \d+ has no journal$/,
    },
  ],
  credited_once: [
    {
      what: 'a completed payment without money',
      tables: ['payments'],
      plant: `update payments set status = 'completed' where number = ${pending.number}`,
      says: new RegExp(`^Payment ${pending.number} is completed with 0 of 15000 minor units applied$`),
    },
    {
      what: 'a payment completed with a part',
      tables: ['applications'],
      plant: `update applications set amount_minor = 14999 where receipt_id = ${receipt}`,
      says: new RegExp(`^Payment ${completed.number} is completed with 14999 of 15000 minor units applied$`),
    },
    {
      what: 'a payment with two receipts applied',
      tables: ['applications'],
      plant: `update applications set payment_number = ${credited.number} where receipt_id = ${receipt}`,
      says: new RegExp(`^Payment ${credited.number} is completed with 30000 of 15000 minor units applied$`),
    },
    {
      what: 'money applied to a payment that is not completed',
      tables: ['applications'],
      plant: `update applications set payment_number = ${cancelled.number} where receipt_id = ${receipt}`,
      says: new RegExp(`^Payment ${cancelled.number} is cancelled with 15000 of 15000 minor units applied$`),
    },
    {
      what: 'a credit for a payment that is not completed',
      tables: [],
      plant: `insert into credits (payment_number, biller, policy_number, amount_minor, currency, state)
        values (${pending.number}, 'DLIS', 'P1', 15000, 'USD', 'sending')`,
      says: new RegExp(
        `^Payment ${pending.number} is pending and of 15000 USD, its credit is sending and of 15000 USD$`,
      ),
    },
    {
      what: 'a credit of another amount',
      tables: [],
      plant: `update credits set amount_minor = 1 where payment_number = ${credited.number}`,
      says: new RegExp(
        `^Payment ${credited.number} is completed and of 15000 USD, its credit is credited and of 1 USD$`,
      ),
    },
    {
      what: 'a completed payment that nobody is to credit',
      tables: [],
      plant: `delete from event_deliveries where payment_number = ${completed.number}`,
      says: new RegExp(`^Payment ${completed.number} is completed and nobody was told to credit it$`),
    },
    {
      what: 'a payment whose credit was called done and was never sent',
      tables: [],
      plant: `update event_deliveries set state = 'delivered' where payment_number = ${completed.number}`,
      says: new RegExp(`^Payment ${completed.number} was told to integration and its credit is missing$`),
    },
  ],
  monotone: [
    {
      what: 'a status without its history',
      tables: ['payments'],
      plant: `update payments set status = 'failed' where number = ${pending.number}`,
      says: new RegExp(`^Payment ${pending.number} is failed, its history ends at pending$`),
    },
    {
      what: 'a payment without any history',
      tables: ['payment_history'],
      plant: `delete from payment_history where payment_number = ${pending.number}`,
      says: new RegExp(`^Payment ${pending.number} is pending, its history ends at nothing$`),
    },
    {
      what: 'a move that the status table does not know',
      tables: ['payment_history', 'payments'],
      plant: `insert into payment_history (payment_number, sequence, from_status, to_status, evidence, sentence, actor, correlation_id)
        values (${completed.number}, 99, 'completed', 'pending', 'given_up', 'Planted.', 'a test', 'test-1')`,
      says: new RegExp(`^Payment ${completed.number} went from completed to pending, after completed$`),
    },
    {
      what: 'a move that begins elsewhere than the one before it ended',
      tables: ['payment_history'],
      plant: `update payment_history set from_status = 'pending' where payment_number = ${completed.number} and to_status = 'completed'`,
      says: new RegExp(`^Payment ${completed.number} went from pending to completed, after processing$`),
    },
    {
      what: 'a second beginning',
      tables: ['payment_history'],
      plant: `update payment_history set from_status = null where payment_number = ${completed.number} and to_status = 'completed'`,
      says: new RegExp(`^Payment ${completed.number} went from nothing to completed, after processing$`),
    },
  ],
  no_orphan_message: [
    {
      what: 'a message that was answered 200 and never judged',
      tables: ['inbox'],
      plant: `update inbox set outcome = 'received', decided_at = null, answer_status = 200 where outcome = 'applied'`,
      says: /^Message \d+ of BANK01 was answered 200 and is received$/,
    },
    {
      what: 'a message that was answered 200 and waits for nothing',
      tables: ['inbox'],
      plant: `update inbox set answer_status = 200, next_try_at = null where outcome = 'waiting'`,
      says: /^Message \d+ of BANK01 was answered 200 and is waiting$/,
    },
    {
      what: 'a message that nobody looked at for six minutes',
      tables: ['inbox'],
      plant: `update inbox set received_at = now() - interval '6 minutes', decided_at = null, outcome = 'received', answer_status = null`,
      says: /^Message \d+ of BANK01 has waited unjudged since \d{4}-/,
    },
  ],
  outbox_complete: [
    {
      what: 'an event that is missing',
      tables: ['events'],
      plant: `delete from events where payment_number = ${pending.number}`,
      says: new RegExp(`^Payment ${pending.number} has 0 events, its sequence stands at 1$`),
    },
    {
      what: 'a hole in the sequence',
      tables: ['events'],
      plant: `update events set sequence = 99 where payment_number = ${held.number} and sequence = 2`,
      says: new RegExp(`^Payment ${held.number} has 2 events, its sequence stands at 2$`),
    },
    {
      what: 'a completed payment without its success event',
      tables: ['events'],
      plant: `update events set type = 'gateway.payment.verified' where ${success}`,
      says: new RegExp(
        `^Payment ${completed.number} went to completed 1 times, with fewer gateway.payment.success events$`,
      ),
    },
    {
      what: 'a cancelled payment without its event',
      tables: ['events'],
      plant: `update events set type = 'khqr.generated-event' where payment_number = ${cancelled.number} and sequence = 2`,
      says: new RegExp(
        `^Payment ${cancelled.number} went to cancelled 1 times, with fewer gateway.payment.cancelled events$`,
      ),
    },
    {
      what: 'an event of success that is on its way to nobody',
      tables: [],
      plant: `delete from event_deliveries where payment_number = ${completed.number}`,
      says: /^Event evt_\w+ is delivered to nobody$/,
    },
  ],
}

test('on healthy books every invariant is green, and says what it means', async () => {
  const results = await checkInvariants(books.db)
  assert.deepEqual(
    results.map(({ name, violations }) => [name, violations]),
    invariants.map(({ name }) => [name, []]),
  )
  for (const { means } of results) assert.match(means, /^[A-Z].*\.$/)
})

for (const { name } of invariants) {
  for (const { what, tables, plant, says } of damages[name]) {
    test(`${name} is red after ${what}`, async (t) => {
      await db.pool.query('begin')
      t.after(() => db.pool.query('rollback'))
      for (const table of tables) await db.pool.query(`alter table ${table} disable trigger all`)
      const { rowCount } = await db.pool.query(plant)
      assert.ok(rowCount, 'nothing was planted')
      const found = (await checkInvariants(db)).find((result) => result.name === name)?.violations ?? []
      assert.ok(
        found.some((sentence) => says.test(sentence)),
        `${name} says: ${JSON.stringify(found)}`,
      )
      assert.ok(
        found.every((sentence) => typeof sentence === 'string'),
        'a sentence is null',
      )
    })
  }
}

test('the codes that were shown come newest first, each with what it must say', async () => {
  const codes = await readShownCodes(books.db, 10)
  assert.equal(codes.length, 2)
  assert.deepEqual(codes[1], {
    paymentNumber: completed.number,
    qrString: 'a sample code',
    amountMinor: '15000',
    currency: 'USD',
    reference: String(completed.number),
    bankCode: 'BANK01',
    accountNumber: 'SAMPLE-BANK01-USD',
    payeeAccount: 'sample@bank',
    payeeMerchantId: null,
  })
  assert.deepEqual(await readShownCodes(books.db, 1), codes.slice(0, 1))
})
