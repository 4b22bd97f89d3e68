import type { Db } from './db.ts'

/** The page that a payment is paid on, and the shop's ways back. */
export type Checkout = {
  readonly token: string
  readonly returnUrl: string | undefined
  readonly cancelUrl: string | undefined
}

/** Undefined when the payment has no page. */
export async function readCheckout(db: Db, paymentNumber: number): Promise<Checkout | undefined> {
  const rows = await db.query<{ token: string; return_url: string | null; cancel_url: string | null }>(
    'read_checkout',
    'select token, return_url, cancel_url from checkouts where payment_number = $1',
    [paymentNumber],
  )
  const row = rows[0]
  return row && { token: row.token, returnUrl: row.return_url ?? undefined, cancelUrl: row.cancel_url ?? undefined }
}

/** The payment's page: the one there is, whoever made it, or else this one. A page's link and ways back never change. */
export async function ensureCheckout(db: Db, paymentNumber: number, wanted: Checkout): Promise<Checkout> {
  await db.query(
    'insert_checkout',
    `insert into checkouts (token, payment_number, return_url, cancel_url) values ($1, $2, $3, $4)
       on conflict (payment_number) do nothing`,
    [wanted.token, paymentNumber, wanted.returnUrl, wanted.cancelUrl],
  )
  const checkout = await readCheckout(db, paymentNumber)
  if (!checkout) throw new Error(`Payment ${paymentNumber} has no page`)
  return checkout
}
