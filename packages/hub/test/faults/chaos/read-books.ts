import type { Books, Case, CreditNote, Movement, Payment, Receipt, Refund, Told, Wallet } from './compare-books.ts'
import type { Ground } from './ground.ts'
import { readOrders } from './read-orders.ts'

type Row<Shape> = { readonly [Key in keyof Shape]: Shape[Key] extends bigint ? string : Shape[Key] }

/** As the journal has it. */
type Listed = Omit<Movement, 'bank' | 'refunds'> & {
  readonly refunds: readonly (Pick<Movement['refunds'][number], 'amount'> & Partial<Movement['refunds'][number]>)[]
}

type Journal = {
  readonly banks: Readonly<Record<string, { readonly payments: readonly Listed[] }>>
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

/** What is remembered over the rounds of a run. */
export type Memory = {
  /** The simulator forgets old deliveries. */
  readonly told: Map<string, Told>
  /** Pairs of payments whose codes a bank tells the same transfer of; whoever plays them adds them first. */
  readonly sharedTransfers: (readonly [number, number])[]
  /** Top-ups and orders' payments that were seen to have expired without a look after their code's end: a later look would hide it. */
  readonly expiredUnasked: Set<number>
}

/** The simulated bank without a call to ask about payments. */
const unasked = new Set(['BANK02'])

/** The bank that is told no id of ours with a refund. */
const withoutRefundIds = new Set(['ABA'])

/** Notes what is not seen any more later. */
export async function remember(ground: Ground, { told, expiredUnasked }: Memory): Promise<void> {
  for (const { id, bank, transactionId, attempts } of await readDeliveries(ground)) {
    told.set(id, { bank, transactionId, answers: attempts.map((attempt) => attempt.status) })
  }
  const rows = await ground.postgres.askPatiently<{ number: number }>(
    `select p.number::float8 as number from payments p join checks c on c.payment_number = p.number
      where p.payable_kind in ('topup', 'order') and p.status = 'expired'
        -- When it was asked last is wiped out for codes whose clock is moved after they were closed.
        and (c.last_asked_at is null and c.asks = 0 or c.last_asked_at <
        (select max(a.expires_at) from attempts a where a.payment_number = p.number and a.bank_code = c.bank_code
          and a.qr_string is not null))`,
  )
  for (const { number } of rows) expiredUnasked.add(number)
}

/** The three books as they are now: the banks' journal, ours, and the policy systems' credits. */
export async function readBooks(ground: Ground, memory: Memory): Promise<Books> {
  const { askPatiently } = ground.postgres
  const journal = (await ground.simulator.controlPatiently('GET', '/_simulator/journal')).json as unknown as Journal
  await remember(ground, memory)
  const receipts = await askPatiently<Row<Receipt> & { minor: string }>(
    `select bank_code as bank, bank_transaction_id as "transactionId", reference, payment_number::float8 as payment,
        amount_minor::text as minor, currency, proof,
        array(select a.payment_number::float8 from applications a where a.receipt_id = r.id) as settled from receipts r`,
  )
  const cases = await askPatiently<Case>(
    `select kind, bank_code as bank, payment_number::float8 as payment,
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
  const customerReceipts = await askPatiently<{ payment: number }>(
    'select payment_number::float8 as payment from customer_receipts',
  )
  const wallets = await askPatiently<Row<Wallet>>(
    `select account, currency, (-sum(amount_minor))::text as minor from entries where account like 'wallet:%' group by 1, 2`,
  )
  return {
    movements: Object.entries(journal.banks).flatMap(([bank, one]) =>
      one.payments.map((payment) => ({
        bank,
        ...payment,
        reference: paymentOf(payment.reference),
        refunds: payment.refunds.map((refund) => ({ ...sum, ...refund })),
      })),
    ),
    told: [...memory.told.values()],
    credits: Object.entries(journal.policySystems).flatMap(([system, { credits }]) =>
      credits.map((credit) => ({ system, ...credit, paymentId: String(credit.paymentId) })),
    ),
    receipts: receipts.map((one) => ({ ...one, payment: one.payment ?? undefined, minor: BigInt(one.minor) })),
    payments: await readPayments(ground),
    cases,
    refunds: refunds.map((one) => ({ ...one, payment: one.payment ?? undefined, minor: BigInt(one.minor) })),
    creditNotes: Object.entries(journal.policySystems).flatMap(([system, { creditNotes }]) =>
      creditNotes.map((note) => ({ system, ...note, paymentId: String(note.paymentId) })),
    ),
    excusedNotes: new Set(
      cases.filter(({ kind }) => kind.startsWith('credit_note_')).map(({ payment }) => payment ?? 0),
    ),
    reversed: reversed.map(({ key }) => key),
    unasked,
    sharedTransfers: memory.sharedTransfers,
    wallets: wallets.map((one) => ({ ...one, minor: BigInt(one.minor) })),
    expiredUnasked: [...memory.expiredUnasked],
    orders: await readOrders(ground),
    withoutRefundIds,
    customerReceipts: customerReceipts.map(({ payment }) => payment),
  }
}

async function readPayments(ground: Ground): Promise<Payment[]> {
  const payments = await ground.postgres.askPatiently<
    Row<Payment> & { minor: string; part: string | null; applied: string | null }
  >(
    `select p.number::float8 as number, p.status, p.biller, p.bill_number as "billNumber", p.bill_key as "billKey",
        p.amount_minor::text as minor, p.currency, 'wallet:' || t.user_id as wallet,
        case p.payable_kind when 'order' then p.bill_number end as "order",
        (select sum(a.amount_minor)::text from applications a where a.payment_number = p.number) as applied,
        (select sum(a.amount_minor)::text from acts a where a.payment_number = p.number and a.kind = 'apply' and a.status = 'done') as part,
        (select extract(epoch from max(h.at))::float8 * 1000 from payment_history h
          where h.payment_number = p.number and h.to_status = 'expired') as "expiredAt"
      from payments p left join topups t on t.payment_number = p.number`,
  )
  return payments.map(({ part, applied, ...one }) => ({
    ...one,
    minor: BigInt(one.minor),
    partMinor: BigInt(part ?? 0),
    appliedMinor: BigInt(applied ?? 0),
    order: one.order ?? undefined,
    wallet: one.wallet ?? undefined,
    expiredAt: one.expiredAt ?? undefined,
  }))
}

/** A bank that knows refunds by their sum says no more of one than its amount. */
const sum = { refundId: undefined, status: 'REFUNDED' } as const

/** Where each code has a reference of its own, the payment's number comes before the dash. */
function paymentOf(reference: string): string {
  return /^(\d+)-\w+$/.exec(reference)?.[1] ?? reference
}

async function readDeliveries(ground: Ground): Promise<readonly SimulatedDelivery[]> {
  const answer = await ground.simulator.controlPatiently('GET', '/_simulator/deliveries')
  return answer.json['deliveries'] as unknown as readonly SimulatedDelivery[]
}

/** What must still happen by itself: every sentence names what is waited for. */
export async function readUnfinished(ground: Ground): Promise<string[]> {
  const pending = (await readDeliveries(ground)).filter(({ state }) => state === 'pending').length
  type Row = { messages: number; events: number; refunds: number; letters: number }
  const [row] = await ground.postgres.askPatiently<Row>(
    // What a notice says and the bank's list does not is asked about for 15 minutes: that is no unfinished work.
    `select (select count(*)::int from inbox where decided_at is null and not (outcome = 'waiting'
          and (answer_status = 200 or sentence like '%does not list the money%' or sentence like '%lists no money%'))) as messages,
        (select count(*)::int from event_deliveries where state = 'due') as events,
        (select count(*)::int from customer_messages where state = 'due') as letters,
        (select count(*)::int from refunds where status in ('requested', 'pending', 'processing')) as refunds`,
  )
  return [
    [pending, 'messages that the banks still tell'],
    [row?.messages ?? 0, 'messages that are not decided'],
    [row?.events ?? 0, 'events that are not delivered'],
    [row?.letters ?? 0, 'messages to customers that are not sent'],
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
