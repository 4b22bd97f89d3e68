import { Refusal } from '../domain/errors.ts'
import { writeBankSwitch } from '../store/banks.ts'
import type { BankAtWork, Hub } from './hub.ts'
import type { Once } from './idempotency.ts'
import type { Operator } from './operator.ts'

/** A bank as somebody left it: another operator may have switched it since. */
export type SwitchedBank = { readonly at: BankAtWork; readonly active: boolean }

/**
 * Switches a bank on or off for new inquiries, codes and payments, in every process at once; what was opened before goes on
 * (clause 8). Throws BANK_NOT_FOUND.
 */
export async function switchBank(
  hub: Hub,
  asker: Operator,
  order: { readonly code: string; readonly active: boolean; readonly reason: string },
  once: Once<SwitchedBank>,
): Promise<SwitchedBank> {
  const at = configuredBank(hub, order.code)
  const switched = { at, active: order.active }
  await writeBankSwitch(hub.db, {
    code: at.code,
    active: order.active,
    reason: order.reason,
    actor: asker.actor,
    correlationId: asker.correlationId,
    answers: once.answers(switched),
  })
  await hub.refreshBanks()
  return switched
}

/** Throws BANK_NOT_FOUND, naming those that there are. */
export function configuredBank(hub: Hub, code: string): BankAtWork {
  const at = hub.banks.get(code.toUpperCase())
  if (at) return at
  const there = [...hub.banks.keys()].sort().join(', ')
  throw new Refusal('BANK_NOT_FOUND', 'No such bank', {
    details: `There is no bank ${code.slice(0, 40)} in the configuration; there are ${there || 'none'}`,
  })
}
