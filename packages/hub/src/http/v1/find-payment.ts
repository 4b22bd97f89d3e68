import type { Db } from '../../store/db.ts'
import { findPaymentNumber } from '../../store/payments.ts'

/** The number behind either form of a payment's id; 0, which is nobody's, where there is none. */
export async function findPaymentNumberOf(db: Db, id: string): Promise<number> {
  return id.startsWith('pay_') ? ((await findPaymentNumber(db, id)) ?? 0) : Number(id)
}
