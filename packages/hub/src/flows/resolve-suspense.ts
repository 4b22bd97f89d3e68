import { Refusal } from '../domain/errors.ts'
import { postMove, suspenseAccount, writeOffAccount } from '../domain/ledger.ts'
import type { Position } from '../domain/position.ts'
import { newId } from '../kit/ids.ts'
import { showMoney } from '../money/money.ts'
import { type Act, readAct } from '../store/acts.ts'
import { findReceiptOfSuspense } from '../store/positions.ts'
import { write, type Writes } from '../store/writes.ts'
import { applyHeld, planApplication } from './apply-held.ts'
import { decideAgain } from './decide-again.ts'
import type { Hub } from './hub.ts'
import { lookAgain, readMoney } from './look-again.ts'
import { mustDiffer, type Operator, readAmount, secondForAmount } from './operator.ts'

export type SuspenseOrder = {
  /** `act_…`, chosen by the caller before anybody is asked: the same id is never done twice. */
  readonly id: string
  readonly suspenseId: number
  /** Decimal text in the money's currency; undefined: all that fits. */
  readonly amount: string | undefined
  readonly reason: string
} & ({ readonly kind: 'apply'; readonly paymentNumber: number } | { readonly kind: 'write_off' })

export function newActId(): string {
  return newId('act')
}

/**
 * An operator applies held money to a payment, or writes it off. The bank is asked first whether the money is still
 * there. What needs a second person is only written down as asked for. The same id again answers the act as it stands.
 * Throws `Refusal`.
 */
export async function resolveSuspense(hub: Hub, operator: Operator, order: SuspenseOrder): Promise<Act> {
  const earlier = await readAct(hub.db, order.id)
  if (earlier) return earlier
  const receiptId = await findReceiptOfSuspense(hub.db, order.suspenseId)
  if (receiptId === undefined) throw noSuch(order.suspenseId)
  await lookAgain(hub, operator, await readMoney(hub, receiptId))
  await decideAgain(hub, () => decide(hub, operator, order, receiptId))
  return mustRead(hub, order.id)
}

async function decide(hub: Hub, operator: Operator, order: SuspenseOrder, receiptId: number): Promise<void> {
  // Another process resumed the same order, and was faster.
  if (await readAct(hub.db, order.id)) return
  const position = await readMoney(hub, receiptId)
  const row = position.suspense.find((one) => one.id === order.suspenseId)
  if (!row) throw noSuch(order.suspenseId)
  const what = `sus_${row.id} (${row.reason})`
  const plan = order.kind === 'apply' ? await planApplication(hub, operator, position, order.paymentNumber) : undefined
  const most = plan && plan.owedMinor < row.remainingMinor ? plan.owedMinor : row.remainingMinor
  const amountMinor = readAmount(order.amount, position.currency, most, what)
  const secondBecause = plan ? plan.secondBecause : secondForAmount(hub, position, amountMinor)
  const act = {
    id: order.id,
    status: secondBecause === undefined ? ('done' as const) : ('requires_approval' as const),
    open: {
      kind: order.kind,
      suspenseId: row.id,
      receiptId,
      paymentNumber: plan?.payment.number,
      amountMinor,
      currency: position.currency,
      reason: order.reason,
      secondBecause,
      requestedBy: operator.operator,
    },
    actor: operator.operator,
    correlationId: operator.correlationId,
  }
  const audit = auditOf(operator, position, { ...order, amountMinor, status: act.status, actId: order.id })
  const writes = { acts: [act], audit: [audit] }
  if (act.status === 'requires_approval') await write(hub.db, writes)
  else await carryOut(hub, operator, position, { suspenseId: row.id, amountMinor, reason: order.reason, plan }, writes)
}

type Deed = {
  readonly suspenseId: number
  readonly amountMinor: bigint
  readonly reason: string
  /** Undefined: written off. */
  readonly plan: Awaited<ReturnType<typeof planApplication>> | undefined
}

async function carryOut(
  hub: Hub,
  operator: Operator,
  position: Position,
  deed: Deed,
  writes: Omit<Writes, 'steps' | 'postings'>,
): Promise<void> {
  if (deed.plan) return applyHeld(hub, operator, position, { ...deed, plan: deed.plan }, writes)
  const { bankCode, currency } = position
  const memo = `${showMoney({ amountMinor: deed.amountMinor, currency })} written off by ${operator.operator}: ${deed.reason}`
  await write(hub.db, {
    ...writes,
    postings: [
      {
        receiptId: position.receiptId,
        expectedJournals: position.journals,
        journals: [
          {
            kind: 'resolution',
            memo: memo.slice(0, 500),
            entries: postMove(suspenseAccount(bankCode), writeOffAccount, currency, deed.amountMinor),
          },
        ],
        takes: [{ suspenseId: deed.suspenseId, amountMinor: deed.amountMinor }],
      },
    ],
  })
}

