import { Refusal } from '../../domain/errors.ts'
import type { Db } from '../../store/db.ts'
import { findPaymentNumber } from '../../store/payments.ts'

/** The number behind either form of a payment's id; 0, which is nobody's, where there is none. */
export async function findPaymentNumberOf(db: Db, id: string): Promise<number> {
  return id.startsWith('pay_') ? ((await findPaymentNumber(db, id)) ?? 0) : Number(id)
}

/** The same for one that must be there. Throws RESOURCE_NOT_FOUND; a number is believed, and not found later. */
export async function knownPaymentNumber(db: Db, id: string): Promise<number> {
  const number = await findPaymentNumberOf(db, id)
  if (number === 0) throw new Refusal('RESOURCE_NOT_FOUND', 'No such payment', { details: `Payment: ${id}` })
  return number
}
