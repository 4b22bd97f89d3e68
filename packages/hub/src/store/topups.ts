import type { Payment } from '../domain/payment.ts'
import type { Db } from './db.ts'
import { type OpeningOrder, readOpening, type Opening } from './payments.ts'
import { storableJson } from './storable-text.ts'

/** What a top-up is beside its payment. */
export type Topup = {
  readonly paymentNumber: number
  readonly userId: string
  readonly description: string | undefined
  /** SHA-256 of its code's text, 64 hex digits; undefined before a code was made. */
  readonly handle: string | undefined
  readonly checkoutToken: string
  /** The façade's caller; undefined for others. */
  readonly merchantKey: string | undefined
  /** The caller's own number on the façade, else our payment number. */
  readonly billNumber: string
  /** `delayed`: it may be seen only tomorrow, or by other means (clause 12). */
  readonly confirmation: 'automatic' | 'delayed'
  /** When its bank is asked next, as far as can be said; undefined when it is not asked any more. */
  readonly nextCheckAt: Date | undefined
  readonly returnUrl: string | undefined
  readonly cancelUrl: string | undefined
}

export type TopupOpening = {
  readonly userId: string
  readonly description: string | undefined
  readonly merchantKey: string | undefined
  readonly callerBillNumber: string | undefined
  readonly announced: Topup['confirmation']
}

/** Opens the one payment of a top-up, or finds it. Throws `Conflict`. */
export async function openTopupPayment(
  db: Db,
  order: OpeningOrder & {
    readonly topup: TopupOpening
    readonly checkout: {
      readonly token: string
      readonly returnUrl: string | undefined
      readonly cancelUrl: string | undefined
    }
  },
): Promise<Opening> {
  const { amount, ...rest } = order
  const rows = await db.query<{ answer: unknown }>('open_topup', 'select open_topup($1) as answer', [
    storableJson({ ...rest, amountMinor: amount.amountMinor.toString(), currency: amount.currency }),
  ])
  return readOpening(rows[0]?.answer)
}

/** The open payment of a façade's bill; undefined when there is none. */
export async function findOpenBill(db: Db, biller: string, billNumber: string): Promise<number | undefined> {
  const rows = await db.query<{ number: string }>(
    'open_topup_of_bill',
    `select number from payments where payable_kind = 'topup' and biller = $1 and bill_number = $2
      and status in ('pending', 'processing')`,
    [biller, billNumber],
  )
  return rows[0] && Number(rows[0].number)
}

/** Names the shown code: by its handle a caller of the façade asks about it. The first code keeps its name. */
export async function nameCode(db: Db, paymentNumber: number, handle: string): Promise<void> {
  await db.query('name_code', 'update topups set handle = $2 where payment_number = $1 and handle is null', [
    paymentNumber,
    handle,
  ])
}

/** Undefined when the payment is not a top-up. */
export async function readTopup(db: Db, paymentNumber: number): Promise<Topup | undefined> {
  const rows = await db.query<TopupRow>(
    'read_topup',
    // What was to be asked about at its end and was not yet (nobody could be asked) is confirmed later, whatever was said.
    `select t.payment_number, t.user_id, t.description, t.handle, t.merchant_key, t.caller_bill_number, c.token,
        c.return_url, c.cancel_url, k.next_at,
        case when p.status in ('pending', 'processing') and k.ends_at < now()
            and (k.last_asked_at is null or k.last_asked_at < k.ends_at) and k.next_at > now() + interval '5 minutes'
          then 'delayed' else t.announced end as confirmation
      from topups t join payments p on p.number = t.payment_number join checkouts c on c.payment_number = t.payment_number
        left join lateral (select min(next_at) as next_at, max(ends_at) as ends_at, max(last_asked_at) as last_asked_at
          from checks where payment_number = t.payment_number) k on true
      where t.payment_number = $1`,
    [paymentNumber],
  )
  const row = rows[0]
  if (!row) return undefined
  return {
    paymentNumber,
    userId: row.user_id,
    description: row.description ?? undefined,
    handle: row.handle ?? undefined,
    checkoutToken: row.token,
    merchantKey: row.merchant_key ?? undefined,
    billNumber: row.caller_bill_number ?? String(paymentNumber),
    confirmation: row.confirmation,
    nextCheckAt: row.next_at ?? undefined,
    returnUrl: row.return_url ?? undefined,
    cancelUrl: row.cancel_url ?? undefined,
  }
}

type TopupRow = {
  user_id: string
  description: string | null
  handle: string | null
  merchant_key: string | null
  caller_bill_number: string | null
  token: string
  return_url: string | null
  cancel_url: string | null
  next_at: Date | null
  confirmation: Topup['confirmation']
}

/** What a top-up may be found by. */
export type TopupName =
  | { readonly paymentId: string }
  | { readonly handle: string }
  /** MD5 of a code that was shown for it. */
  | { readonly md5: string }
  | { readonly checkoutToken: string }
  /** The bank's id of money that settled it. */
  | { readonly transactionHash: string }

/** The number of the payment with this name; undefined when there is none. A page's token finds payments of every kind. */
export async function findTopup(db: Db, by: TopupName): Promise<Payment['number'] | undefined> {
  const [name, sql, value] = findings(by)
  const rows = await db.query<{ number: string }>(name, sql, [value])
  return rows[0] && Number(rows[0].number)
}

function findings(by: TopupName): [name: string, sql: string, value: string] {
  if ('paymentId' in by)
    return [
      'topup_by_id',
      'select t.payment_number as number from topups t join payments p on p.number = t.payment_number where p.id = $1',
      by.paymentId,
    ]
  if ('handle' in by)
    return ['topup_by_handle', 'select payment_number as number from topups where handle = $1', by.handle]
  if ('md5' in by)
    return [
      'topup_by_md5',
      'select t.payment_number as number from attempts a join topups t using (payment_number) where a.qr_md5 = $1',
      by.md5,
    ]
  if ('checkoutToken' in by)
    return ['payment_by_checkout', 'select payment_number as number from checkouts where token = $1', by.checkoutToken]
  return [
    'topup_by_transaction',
    `select t.payment_number as number from receipts r join applications x on x.receipt_id = r.id
        join topups t on t.payment_number = x.payment_number where r.bank_transaction_id = $1 and r.network is not null limit 1`,
    by.transactionHash,
  ]
}
