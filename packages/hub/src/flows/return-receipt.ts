import { describePayment } from '../domain/events.ts'
import { postReturn, suspenseAccount } from '../domain/ledger.ts'
import { type Payment, settledMinor, type SuspenseReason } from '../domain/payment.ts'
import type { Position } from '../domain/position.ts'
import { holdsMoney } from '../domain/refund.ts'
import { isOpen } from '../domain/transitions.ts'
import { showMoney } from '../money/money.ts'
import { readPosition } from '../store/positions.ts'
import { decideAgain } from './decide-again.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import type { Change } from './move-payment.ts'
import { describeMoney, paymentsOf, reversalCase, writeReversal } from './write-reversal.ts'

/**
 * The money is listed again: what the reversal undid stands as before, and a person hears of it. Only where other money
 * has taken its place meanwhile, it waits in suspense. Answers whether that was done now.
 */
export function returnReceipt(hub: Hub, asker: Asker, at: BankAtWork, receiptId: number): Promise<boolean> {
  return decideAgain(hub, async () => {
    const position = await readPosition(hub.db, receiptId)
    if (!position?.reversed) return false
    const { bankCode, currency } = position
    const payments = await paymentsOf(hub, position)
    const plan = planReturn(position, payments)
    const amountMinor = plan.credits.reduce((total, credit) => total + credit.minor, 0n)
    const back = showMoney({ amountMinor, currency })
    const listed = `${at.code} lists ${back} (${position.bankTransactionId}) again, which it had taken back.`
    const waits = plan.hold && `${showMoney({ ...plan.hold, currency })} of it waits in suspense: ${plan.hold.reason}.`
    const sentence = waits ? `${listed} ${waits}` : listed
    const atBank = { before: { atBank: showMoney({ amountMinor: 0n, currency }) }, after: { atBank: back } }
    const about = { action: 'receipt.returned' as const, position, sentence, ...atBank }
    const changes = payments.map((payment) => ({ payment, change: changeOf(position, payment, plan, sentence) }))
    await writeReversal(hub, asker, about, changes, {
      postings: [
        {
          receiptId,
          expectedJournals: position.journals,
          journals: [{ kind: 'adjustment', memo: sentence, entries: postReturn(bankCode, currency, plan.credits) }],
          takes: plan.takes,
          ...(plan.hold ? { hold: plan.hold } : {}),
        },
      ],
      cases: [reversalCase(at, position, 'reversal_returned', sentence)],
    })
    return true
  })
}

type Credit = Position['reversalCredits'][number]

type ReturnPlan = {
  readonly credits: readonly Credit[]
  /** What comes back to rows of suspense (negative). */
  readonly takes: readonly { readonly suspenseId: number; readonly amountMinor: bigint }[]
  /** What had settled a payment and has no place there any more. */
  readonly hold: { readonly reason: SuspenseReason; readonly amountMinor: bigint } | undefined
  /** Payments that it settles whole now. */
  readonly completes: ReadonlySet<number>
}

function planReturn(position: Position, payments: readonly Payment[]): ReturnPlan {
  const credits = new Map(position.reversalCredits.map(({ account, minor }) => [account, minor]))
  const move = (account: string, minor: bigint) => credits.set(account, (credits.get(account) ?? 0n) + minor)
  const suspense = suspenseAccount(position.bankCode)
  const takes = intoSuspense(position, credits.get(suspense) ?? 0n)
  const completes = new Set<number>()
  let hold: ReturnPlan['hold']
  for (const payment of payments) {
    const minor = partOf(position, payment.number)
    const place = minor > 0n ? placeOf(position, payment, minor) : 'back'
    if (place === 'completes') completes.add(payment.number)
    if (place === 'completes' || place === 'back') continue
    move(payment.creditAccount, -minor)
    move(suspense, minor)
    hold = { reason: hold?.reason ?? place, amountMinor: (hold?.amountMinor ?? 0n) + minor }
  }
  return { credits: [...credits].map(([account, minor]) => ({ account, minor })), takes, hold, completes }
}

/** What of the receipt had settled this payment when it was taken back. */
function partOf({ applications, refunds }: Position, paymentNumber: number): bigint {
  const sum = (rows: readonly { readonly amountMinor: bigint }[]) =>
    rows.reduce((total, row) => total + row.amountMinor, 0n)
  const applied = applications.filter((one) => one.paymentNumber === paymentNumber)
  const refunded = refunds.filter((one) => one.paymentNumber === paymentNumber && holdsMoney(one.status))
  return sum(applied) - sum(refunded)
}

function placeOf(position: Position, payment: Payment, minor: bigint): 'back' | 'completes' | SuspenseReason {
  if (payment.status === 'completed') {
    const others = payment.receipts.filter((receipt) => receipt.id !== position.receiptId)
    const byOthers = others.reduce((total, receipt) => total + receipt.appliedMinor, 0n)
    return byOthers < payment.amount.amountMinor ? 'back' : 'duplicate_payment'
  }
  if (!isOpen(payment.status)) return 'late'
  const owedMinor = payment.amount.amountMinor - settledMinor(payment)
  if (minor > owedMinor) return 'overpaid'
  return minor === owedMinor ? 'completes' : 'back'
}

function changeOf(position: Position, payment: Payment, plan: ReturnPlan, sentence: string): Change {
  if (!plan.completes.has(payment.number)) return { sentence, events: [] }
  const body = describePayment(payment, 'completed', describeMoney(position))
  return {
    evidence: 'receipt_applied',
    closeAttempts: 'the payment is completed',
    sentence,
    events: [{ type: 'gateway.payment.success', body }],
  }
}

/** Spreads what comes back over the rows it was taken from. */
function intoSuspense(position: Position, amountMinor: bigint): { suspenseId: number; amountMinor: bigint }[] {
  let left = amountMinor
  return position.suspense.flatMap((row) => {
    const room = row.amountMinor - row.remainingMinor
    const back = room < left ? room : left
    left -= back
    return back > 0n ? [{ suspenseId: row.id, amountMinor: -back }] : []
  })
}
