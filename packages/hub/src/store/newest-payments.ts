import type { Payment } from '../domain/payment.ts'
import type { Status } from '../domain/transitions.ts'
import type { Currency, Money } from '../money/money.ts'
import type { Db } from './db.ts'

/** A payment as a list of the newest shows it. */
export type NewestPayment = Pick<Payment, 'number' | 'payableKind' | 'billNumber'> & {
  readonly amount: Money
  readonly status: Status
  /** Money of it waits for a person. */
  readonly isHeld: boolean
  /** Whose wallet it fills; undefined for others. */
  readonly userId: string | undefined
  /** Of its page; undefined where it has none. */
  readonly checkoutToken: string | undefined
}

/** The payments that were opened last, the newest first. */
export async function newestPayments(db: Db, limit: number): Promise<NewestPayment[]> {
  const rows = await db.query<{
    number: string
    payable_kind: Payment['payableKind']
    bill_number: string
    amount_minor: string
    currency: Currency
    status: Status
    is_held: boolean
    user_id: string | null
    token: string | null
  }>(
    'newest_payments',
    `select p.number, p.payable_kind, p.bill_number, p.amount_minor, p.currency, p.status, t.user_id, c.token,
        exists (select from receipts r join suspense s on s.receipt_id = r.id
          where r.payment_number = p.number and s.state = 'open') as is_held
      from payments p left join topups t on t.payment_number = p.number left join checkouts c on c.payment_number = p.number
      order by p.number desc limit $1`,
    [limit],
  )
  return rows.map((row) => ({
    number: Number(row.number),
    payableKind: row.payable_kind,
    billNumber: row.bill_number,
    amount: { amountMinor: BigInt(row.amount_minor), currency: row.currency },
    status: row.status,
    isHeld: row.is_held,
    userId: row.user_id ?? undefined,
    checkoutToken: row.token ?? undefined,
  }))
}
