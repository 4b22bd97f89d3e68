import type { Currency } from '../money/money.ts'
import type { Db } from './db.ts'

/** What one journal did to a wallet. */
export type WalletEntry = {
  readonly journalId: number
  /** Why the journal was written. */
  readonly kind: 'receipt' | 'resolution' | 'refund' | 'reversal' | 'adjustment'
  /** What the balance grew by; negative where it shrank. */
  readonly amountMinor: bigint
  readonly currency: Currency
  /** The user's payment that its money settled, else the one that it named. */
  readonly paymentId: string | undefined
  /** What was said of that top-up when it was opened. */
  readonly description: string | undefined
  readonly recordedAt: Date
}

export type Wallet = {
  readonly balances: Readonly<Record<Currency, bigint>>
  /** One more than `limit` where there are more. */
  readonly entries: readonly WalletEntry[]
}

type Row = {
  readonly balances: Readonly<Partial<Record<Currency, string>>>
  readonly entries: readonly {
    readonly journalId: number
    readonly kind: WalletEntry['kind']
    readonly minor: string
    readonly currency: Currency
    readonly paymentId: string | null
    readonly description: string | null
    readonly recordedAt: string
  }[]
}

/**
 * A user's wallet at one moment: the sum of its entries, and the newest of them, those before journal `before` only. It is
 * what we owe its user: credits are negative in the books and money to him.
 */
export async function readWallet(
  db: Db,
  asked: { readonly userId: string; readonly limit: number; readonly before: number | undefined },
): Promise<Wallet> {
  const rows = await db.query<Row>(
    'read_wallet',
    `with part as (
      select e.journal_id, e.currency, -sum(e.amount_minor) as minor from entries e
        where e.account = $1 and ($2::bigint is null or e.journal_id < $2)
        group by e.journal_id, e.currency order by e.journal_id desc limit $3
    ), shown as (
      select part.*, j.kind, j.recorded_at, r.payment_number as named,
          (select a.payment_number from applications a join topups o on o.payment_number = a.payment_number
            where a.receipt_id = r.id and o.user_id = $4 order by a.id desc limit 1) as settled
        from part join journals j on j.id = part.journal_id join receipts r on r.id = j.receipt_id
    ) select
      (select coalesce(jsonb_object_agg(b.currency, b.minor), '{}') from (
        select currency, (-sum(amount_minor))::text as minor from entries where account = $1 group by currency) b) as balances,
      (select coalesce(jsonb_agg(jsonb_build_object('journalId', s.journal_id, 'kind', s.kind, 'minor', s.minor::text,
          'currency', s.currency, 'paymentId', p.id, 'description', t.description, 'recordedAt', s.recorded_at)
          order by s.journal_id desc), '[]')
        from shown s left join payments p on p.number = coalesce(s.settled, s.named)
          left join topups t on t.payment_number = p.number and t.user_id = $4) as entries`,
    [`wallet:${asked.userId}`, asked.before ?? null, asked.limit + 1, asked.userId],
  )
  const { balances = {}, entries = [] } = rows[0] ?? {}
  return {
    balances: { USD: BigInt(balances.USD ?? 0), KHR: BigInt(balances.KHR ?? 0) },
    entries: entries.map((entry) => ({
      journalId: entry.journalId,
      kind: entry.kind,
      amountMinor: BigInt(entry.minor),
      currency: entry.currency,
      paymentId: entry.paymentId ?? undefined,
      description: entry.description ?? undefined,
      recordedAt: new Date(entry.recordedAt),
    })),
  }
}
