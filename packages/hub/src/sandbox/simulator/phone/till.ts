import { plainAmount } from '../../../banks/bank-qr/simulator/amounts.ts'
import { payAtBank } from '../control.ts'
import { ControlRefusal } from '../control-body.ts'
import type { World } from '../world.ts'
import { controlCall, openWays, type Sum, sumOf, type Way } from './pay-ways.ts'
import { findCode, type FindProblem, type SeenCode } from './waiting-codes.ts'

export type Transfer = Sum & { readonly transactionId: string; readonly isReversed: boolean }

/** What became of one press of a button. */
export type Outcome =
  | { readonly kind: 'done'; readonly way: Way; readonly code: SeenCode; readonly transfers: readonly Transfer[] }
  /** `said`: the played bank's own sentence. */
  | { readonly kind: 'refused'; readonly code: SeenCode; readonly said: string | undefined }
  | { readonly kind: 'no-amount'; readonly code: SeenCode }
  | { readonly kind: 'no-code'; readonly problem: FindProblem }

export type Order = { readonly qr: string; readonly way: Way; readonly amount: string | undefined }

/** Pays a code at the bank that made it, through the control API's own function: money is told as anywhere. */
export async function payByPhone(world: World, { qr, way, amount }: Order): Promise<Outcome> {
  const code = findCode(world, qr)
  if ('problem' in code) return { kind: 'no-code', problem: code.problem }
  if (!openWays(code).includes(way)) return { kind: 'refused', code, said: undefined }
  const wanted = plainAmount(code.amount ?? amount?.trim().replaceAll(',', ''), code.currency)
  if (way === 'decline') return { kind: 'done', way, code, transfers: [] }
  const paid = wanted === undefined ? undefined : sumOf(way, { amount: wanted, currency: code.currency })
  if (paid === undefined) return { kind: 'no-amount', code }
  try {
    const call = controlCall(code, way, paid, world.nowMs())
    const answer = await payAtBank(world, Buffer.from(JSON.stringify(call)))
    return { kind: 'done', way, code, transfers: transfersIn(answer) }
  } catch (refusal) {
    if (!(refusal instanceof ControlRefusal)) throw refusal
    return { kind: 'refused', code, said: refusal.message }
  }
}

function transfersIn(answer: unknown): Transfer[] {
  const { transactions } = answer as { transactions: (Omit<Transfer, 'isReversed'> & { isReversed?: boolean })[] }
  return transactions.map(({ transactionId, amount, currency, isReversed = false }) => ({
    transactionId,
    amount,
    currency,
    isReversed,
  }))
}
