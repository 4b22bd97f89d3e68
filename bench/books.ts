import { checkInvariants } from '../packages/hub/src/flows/check-invariants.ts'
import { isCurrency, printAmount } from '../packages/hub/src/money/money.ts'
import type { Db } from '../packages/hub/src/store/db.ts'
import { readOpenWork } from '../packages/hub/src/store/invariants.ts'
import { HttpConnection, jsonOf, requestBytes } from './http-connection.ts'
import { bankCode } from './sandbox.ts'
import type { World } from './world.ts'

// A figure counts only if the books are right. Each check answers with what is wrong: sentences, none when all is well.

/** The invariants of a database, and that nothing in it waits for a person or for its time. */
export async function brokenInvariants(db: Db, whose: string): Promise<string[]> {
  const broken = (await checkInvariants(db, { writesReference: () => true })).flatMap(({ name, violations }) =>
    violations.map((sentence) => `${whose}: ${name}: ${sentence}`),
  )
  const open = Object.entries(await readOpenWork(db)).filter(([, count]) => count > 0)
  return [...broken, ...open.map(([what, count]) => `${whose}: ${count} left in ${what}`)]
}

type Journal = {
  readonly banks: Record<string, { payments: (Sum & { transactionId: string; reference: string; status: string })[] }>
  readonly policySystems: Record<string, { credits: (Sum & { paymentId: string; policyNumber: string })[] }>
}
type Sum = { readonly amount: string; readonly currency: string }

/** Every movement in the simulator's journal is one receipt and the ledger's; every completed payment one credit there. */
export async function booksDiffer(world: World, db: Db): Promise<string[]> {
  const connection = await HttpConnection.open(world.hub.ports.simulator)
  const answer = await connection.send(requestBytes({ method: 'GET', path: '/_simulator/journal' }))
  connection.close()
  const { banks, policySystems } = jsonOf<Journal>(answer, "the simulator's journal")
  const paid = Object.entries(banks).flatMap(([bank, { payments }]) =>
    payments.filter((one) => one.status === 'SUCCESS').map((one) => ({ bank, ...one })),
  )
  const credits = Object.entries(policySystems).flatMap(([system, one]) =>
    one.credits.map((credit) => ({ system, ...credit })),
  )
  const receipts = await db.pool.query<Row>(`select bank_code as who, bank_transaction_id as id, reference as about,
    amount_minor::text as minor, currency from receipts`)
  const ledger = await db.pool.query<Row>(`select e.account as who, r.bank_transaction_id as id, r.reference as about,
    e.amount_minor::text as minor, e.currency from entries e join journals j on j.id = e.journal_id
    join receipts r on r.id = j.receipt_id where e.account = 'bank:${bankCode}'`)
  const credited = await db.pool.query<Row>(`select coalesce(c.biller, 'nobody') as who, p.number::text as id,
    p.bill_number as about, p.amount_minor::text as minor, p.currency
    from payments p left join credits c on c.payment_number = p.number and c.state = 'credited'
      where p.status = 'completed' and p.payable_kind = 'premium'`)
  const movement = (one: (typeof paid)[number], prefix = '') =>
    `${prefix}${one.bank} ${one.transactionId} ${one.reference} ${one.amount} ${one.currency}`
  return [
    ...differences(
      'receipt',
      paid.map((one) => movement(one)),
      receipts.rows.map(line),
    ),
    ...differences(
      'ledger entry',
      paid.map((one) => movement(one, 'bank:')),
      ledger.rows.map(line),
    ),
    ...differences(
      'credit',
      credits.map((one) => `${one.system} ${one.paymentId} ${one.policyNumber} ${one.amount} ${one.currency}`),
      credited.rows.map(line),
    ),
  ]
}

type Row = { who: string; id: string; about: string; minor: string; currency: string }

function line({ who, id, about, minor, currency }: Row): string {
  if (!isCurrency(currency)) throw new Error(`The books have currency ${currency}`)
  return `${who} ${id} ${about} ${printAmount(BigInt(minor), currency)} ${currency}`
}

function differences(what: string, theirs: readonly string[], ours: readonly string[]): string[] {
  const [journal, books] = [theirs.toSorted(), ours.toSorted()]
  if (journal.length === books.length && journal.every((one, index) => one === books[index])) return []
  const [inJournal, inBooks] = [new Set(journal), new Set(books)]
  const missing = journal.filter((one) => !inBooks.has(one)).slice(0, 3)
  const extra = books.filter((one) => !inJournal.has(one)).slice(0, 3)
  return [
    `${what}: the simulator's journal has ${journal.length}, our books have ${books.length}` +
      `; only in the journal: ${missing.join(', ') || 'none'}; only in our books: ${extra.join(', ') || 'none'}`,
  ]
}
