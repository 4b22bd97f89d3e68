import type { Channel } from '../domain/payment.ts'
import type { Currency } from '../money/money.ts'
import type { Db } from './db.ts'

/** Which of these movements are already in the books under another payment, or under none. */
export async function findReceiptsElsewhere(
  db: Db,
  keys: { readonly bankCode: string; readonly merchantAccountId: number; readonly channel: Channel },
  bankTransactionIds: readonly string[],
  paymentNumber: number,
): Promise<Set<string>> {
  const rows = await db.query<{ bank_transaction_id: string }>(
    'receipts_elsewhere',
    `select bank_transaction_id from receipts
      where bank_code = $1 and merchant_account_id = $2 and channel = $3 and bank_transaction_id = any($4)
        and payment_number is distinct from $5`,
    [keys.bankCode, keys.merchantAccountId, keys.channel, bankTransactionIds, paymentNumber],
  )
  return new Set(rows.map((row) => row.bank_transaction_id))
}

/** What a bank's unproved notices settled since `since`, in minor units. */
export async function noticeTotal(db: Db, bankCode: string, currency: Currency, since: Date): Promise<bigint> {
  const rows = await db.query<{ total: string }>(
    'notice_total',
    `select coalesce(sum(amount_minor), 0) as total from receipts
      where bank_code = $1 and currency = $2 and proof = 'notice' and recorded_at >= $3`,
    [bankCode, currency, since],
  )
  return BigInt(rows[0]?.total ?? '0')
}
