import type { Payment } from '../domain/payment.ts'
import { readBanks } from '../store/banks.ts'
import { idOfUuid } from '../kit/ids.ts'
import type { Db } from '../store/db.ts'
import { findPaymentOfReference } from '../store/callbacks.ts'
import { findPaymentNumber, readPayment } from '../store/payments.ts'
import { UsageError } from './usage-error.ts'
import { readWord } from './with-database.ts'

/** The payment behind any form of its id. Throws `UsageError` for what is no id. */
export async function findPayment(db: Db, id: string): Promise<Payment> {
  const number = await findNumber(db, id)
  const payment = number === undefined ? undefined : await readPayment(db, number)
  if (!payment) throw new Error(`There is no payment ${id}.`)
  return payment
}

/**
 * The bank and the payment that a list is filtered by. Throws `UsageError` for one that is not there: an empty list would
 * look as if nothing had happened to it.
 */
export async function readListFilter(
  db: Db,
  options: { readonly bank?: string; readonly payment?: string },
): Promise<{ bankCode: string | undefined; paymentNumber: number | undefined }> {
  const banks = options.bank === undefined ? [] : (await readBanks(db)).map((bank) => bank.code).sort()
  const bankCode = readWord('--bank', banks, options.bank?.toUpperCase())
  if (options.payment === undefined) return { bankCode, paymentNumber: undefined }
  const number = await findNumber(db, options.payment)
  if (number === undefined || !(await readPayment(db, number)))
    throw new UsageError(`--payment: there is no payment ${options.payment}.`)
  return { bankCode, paymentNumber: number }
}

async function findNumber(db: Db, id: string): Promise<number | undefined> {
  const ofUuid = idOfUuid('pay', id)
  if (ofUuid !== undefined) return findPaymentNumber(db, ofUuid)
  if (!/^(?:[1-9]\d{0,14}(?:-[0-9a-z]{6})?|pay_[0-9a-z]{26})$/.test(id)) {
    throw new UsageError(
      `"${id.slice(0, 60)}" is no payment id: write a number such as 150001, an id that begins with pay_, ` +
        "the uuid of an order's payment, or the reference of a code such as 150001-k3f9q2.",
    )
  }
  if (id.startsWith('pay_')) return findPaymentNumber(db, id)
  return id.includes('-') ? findPaymentOfReference(db, id) : Number(id)
}
