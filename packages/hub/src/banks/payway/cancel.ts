import type { CallContext } from '../../kit/call.ts'
import type { Bank } from '../bank.ts'
import type { CancelAnswer } from '../operation.ts'
import { ask, troubleOf } from './api.ts'
import type { Parts } from './api.ts'
import type { Category } from './codes.ts'

const states: Partial<Record<Category, CancelAnswer['state']>> = {
  done: 'closed',
  paid: 'paid',
  not_found: 'not_found',
}

/** Asks that a code be not paid any more. Advice: a card page that is open already can still be paid. Throws `Trouble`. */
export async function cancel(
  parts: Parts,
  { reference, account }: Parameters<NonNullable<Bank['cancel']>>[0],
  context: CallContext,
): Promise<CancelAnswer> {
  const asked = {
    operation: 'close-transaction',
    merchantId: account.accountNumber,
    fields: { tran_id: reference },
  } as const
  const said = await ask(parts, asked, context, parts.guard.startDeadline(context))
  const state = states[said.meaning.category]
  if (state === undefined) throw troubleOf(parts, said)
  return { state, exchanges: said.exchanges }
}
