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
 * riel; all of it is applied, in suspense, written off or promised back; the ledger's bank accounts hold it; what a bank
 * sent or took back, it says too; every completed payment, and no other, was credited once in its policy system, and has
 * one credit note for each refund; every invariant holds. Waits for work under way to come to rest.
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
  /** "AMK 12345678901234567 150001 150.00 USD", and "taken back" where the bank has. */
  readonly movements: readonly string[]
  /** "AMK USD 150.00" */
  readonly banks: readonly string[]
  /** What is applied, held and promised back, per bank, is what the bank holds. */
  readonly placed: readonly string[]
  /** "BANK01 12345678901234567 rfd_… 10.00 USD": what a bank sent back because we asked it to. */
  readonly refunds: readonly string[]
  /** Every refund is told of once: its id, the payment, and whether the policy system must hear of it. */
  readonly told: readonly string[]
  /** "DLIS 150001 P123456789 150.00 USD" */
  readonly credits: readonly string[]
  /** "DLIS rfd_… 150001 P123456789 10.00 USD" */
  readonly creditNotes: readonly string[]
  /** Events that somebody must still hear. */
  readonly due: number
}

/** The simulator's journal with what went back: a refund that we did not ask for does not bear an id of ours. */
type FullJournal = {
  readonly banks: Record<
    string,
    {
      readonly payments: readonly (Journal['banks'][string]['payments'][number] & {
        readonly refunds: readonly { readonly refundId?: string; readonly amount: string; readonly status?: string }[]
      })[]
    }
  >
  readonly policySystems: Record<
    string,
    {
      readonly credits: readonly Omit<Credit, 'system'>[]
      readonly creditNotes: readonly (Omit<Credit, 'system'> & { readonly refundId: string })[]
    }
  >
}

/** The bank that is told no id of ours with a refund, and lists nothing but amounts. */
const withoutRefundIds = new Set(['ABA'])

/** A code with a reference of its own, 150001-k3f9q2, is one of payment 150001. */
const paymentOf = (reference: string) => reference.replace(/^(\d+)-[0-9a-z]{6}$/, '$1')

const minorOf = (amount: string) => BigInt(amount.replace('.', ''))

async function readTheirs(hub: TestHub, except: BooksExcept): Promise<Books> {
  const journal = (await hub.simulator('GET', '/_simulator/journal')).json as unknown as FullJournal
  const { rows } = await hub.pool.query<{ id: string }>('select bank_transaction_id as id from receipts')
  const booked = new Set(rows.map((row) => row.id))
  // What was taken back before we had booked it is nobody's money.
  const isOurs = ({ status, transactionId }: { status: string; transactionId: string }) =>
    (status === 'SUCCESS' || (status === 'REVERSED' && booked.has(transactionId))) &&
    !except.onlyCases?.includes(transactionId)
  const payments = Object.entries(journal.banks).flatMap(([bank, one]) =>
    one.payments.filter(isOurs).map((payment) => ({ bank, ...payment })),
  )
  const refunds = payments.flatMap(({ bank, transactionId, currency, refunds: all }) =>
    all
      .filter(({ status, refundId }) => withoutRefundIds.has(bank) || (status === 'REFUNDED' && isOurId(refundId)))
      .map((one) => ({ bank, transactionId, currency, ...one })),
  )
  const banks = sums([
    ...payments
      .filter((one) => one.status === 'SUCCESS')
      .map(({ bank, amount, currency }) => ({ bank, currency, minor: minorOf(amount) })),
    ...refunds
      .filter(({ transactionId }) =>
        payments.some((one) => one.transactionId === transactionId && one.status === 'SUCCESS'),
      )
      .map(({ bank, amount, currency }) => ({ bank, currency, minor: -minorOf(amount) })),
    // A person's transfer is nothing that the simulator plays.
    ...(await readSentByHand(hub)).map(({ minor, ...one }) => ({ ...one, minor: -minor })),
  ])
  const systems = Object.entries(journal.policySystems)
  const toldOnly = await readToldOnly(hub)
  return {
    movements: payments
      .map((one) =>
        [
          one.bank,
          toldOnly.has(`${one.bank} ${one.reference}`) ? one.reference : one.transactionId,
          paymentOf(one.reference),
          one.amount,
          one.currency,
          stateOf(one.status === 'REVERSED'),
        ].join(' '),
      )
      .sort(),
    banks,
    placed: banks,
    refunds: refunds
      .map((one) => [one.bank, one.transactionId, one.refundId ?? 'unnamed', one.amount, one.currency].join(' '))
      .sort(),
    told: await readEnded(hub),
    credits: systems
      .flatMap(([system, { credits }]): Credit[] => credits.map((credit) => ({ system, ...credit })))
      .concat(except.credits ?? [])
      .filter((credit) => !String(credit.paymentId).startsWith(elsewhere))
      .map((one) => [one.system, one.paymentId, one.policyNumber, one.amount, one.currency].join(' '))
      .sort(),
    creditNotes: systems
      .flatMap(([system, { creditNotes }]) => creditNotes.map((note) => ({ system, ...note })))
      .filter((note) => note.refundId.startsWith('rfd_'))
      .map((one) => [one.system, one.refundId, one.paymentId, one.policyNumber, one.amount, one.currency].join(' '))
      .sort(),
    due: 0,
  }
}

