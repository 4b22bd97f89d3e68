import type { Payment } from '../domain/payment.ts'
import type { Db } from '../store/db.ts'
import { findPaymentNumber, readPayment } from '../store/payments.ts'
import { UsageError } from './usage-error.ts'

/** The payment behind either form of its id. Throws `UsageError` for what is no id. */
export async function findPayment(db: Db, id: string): Promise<Payment> {
  const number = await findNumber(db, id)
  const payment = number === undefined ? undefined : await readPayment(db, number)
  if (!payment) throw new Error(`There is no payment ${id}.`)
  return payment
}

/** The number that a list is filtered by: undefined for all payments, 0, which is nobody's, for one that is not there. */
export async function paymentToList(db: Db, id: string | undefined): Promise<number | undefined> {
  return id === undefined ? undefined : ((await findNumber(db, id)) ?? 0)
}

async function findNumber(db: Db, id: string): Promise<number | undefined> {
  if (!/^(?:[1-9]\d{0,14}|pay_[0-9a-z]{26})$/.test(id)) {
    throw new UsageError(
      `"${id.slice(0, 60)}" is no payment id: write a number such as 150001, or an id that begins with pay_.`,
    )
  }
  return id.startsWith('pay_') ? findPaymentNumber(db, id) : Number(id)
}
