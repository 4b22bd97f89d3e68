import { randomToken, sha256Hex } from '../kit/crypto.ts'
import { putBankBearer } from '../store/tokens.ts'
import type { Hub } from './hub.ts'
import type { Operator } from './operator.ts'
import { configuredBank } from './switch-bank.ts'

/**
 * Makes the bearer with which a bank calls us, 43 characters. Only its digest is kept: the answer is the only time that it
 * is seen. A bank has two slots, so that the one it uses goes on until it uses the other. Throws BANK_NOT_FOUND.
 */
export async function makeBankBearer(
  hub: Hub,
  asker: Operator,
  order: { readonly code: string; readonly slot: 1 | 2; readonly reason: string },
): Promise<string> {
  const at = configuredBank(hub, order.code)
  const bearer = randomToken()
  const { actor, correlationId } = asker
  await putBankBearer(hub.db, { ...order, code: at.code, sha256: sha256Hex(bearer), actor, correlationId })
  return bearer
}