async function readOurs(hub: TestHub): Promise<Books> {
  const rows = async <Row>(sql: string): Promise<Row[]> => (await hub.pool.query(sql)).rows as Row[]
  const receipts = await rows<Money & { key: string; reversed: boolean }>(
    `select bank_code as bank, currency, amount_minor::text as minor, bank_code || ' ' || bank_transaction_id || ' ' || reference as key,
        ${isReversed('receipts.id')} as reversed from receipts`,
  )
  const ledger = await rows<Money>(
    `select substr(account, 6) as bank, currency, sum(amount_minor)::text as minor from entries where account like 'bank:%' group by 1, 2`,
  )
  const placed = await rows<Money>(
    `select r.bank_code as bank, r.currency, x.minor::text as minor from receipts r
      join (select receipt_id, amount_minor as minor from applications
        union all select receipt_id, remaining_minor from suspense
        -- What came back after a reversal and found its place taken: it is applied no more, and held.
        union all select s.receipt_id, -s.amount_minor from suspense s join journals j on j.receipt_id = s.receipt_id
          where j.kind = 'adjustment' and j.recorded_at = s.opened_at
        union all select receipt_id, amount_minor from acts where kind = 'write_off' and status = 'done'
        union all select receipt_id, amount_minor from refunds where suspense_id is not null and status not in ('succeeded', 'failed', 'cancelled')
        union all select receipt_id, -amount_minor from refunds where payment_number is not null and status = 'succeeded') x on x.receipt_id = r.id
      where not ${isReversed('r.id')}`,
  )
  const refunds = await rows<Money & { key: string }>(
    `select f.bank_code as bank, f.currency, f.amount_minor::text as minor, f.bank_code || ' ' || r.bank_transaction_id || ' ' ||
        case when f.bank_code = any('{${[...withoutRefundIds].join(',')}}') then 'unnamed' else f.id end as key
      from refunds f join receipts r on r.id = f.receipt_id where f.status = 'succeeded' and f.mode = 'automatic'`,
  )
  // A credit of ours is one that we know to have happened, of a payment that is completed.
  const credits = await rows<Money & { number: string; policy: string }>(
    `select coalesce(c.biller, 'nobody') as bank, p.number::text as number, p.bill_number as policy, p.currency, p.amount_minor::text as minor
      from payments p left join credits c on c.payment_number = p.number and c.state = 'credited'
      where p.status = 'completed' and p.payable_kind = 'premium' or c.state = 'credited'`,
  )
  const [work] = await rows<{ due: number }>(`select count(*)::int as due from event_deliveries where state = 'due'`)
  return {
    movements: receipts.map((one) => `${one.key} ${shown(one)} ${stateOf(one.reversed)}`).sort(),
    banks: sums(ledger.map(exact)),
    placed: sums(placed.map(exact)),
    refunds: refunds.map((one) => `${one.key} ${shown(one)}`).sort(),
    told: await readTold(hub),
    credits: credits.map((one) => `${one.bank} ${one.number} ${one.policy} ${shown(one)}`).sort(),
    creditNotes: await readCreditNotes(hub),
    due: work?.due ?? 0,
  }
}

