import { readBanks } from '../../store/banks.ts'
import type { Db } from '../../store/db.ts'
import { readPayment } from '../../store/payments.ts'
import { findPaymentNumberOf } from './find-payment.ts'
import { type FieldErrors, refuseErrors } from '../read-input.ts'

/**
 * The bank and the payment that a list is filtered by. Throws BAD_REQUEST for one that is not there: an empty list would
 * look as if nothing had happened to it.
 */
export async function readListFilter(
  db: Db,
  query: { readonly bank?: string; readonly payment?: string },
): Promise<{ bankCode: string | undefined; paymentNumber: number | undefined }> {
  const bankCode = query.bank?.toUpperCase()
  const paymentNumber = query.payment === undefined ? undefined : await findPaymentNumberOf(db, query.payment)
  const errors = new Map<string, string>()
  const banks = bankCode === undefined ? [] : (await readBanks(db)).map((bank) => bank.code).sort()
  if (bankCode !== undefined && !banks.includes(bankCode))
    errors.set('bank', `is "${query.bank}", and must be one of ${banks.join(', ')}`)
  if (paymentNumber !== undefined && !(await readPayment(db, paymentNumber)))
    errors.set('payment', `is "${query.payment}", and there is no such payment`)
  refuseErrors(errors satisfies FieldErrors)
  return { bankCode, paymentNumber }
}
