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
  /** The payment that its money settled, else the one that it named. */
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

/** A user's wallet: the sum of its entries, and the newest of them, those before journal `before` only. */
export async function readWallet(
  db: Db,
  asked: { readonly userId: string; readonly limit: number; readonly before: number | undefined },
): Promise<Wallet> {
  const account = `wallet:${asked.userId}`
  const [balances, entries] = await Promise.all([readBalances(db, account), readEntries(db, account, asked)])
  return { balances, entries }
}

/** A wallet is what we owe its user: credits are negative in the books and money to him. */
async function readBalances(db: Db, account: string): Promise<Record<Currency, bigint>> {
  const rows = await db.query<{ currency: Currency; minor: string }>(
    'wallet_balances',
    'select currency, -sum(amount_minor) as minor from entries where account = $1 group by currency',
    [account],
  )
  const of = (currency: Currency) => BigInt(rows.find((row) => row.currency === currency)?.minor ?? 0)
  return { USD: of('USD'), KHR: of('KHR') }
}

async function readEntries(
  db: Db,
  account: string,
  { limit, before }: { readonly limit: number; readonly before: number | undefined },
): Promise<WalletEntry[]> {
  const rows = await db.query<{
    journal_id: string
    kind: WalletEntry['kind']
    minor: string
    currency: Currency
    payment_id: string | null
    description: string | null
    recorded_at: Date
  }>(
    'wallet_entries',
    `with part as (
      select e.journal_id, e.currency, -sum(e.amount_minor) as minor from entries e
        where e.account = $1 and ($2::bigint is null or e.journal_id < $2)
        group by e.journal_id, e.currency order by e.journal_id desc limit $3
    ) select part.journal_id, j.kind, part.minor, part.currency, p.id as payment_id, t.description, j.recorded_at
        from part join journals j on j.id = part.journal_id join receipts r on r.id = j.receipt_id
        left join applications a on a.receipt_id = r.id
        left join payments p on p.number = coalesce(a.payment_number, r.payment_number)
        left join topups t on t.payment_number = p.number
        order by part.journal_id desc`,
    [account, before ?? null, limit + 1],
  )
  return rows.map((row) => ({
    journalId: Number(row.journal_id),
    kind: row.kind,
    amountMinor: BigInt(row.minor),
    currency: row.currency,
    paymentId: row.payment_id ?? undefined,
    description: row.description ?? undefined,
    recordedAt: row.recorded_at,
  }))
}
