import assert from 'node:assert/strict'
import { type Currency, printAmount } from '../../src/money/money.ts'
import { checkInvariants, referenceWriters } from '../../src/flows/check-invariants.ts'
import { eventually, type Journal, type TestHub } from './running-hub.ts'

/** Credits that a test sends to a policy system itself begin so: somebody else's money, not ours. */
export const elsewhere = 'elsewhere-'

export type BooksExcept = {
  /** Movements a bank lists that are rightly not in our books: each is a case. */
  readonly onlyCases?: readonly string[]
  /** Credits of a policy system that the simulator does not play. */
  readonly credits?: readonly Credit[]
}

type Credit = {
  readonly system: string
  readonly paymentId: string | number
  readonly policyNumber: string
  readonly amount: string
  readonly currency: string
}

/**
 * The check that ends every bad day: money that the banks' journal lists as ours is in `receipts`, once and to the last
 * riel; all of it is applied or in suspense; the ledger's bank accounts hold it; every completed payment, and no other,
 * was credited once in its policy system; every invariant holds. Waits for work under way to come to rest.
 */
export async function booksAgree(hub: TestHub, except: BooksExcept = {}): Promise<void> {
  let theirs: Books | undefined
  let ours: Books | undefined
  const isSame = async () => {
    theirs = await readTheirs(hub, except)
    ours = await readOurs(hub)
    return isEqual(theirs, ours)
  }
  await eventually('the books to agree', isSame, 60_000).catch((error: unknown) => {
    // Only a difference is told below, with both sides; whatever else went wrong is told as it is.
    if (!ours || !theirs || isEqual(theirs, ours)) throw error
  })
  assert.deepEqual(ours, theirs, 'our books (actual) and the journal (expected) differ')
  const broken = (
    await checkInvariants(hub.running.db, { writesReference: referenceWriters(hub.running.hub.banks) })
  ).filter((one) => one.violations.length > 0)
  assert.deepEqual(broken, [], 'an invariant is broken')
}

/** Both sides in the same form, so that they can be compared as they are. */
type Books = {
  /** "AMK 12345678901234567 150001 150.00 USD" */
  readonly movements: readonly string[]
  /** "AMK USD 150.00" */
  readonly banks: readonly string[]
  /** What is applied and held together, per bank, is what the bank holds. */
  readonly placed: readonly string[]
  /** "DLIS 150001 P123456789 150.00 USD" */
  readonly credits: readonly string[]
  /** Events that somebody must still hear. */
  readonly due: number
}

async function readTheirs(hub: TestHub, except: BooksExcept): Promise<Books> {
  const journal = (await hub.simulator('GET', '/_simulator/journal')).json as unknown as Journal
  const payments = Object.entries(journal.banks).flatMap(([bank, one]) =>
    one.payments
      .filter((payment) => payment.status === 'SUCCESS' && !except.onlyCases?.includes(payment.transactionId))
      .map((payment) => ({ bank, ...payment })),
  )
  const banks = sums(
    payments.map(({ bank, amount, currency }) => ({ bank, currency, minor: BigInt(amount.replace('.', '')) })),
  )
  return {
    movements: payments
      .map((one) => [one.bank, one.transactionId, one.reference, one.amount, one.currency].join(' '))
      .sort(),
    banks,
    placed: banks,
    credits: Object.entries(journal.policySystems)
      .flatMap(([system, { credits }]): Credit[] => credits.map((credit) => ({ system, ...credit })))
      .concat(except.credits ?? [])
      .filter((credit) => !String(credit.paymentId).startsWith(elsewhere))
      .map((one) => [one.system, one.paymentId, one.policyNumber, one.amount, one.currency].join(' '))
      .sort(),
    due: 0,
  }
}

async function readOurs(hub: TestHub): Promise<Books> {
  const rows = async <Row>(sql: string): Promise<Row[]> => (await hub.pool.query(sql)).rows as Row[]
  const receipts = await rows<Money & { key: string }>(
    `select bank_code as bank, currency, amount_minor::text as minor, bank_code || ' ' || bank_transaction_id || ' ' || reference as key from receipts`,
  )
  const ledger = await rows<Money>(
    `select substr(account, 6) as bank, currency, sum(amount_minor)::text as minor from entries where account like 'bank:%' group by 1, 2`,
  )
  const placed = await rows<Money>(
    `select r.bank_code as bank, r.currency, x.amount_minor::text as minor from receipts r
      join (select receipt_id, amount_minor from applications union all select receipt_id, amount_minor from suspense) x on x.receipt_id = r.id`,
  )
  // A credit of ours is one that we know to have happened, of a payment that is completed.
  const credits = await rows<Money & { number: string; policy: string }>(
    `select coalesce(c.biller, 'nobody') as bank, p.number::text as number, p.bill_number as policy, p.currency, p.amount_minor::text as minor
      from payments p left join credits c on c.payment_number = p.number and c.state = 'credited' where p.status = 'completed' or c.state = 'credited'`,
  )
  const [work] = await rows<{ due: number }>(`select count(*)::int as due from event_deliveries where state = 'due'`)
  return {
    movements: receipts.map((one) => `${one.key} ${shown(one)}`).sort(),
    banks: sums(ledger.map(exact)),
    placed: sums(placed.map(exact)),
    credits: credits.map((one) => `${one.bank} ${one.number} ${one.policy} ${shown(one)}`).sort(),
    due: work?.due ?? 0,
  }
}

type Money = { readonly bank: string; readonly currency: Currency; readonly minor: string }

function shown({ minor, currency }: Money): string {
  return `${printAmount(BigInt(minor), currency)} ${currency}`
}

function exact({ bank, currency, minor }: Money) {
  return { bank, currency, minor: BigInt(minor) }
}

function sums(rows: readonly { bank: string; currency: string; minor: bigint }[]): string[] {
  const totals = new Map<string, bigint>()
  for (const { bank, currency, minor } of rows) {
    const key = `${bank} ${currency}`
    totals.set(key, (totals.get(key) ?? 0n) + minor)
  }
  return [...totals].map(([key, total]) => `${key} ${total} minor units`).sort()
}

function isEqual(a: Books, b: Books): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
