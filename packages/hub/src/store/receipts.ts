import type { Channel } from '../domain/payment.ts'
import type { Db } from './db.ts'

/** Which of these movements are already in the books under another payment, or under none. */
export async function findReceiptsElsewhere(
  db: Db,
  keys: {
    readonly bankCode: string
    readonly merchantAccountId: number
    readonly channel: Channel
    /** On a network an id is looked for under every bank and account. */
    readonly network?: string | undefined
  },
  bankTransactionIds: readonly string[],
  paymentNumber: number,
): Promise<Set<string>> {
  const rows = await db.query<{ bank_transaction_id: string }>(
    'receipts_elsewhere',
    `select bank_transaction_id from receipts
      where (bank_code = $1 and merchant_account_id = $2 and channel = $3 or network = $6) and bank_transaction_id = any($4)
        and payment_number is distinct from $5`,
    [keys.bankCode, keys.merchantAccountId, keys.channel, bankTransactionIds, paymentNumber, keys.network ?? null],
  )
  return new Set(rows.map((row) => row.bank_transaction_id))
}
