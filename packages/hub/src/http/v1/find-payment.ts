import { Refusal } from '../../domain/errors.ts'
import { idOfUuid } from '../../kit/ids.ts'
import type { Db } from '../../store/db.ts'
import { findPaymentNumber } from '../../store/payments.ts'

/** The number behind any form of a payment's id; 0, which is nobody's, where there is none. */
export async function findPaymentNumberOf(db: Db, id: string): Promise<number> {
  const made = id.startsWith('pay_') ? id : idOfUuid('pay', id)
  return made === undefined ? Number(id) : ((await findPaymentNumber(db, made)) ?? 0)
}

/** The same for one that must be there. Throws RESOURCE_NOT_FOUND; a number is believed, and not found later. */
export async function knownPaymentNumber(db: Db, id: string): Promise<number> {
  const number = await findPaymentNumberOf(db, id)
  if (number === 0) throw new Refusal('RESOURCE_NOT_FOUND', 'No such payment', { details: `Payment: ${id}` })
  return number
}
