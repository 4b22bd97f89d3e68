import type { ReceiptFacts } from '../domain/customer-receipt.ts'
import type { PayableKind, Proof } from '../domain/payment.ts'
import type { Currency } from '../money/money.ts'
import type { Db } from './db.ts'
import { storableJson } from './storable-text.ts'

/** What the books say now of a receipt that was issued, or of the one that would be. */
export type KnownReceipt = {
  readonly facts: ReceiptFacts
  /** Undefined: it is not issued yet, and its number was drawn for it just now. */
  readonly issued: { readonly secret: Buffer; readonly mac: Buffer; readonly at: Date } | undefined
  /** Undefined after erasure. */
  readonly payer: PaidBy | undefined
}

export type PaidBy = {
  /** May be empty. */
  readonly name: string
  readonly email: string | undefined
  readonly phone: string | undefined
}

/** The receipts of these payments, as far as they are completed with money applied. In no order. */
export async function readCustomerReceipts(db: Db, paymentNumbers: readonly number[]): Promise<KnownReceipt[]> {
  const rows = await db.query<{ receipt: Row }>(
    'read_customer_receipts',
    'select read_customer_receipts($1) as receipt',
    [paymentNumbers],
  )
  return rows.map(({ receipt }) => fromRow(receipt))
}

/** The receipts that are issued of these payments: what a link needs. In no order. */
export async function readIssuedReceipts(
  db: Db,
  paymentNumbers: readonly number[],
): Promise<{ paymentNumber: number; number: number; mac: Buffer }[]> {
  const rows = await db.query<{ payment_number: string; number: string; mac: Buffer }>(
    'issued_receipts',
    'select payment_number, number, mac from customer_receipts where payment_number = any($1)',
    [paymentNumbers],
  )
  return rows.map((row) => ({ paymentNumber: Number(row.payment_number), number: Number(row.number), mac: row.mac }))
}

/** The payment whose receipt has this number; undefined when there is none. */
export async function paymentOfReceipt(db: Db, number: number): Promise<number | undefined> {
  const rows = await db.query<{ payment_number: string }>(
    'payment_of_receipt',
    'select payment_number from customer_receipts where number = $1',
    [number],
  )
  return rows[0] && Number(rows[0].payment_number)
}

export type NewCustomerReceipt = {
  readonly number: number
  readonly paymentNumber: number
  readonly secret: Buffer
  readonly mac: Buffer
  readonly receiptIds: readonly number[]
}

/** What the customer is told, as the journal keeps it: once per payment, whoever was told it how. */
export type CustomerNote = {
  readonly paymentNumber: number
  readonly channel: string
  /** Masked. */
  readonly recipient: string
  readonly textEn: string
  readonly textKm: string
}

export type NewCustomerMessage = {
  readonly id: string
  readonly paymentNumber: number
  readonly channel: string
  /** Masked. */
  readonly recipient: string
}

/**
 * In one statement: receipts are issued, what customers are told is noted, messages are queued, and the deliveries at
 * `positions` are done. A payment that has a receipt, a note or a message of that channel keeps the one it has.
 */
export async function writeCustomerReceipts(
  db: Db,
  told: {
    readonly receipts: readonly NewCustomerReceipt[]
    readonly notes: readonly CustomerNote[]
    readonly messages: readonly NewCustomerMessage[]
    readonly positions: readonly number[]
  },
): Promise<void> {
  // Always in the order of their payments, so that no two writers wait for each other.
  const inOrder = told.receipts.toSorted((a, b) => a.paymentNumber - b.paymentNumber)
  const receipts = inOrder.map(({ secret, mac, ...receipt }) => ({
    ...receipt,
    secret: secret.toString('base64'),
    mac: mac.toString('base64'),
  }))
  await db.query('tell_customers', 'select tell_customers($1)', [storableJson({ ...told, receipts })])
}

type Row = {
  number: number
  paymentNumber: number
  payableKind: PayableKind
  biller: string
  billNumber: string
  billKey: string
  creditAccount: string
  amountMinor: string
  currency: Currency
  issued: { secret: string; mac: string; at: string } | null
  payer: { name: string; email: string | null; phone: string | null } | null
  movements:
    | {
        receiptId: number
        bankCode: string
        bankTransactionId: string
        amountMinor: string
        currency: Currency
        paidAt: string
        proof: Proof
      }[]
    | null
}

function fromRow({ issued, payer, movements, amountMinor, currency, ...facts }: Row): KnownReceipt {
  return {
    facts: {
      ...facts,
      amount: { amountMinor: BigInt(amountMinor), currency },
      movements: (movements ?? []).map((one) => ({
        receiptId: one.receiptId,
        bankCode: one.bankCode,
        bankTransactionId: one.bankTransactionId,
        amount: { amountMinor: BigInt(one.amountMinor), currency: one.currency },
        paidAt: new Date(one.paidAt),
        proof: one.proof,
      })),
    },
    issued: issued
      ? {
          secret: Buffer.from(issued.secret, 'base64'),
          mac: Buffer.from(issued.mac, 'base64'),
          at: new Date(issued.at),
        }
      : undefined,
    payer: payer ? { name: payer.name, email: payer.email ?? undefined, phone: payer.phone ?? undefined } : undefined,
  }
}