/**
 * A second operator agrees to an act, or refuses it. The bank is asked again, and everything is weighed again as it
 * stands now. Throws `Refusal`: FORBIDDEN for who asked for it, CONFLICT when it was decided or no longer fits.
 */
export async function decideAct(
  hub: Hub,
  operator: Operator,
  decision: { readonly id: string; readonly approve: boolean; readonly reason: string },
): Promise<Act> {
  const act = await mustRead(hub, decision.id)
  if (act.status !== 'requires_approval') throw decided(act)
  // Taking back one's own request needs nobody else.
  if (decision.approve) mustDiffer(operator.operator, act.requestedBy)
  if (decision.approve) await lookAgain(hub, operator, await readMoney(hub, act.receiptId))
  await decideAgain(hub, () => finish(hub, operator, act, decision)).catch(async (error: unknown) => {
    const now = await mustRead(hub, decision.id)
    throw error instanceof Refusal || now.status === 'requires_approval' ? error : decided(now)
  })
  return mustRead(hub, decision.id)
}

async function finish(
  hub: Hub,
  operator: Operator,
  asked: Act,
  decision: { readonly approve: boolean; readonly reason: string },
): Promise<void> {
  const act = await mustRead(hub, asked.id)
  if (act.status !== 'requires_approval') throw decided(act)
  const position = await readMoney(hub, act.receiptId)
  const status = decision.approve ? ('done' as const) : ('rejected' as const)
  const writes = {
    acts: [
      {
        id: act.id,
        status,
        because: decision.reason,
        actor: operator.operator,
        correlationId: operator.correlationId,
      },
    ],
    audit: [
      {
        ...auditOf(operator, position, { ...act, actId: act.id, status, reason: decision.reason }),
        before: { ...remainingOf(position, act.suspenseId), status: act.status, requestedBy: act.requestedBy },
      },
    ],
  }
  if (!decision.approve) return write(hub.db, writes)
  const row = position.suspense.find((one) => one.id === act.suspenseId)
  const plan =
    act.paymentNumber === undefined ? undefined : await planApplication(hub, operator, position, act.paymentNumber)
  const most = plan && plan.owedMinor < (row?.remainingMinor ?? 0n) ? plan.owedMinor : (row?.remainingMinor ?? 0n)
  if (act.amountMinor > most) {
    const left = showMoney({ amountMinor: most, currency: act.currency })
    throw new Refusal('CONFLICT', 'The act no longer fits', {
      details: `${showMoney(act)} was asked for; ${left} fits now. Reject this act and ask for another.`,
    })
  }
  const { suspenseId, amountMinor, reason } = act
  return carryOut(hub, operator, position, { suspenseId, amountMinor, reason, plan }, writes)
}

function auditOf(
  operator: Operator,
  position: Position,
  about: {
    readonly kind: 'apply' | 'write_off'
    readonly suspenseId: number
    readonly paymentNumber?: number | undefined
    readonly amountMinor: bigint
    readonly reason: string
    readonly status: Act['status']
    readonly actId: string
  },
) {
  const taken = about.status === 'done' ? about.amountMinor : 0n
  return {
    actor: operator.actor,
    action: `suspense.${about.kind}.${about.status}`,
    object: `suspense ${about.suspenseId}`,
    before: remainingOf(position, about.suspenseId),
    after: {
      ...remainingOf(position, about.suspenseId, taken),
      act: about.actId,
      amount: showMoney({ amountMinor: about.amountMinor, currency: position.currency }),
      ...(about.paymentNumber === undefined ? {} : { payment: about.paymentNumber }),
    },
    reason: about.reason,
    correlationId: operator.correlationId,
  }
}

function remainingOf(position: Position, suspenseId: number, taken = 0n): { readonly remaining: string } {
  const remaining = position.suspense.find((one) => one.id === suspenseId)?.remainingMinor ?? 0n
  return { remaining: showMoney({ amountMinor: remaining - taken, currency: position.currency }) }
}

async function mustRead(hub: Hub, id: string): Promise<Act> {
  const act = await readAct(hub.db, id)
  if (!act) throw new Refusal('RESOURCE_NOT_FOUND', 'No such act', { details: `Act: ${id}` })
  return act
}

function decided(act: Act): Refusal {
  return new Refusal('CONFLICT', 'The act was decided', {
    details: `Act ${act.id} is ${act.status}, by ${act.decidedBy ?? act.requestedBy}.`,
  })
}

function noSuch(suspenseId: number): Refusal {
  return new Refusal('RESOURCE_NOT_FOUND', 'No such money in suspense', { details: `Suspense: sus_${suspenseId}` })
}
