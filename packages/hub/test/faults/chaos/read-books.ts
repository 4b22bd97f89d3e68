import type { Books, Case, CreditNote, Movement, Payment, Receipt, Refund, Told } from './compare-books.ts'
import type { Ground } from './ground.ts'

type Row<Shape> = { readonly [Key in keyof Shape]: Shape[Key] extends bigint ? string : Shape[Key] }

type Journal = {
  readonly banks: Readonly<Record<string, { readonly payments: readonly Omit<Movement, 'bank'>[] }>>
  readonly policySystems: Readonly<
    Record<
      string,
      {
        readonly credits: readonly Omit<CreditNote, 'refundId' | 'system'>[]
        readonly creditNotes: readonly Omit<CreditNote, 'system'>[]
      }
    >
  >
}

type SimulatedDelivery = {
  readonly id: string
  readonly bank: string
  readonly transactionId: string
  readonly state: 'pending' | 'delivered' | 'given-up'
  readonly attempts: readonly { readonly status?: number }[]
}

/** The simulator forgets old deliveries; their answers are remembered here over the rounds of a run. */
export type Memory = Map<string, Told>

/** The three books as they are now: the banks' journal, ours, and the policy systems' credits. */
export async function readBooks(ground: Ground, memory: Memory): Promise<Books> {
  const { askPatiently } = ground.postgres
  const journal = (await ground.simulator.controlPatiently('GET', '/_simulator/journal')).json as unknown as Journal
  for (const { id, bank, transactionId, attempts } of await readDeliveries(ground)) {
    memory.set(id, { bank, transactionId, answers: attempts.map((attempt) => attempt.status) })
  }
  const receipts = await askPatiently<Row<Receipt> & { minor: string }>(
    `select bank_code as bank, bank_transaction_id as "transactionId", reference, payment_number::float8 as payment,
        amount_minor::text as minor, currency, proof,
        array(select a.payment_number::float8 from applications a where a.receipt_id = r.id) as settled from receipts r`,
  )
  const payments = await askPatiently<Row<Payment> & { minor: string }>(
    `select number::float8 as number, status, biller, bill_number as "billNumber", bill_key as "billKey",
        amount_minor::text as minor, currency from payments`,
  )
  const cases = await askPatiently<Case>(
    `select kind, payment_number::float8 as payment,
        jsonb_path_query_array(evidence, '$.**.bankTransactionId') as "transactionIds" from cases`,
  )
  const refunds = await askPatiently<Row<Refund> & { minor: string }>(
    `select f.id, f.bank_code as bank, r.bank_transaction_id as "transactionId", f.status, f.mode, f.amount_minor::text as minor,
        f.currency, f.payment_number::float8 as payment from refunds f join receipts r on r.id = f.receipt_id`,
  )
  const reversed = await askPatiently<{ key: string }>(
    `select r.bank_code || ' ' || r.bank_transaction_id as key from receipts r where (select j.kind from journals j
        where j.receipt_id = r.id and j.kind in ('reversal', 'adjustment') order by j.id desc limit 1) = 'reversal'`,
  )
  return {
    movements: Object.entries(journal.banks).flatMap(([bank, one]) =>
      one.payments.map((payment) => ({ bank, ...payment })),
    ),
    told: [...memory.values()],
    credits: Object.entries(journal.policySystems).flatMap(([system, { credits }]) =>
      credits.map((credit) => ({ system, ...credit, paymentId: String(credit.paymentId) })),
    ),
    receipts: receipts.map((one) => ({ ...one, payment: one.payment ?? undefined, minor: BigInt(one.minor) })),
    payments: payments.map((one) => ({ ...one, minor: BigInt(one.minor) })),
    cases,
    refunds: refunds.map((one) => ({ ...one, payment: one.payment ?? undefined, minor: BigInt(one.minor) })),
    creditNotes: Object.entries(journal.policySystems).flatMap(([system, { creditNotes }]) =>
      creditNotes.map((note) => ({ system, ...note, paymentId: String(note.paymentId) })),
    ),
    excusedNotes: new Set(
      cases.filter(({ kind }) => kind.startsWith('credit_note_')).map(({ payment }) => payment ?? 0),
    ),
    reversed: reversed.map(({ key }) => key),
  }
}

async function readDeliveries(ground: Ground): Promise<readonly SimulatedDelivery[]> {
  const answer = await ground.simulator.controlPatiently('GET', '/_simulator/deliveries')
  return answer.json['deliveries'] as unknown as readonly SimulatedDelivery[]
}

/** What must still happen by itself: every sentence names what is waited for. */
export async function readUnfinished(ground: Ground): Promise<string[]> {
  const pending = (await readDeliveries(ground)).filter(({ state }) => state === 'pending').length
  const [row] = await ground.postgres.askPatiently<{ messages: number; events: number; refunds: number }>(
    // What a notice says and the bank's list does not is asked about for 15 minutes: that is no unfinished work.
    `select (select count(*)::int from inbox where decided_at is null and not (outcome = 'waiting'
          and (answer_status = 200 or sentence like '%does not list the money%' or sentence like '%lists no money%'))) as messages,
        (select count(*)::int from event_deliveries where state = 'due') as events,
        (select count(*)::int from refunds where status in ('requested', 'pending', 'processing')) as refunds`,
  )
  return [
    [pending, 'messages that the banks still tell'],
    [row?.messages ?? 0, 'messages that are not decided'],
    [row?.events ?? 0, 'events that are not delivered'],
    [row?.refunds ?? 0, 'refunds that are not sent or not proved'],
  ].flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]))
}

/** Whether the hub asks banks by itself about codes it showed: then no notice is needed for money to be found. */
export async function hubAsksByItself(ground: Ground): Promise<boolean> {
  const [row] = await ground.postgres.askPatiently<{ asks: boolean }>(
    `select to_regclass('checks') is not null as asks`,
  )
  return row?.asks ?? false
}