/** "BANK02 150001": receipts of a bank that cannot be asked have no id of its own, so our reference is the key (clause 3). */
async function readToldOnly(hub: TestHub): Promise<Set<string>> {
  const { rows } = await hub.pool.query<{ key: string }>(
    `select bank_code || ' ' || bank_transaction_id as key from receipts where channel = 'khqr' and proof = 'notice'`,
  )
  return new Set(rows.map(({ key }) => key))
}

function isOurId(refundId: string | undefined): boolean {
  return refundId?.startsWith('rfd_') === true
}

function stateOf(isTakenBack: boolean): string {
  return isTakenBack ? 'taken back' : 'here'
}

/** The last word of the ledger about a receipt is that its bank took it back. */
function isReversed(receiptId: string): string {
  return `coalesce((select j.kind = 'reversal' from journals j where j.receipt_id = ${receiptId}
    and j.kind in ('reversal', 'adjustment') order by j.id desc limit 1), false)`
}

async function readSentByHand(hub: TestHub) {
  const { rows } = await hub.pool.query<Money>(
    `select f.bank_code as bank, f.currency, f.amount_minor::text as minor from refunds f
      where f.status = 'succeeded' and f.mode = 'manual' and not ${isReversed('f.receipt_id')}`,
  )
  return rows.map(exact)
}

/** Refunds that sent money back, of money whose payment is known: each is an event. */
async function readEnded(hub: TestHub): Promise<string[]> {
  const { rows } = await hub.pool.query<{ line: string }>(
    `select f.id || ' ' || coalesce(f.payment_number, r.payment_number) || ' ' || case when f.suspense_id is null then 'applied' else 'suspense' end as line
      from refunds f join receipts r on r.id = f.receipt_id
      where f.status = 'succeeded' and coalesce(f.payment_number, r.payment_number) is not null`,
  )
  return rows.map((row) => row.line).sort()
}

async function readTold(hub: TestHub): Promise<string[]> {
  const { rows } = await hub.pool.query<{ line: string }>(
    `select concat_ws(' ', body->'refund'->>'id', payment_number, body->'refund'->>'of') as line
      from events where type = 'gateway.payment.refunded'`,
  )
  return rows.map((row) => row.line).sort()
}

/** Premiums that were credited and sent back, by the events: the policy system must have a note of each. */
async function readCreditNotes(hub: TestHub): Promise<string[]> {
  const { rows } = await hub.pool.query<{ line: string }>(
    `select concat_ws(' ', p.biller, f.id, p.number, p.bill_number, e.body->'refund'->>'amount', f.currency) as line
      from events e join refunds f on f.id = e.body->'refund'->>'id' join payments p on p.number = e.payment_number
      where e.type = 'gateway.payment.refunded' and e.body->'refund'->>'of' = 'applied' and e.body->'payment'->>'status' = 'completed'
        and p.payable_kind = 'premium'`,
  )
  return rows.map((row) => row.line).sort()
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
  return [...totals]
    .filter(([, total]) => total !== 0n)
    .map(([key, total]) => `${key} ${total} minor units`)
    .sort()
}

function isEqual(a: Books, b: Books): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
