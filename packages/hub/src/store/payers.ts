import type { Db } from './db.ts'

export type Payer = { readonly name: string; readonly email: string | null; readonly phone: string | null }

/** The payer's data of one payment; undefined after erasure. */
export async function readPayer(db: Db, paymentNumber: number): Promise<Payer | undefined> {
  const rows = await db.query<Payer>('read_payer', 'select name, email, phone from payers where payment_number = $1', [
    paymentNumber,
  ])
  return rows[0]
}
