import { forecast } from '../domain/call-plan.ts'
import { Refusal } from '../domain/errors.ts'
import { describePayment } from '../domain/events.ts'
import { walletAccount } from '../domain/ledger.ts'
import { sameMoney } from '../domain/match.ts'
import type { Attempt, Payment } from '../domain/payment.ts'
import { randomToken, sha256Hex } from '../kit/crypto.ts'
import { newId } from '../kit/ids.ts'
import { Trouble } from '../kit/trouble.ts'
import type { Currency, Money } from '../money/money.ts'
import { showMoney } from '../money/money.ts'
import { countOpenLooks } from '../store/looks.ts'
import { readPayment } from '../store/payments.ts'
import { findOpenBill, nameCode, openTopupPayment, readTopup, type Topup } from '../store/topups.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import { makeCode } from './make-code.ts'

export type TopupOrder = {
  /** 1–64 of A–Z, a–z, 0–9, `.`, `_`, `@`, `-`. */
  readonly userId: string
  readonly amount: Money
  readonly description: string | undefined
  /** A bank's code; undefined: the first method there is in that currency. */
  readonly method: string | undefined
  readonly returnUrl: string | undefined
  readonly cancelUrl: string | undefined
  /** On the façade, where the caller's own number names the top-up. */
  readonly caller: { readonly merchantKey: string; readonly billNumber: string } | undefined
}

export type OpenedTopup = {
  readonly payment: Payment
  readonly topup: Topup
  readonly code: Attempt & { readonly qrString: string }
}

export type TopupMethod = {
  readonly code: string
  readonly currencies: readonly Currency[]
  readonly limits: Readonly<Record<Currency, { readonly min: Money; readonly max: Money }>>
}

/** The ledger's word for who is owed: the user himself. */
const biller = 'WALLET'

/** The banks that top-ups may be paid through now. A switched-off one is not shown. */
export function topupMethods(hub: Hub): TopupMethod[] {
  return [...hub.banks.values()]
    .filter((at) => at.policy.takesTopups && at.active)
    .map((at) => ({
      code: at.code,
      currencies: [...new Set(at.accounts.filter((one) => one.active).map((one) => one.currency))],
      limits: {
        USD: limitsIn(hub, 'USD'),
        KHR: limitsIn(hub, 'KHR'),
      },
    }))
}

function limitsIn(hub: Hub, currency: Currency): { min: Money; max: Money } {
  const { minMinor, maxMinor } = hub.topupLimits[currency]
  return { min: { amountMinor: minMinor, currency }, max: { amountMinor: maxMinor, currency } }
}

/**
 * Opens a top-up and shows its code. The same `paymentId`, or the same bill of a façade's caller, finds the one that is
 * open. Throws `Refusal`: CONFLICT (no method, or another amount for the same bill), UNPROCESSABLE (limits),
 * SERVER_UNAVAILABLE.
 */
export async function openTopup(
  hub: Hub,
  asker: Asker & { readonly subject: string },
  order: TopupOrder,
  reserved: { readonly paymentId: string } = { paymentId: newId('pay') },
): Promise<OpenedTopup> {
  const shownBefore = await findShown(hub, order)
  if (shownBefore) return shownBefore
  refuseOutsideLimits(hub, order.amount)
  const at = methodFor(hub, order)
  const account = at.accounts.find((one) => one.active && one.currency === order.amount.currency)
  if (!account) throw noMethod(`${at.code} takes no ${order.amount.currency}`)
  const announced = await announce(hub, at)
  const payment = await open(hub, asker, order, { at, announced, paymentId: reserved.paymentId })
  const made = await makeCode(hub, asker, { at, account, number: payment.number })
  if (made.kind === 'away') throw made.refusal
  const { payment: shown, attempt } = made.session
  await nameCode(hub.db, payment.number, sha256Hex(attempt.qrString))
  const topup = await readTopup(hub.db, payment.number)
  if (!topup) throw new Error(`Payment ${payment.number} is no top-up`)
  return { payment: shown, topup, code: attempt }
}

/**
 * The open top-up of a façade's bill with its live code: given again whatever changed since, as switching a method off
 * stops new payments only (clause 8).
 */
async function findShown(hub: Hub, order: TopupOrder): Promise<OpenedTopup | undefined> {
  if (!order.caller) return undefined
  const number = await findOpenBill(hub.db, biller, billNumberOf(order.caller))
  const payment = number === undefined ? undefined : await readPayment(hub.db, number)
  const now = hub.clock.now()
  const live = payment?.attempts.findLast((one) => one.state === 'open' && one.expiresAt > now)
  if (!payment || live?.qrString === undefined || !sameMoney(payment.amount, order.amount)) return undefined
  // Whoever showed it may have died before it was named.
  await nameCode(hub.db, payment.number, sha256Hex(live.qrString))
  const topup = await readTopup(hub.db, payment.number)
  return topup && { payment, topup, code: { ...live, qrString: live.qrString } }
}

function billNumberOf(caller: NonNullable<TopupOrder['caller']>): string {
  return `${caller.merchantKey}/${caller.billNumber}`
}

function refuseOutsideLimits(hub: Hub, amount: Money): void {
  const { min, max } = limitsIn(hub, amount.currency)
  const problem =
    amount.amountMinor < min.amountMinor
      ? `${showMoney(amount)} is below the minimum of ${showMoney(min)}`
      : amount.amountMinor > max.amountMinor
        ? `${showMoney(amount)} is above the maximum of ${showMoney(max)}`
        : undefined
  if (problem) throw new Refusal('UNPROCESSABLE', 'The amount is outside the limits', { details: { amount: problem } })
}

function methodFor(hub: Hub, order: TopupOrder): BankAtWork {
  const { currency } = order.amount
  const open = topupMethods(hub)
  const wanted = order.method === undefined ? open.find((one) => one.currencies.includes(currency)) : undefined
  const at = hub.banks.get(order.method ?? wanted?.code ?? '')
  if (order.method !== undefined && !at?.policy.takesTopups) {
    throw new Refusal('UNPROCESSABLE', 'No such method', {
      details: {
        method: `"${order.method.slice(0, 40)}" is no method for top-ups: GET /api/topups/v1/methods lists them`,
      },
    })
  }
  if (!at?.active) throw noMethod(order.method === undefined ? 'no method is enabled' : `${order.method} is disabled`)
  return at
}

function noMethod(why: string): Refusal {
  return new Refusal('CONFLICT', 'This top-up cannot be paid now', { details: `Top-ups: ${why}.` })
}

/** What can be promised about seeing the payment by ourselves (clause 12). */
async function announce(hub: Hub, at: BankAtWork): Promise<Topup['confirmation']> {
  if (at.bank.describe().verify === 'never') return 'automatic'
  if (!at.bank.allowance) return 'automatic'
  const allowance = await at.bank.allowance().catch((error: unknown) => {
    // Without a token nothing can be proved; the code is good all the same, and a statement settles it.
    if (error instanceof Trouble) return undefined
    throw error
  })
  const openLooks = await countOpenLooks(hub.db, at.code)
  const said = allowance
    ? forecast(openLooks, allowance, at.bank.codesPerCall?.() ?? 1, hub.clock.now())
    : ('delayed' as const)
  if (said === 'delayed' && at.policy.refusesDelayed) {
    throw new Refusal('SERVER_UNAVAILABLE', 'Payments through this method cannot be confirmed today', {
      details: `${at.code}: today's status calls are used up; they are renewed at ${allowance?.resetsAt.toISOString() ?? 'an unknown time'}.`,
      retryAfterS: 3_600,
    })
  }
  return said
}

async function open(
  hub: Hub,
  asker: Asker,
  order: TopupOrder,
  how: { readonly at: BankAtWork; readonly announced: Topup['confirmation']; readonly paymentId: string },
): Promise<Payment> {
  const { caller, amount, userId } = order
  const at = hub.clock.now()
  const billNumber = caller ? billNumberOf(caller) : how.paymentId
  const opening = await openTopupPayment(hub.db, {
    payableKind: 'topup',
    biller,
    billNumber,
    billKey: '',
    id: how.paymentId,
    amount,
    payer: { name: '', email: undefined, phone: undefined },
    bankCode: undefined,
    channel: 'KHQR_PAYMENT',
    at,
    sentence: `${showMoney(amount)} is to be added to ${walletAccount(userId)}.`,
    actor: asker.actor,
    correlationId: asker.correlationId,
    eventId: newId('evt'),
    lookOnly: false,
    eventBody: describePayment(draftOf(order, how.paymentId, billNumber, at), 'pending'),
    topup: {
      userId,
      description: order.description,
      merchantKey: caller?.merchantKey,
      callerBillNumber: caller?.billNumber,
      announced: how.announced,
    },
    checkout: { token: randomToken(32), returnUrl: order.returnUrl, cancelUrl: order.cancelUrl },
  })
  if (opening.kind === 'open') return opening.payment
  if (opening.kind === 'settled') {
    throw new Refusal('CONFLICT', 'This bill is paid already', {
      details: `bill_number ${caller?.billNumber ?? ''} is settled by payment ${opening.by}`,
    })
  }
  throw new Refusal('CONFLICT', 'This bill is open with another amount', {
    details: `bill_number ${caller?.billNumber ?? ''} already asks for ${opening.kind === 'outdated' ? showMoney(opening.payment.amount) : 'another amount'}`,
  })
}

/** What the first event tells of it; its number is filled in by the database. */
function draftOf(order: TopupOrder, id: string, billNumber: string, openedAt: Date) {
  return {
    id,
    number: 0,
    payableKind: 'topup' as const,
    biller,
    billNumber,
    billKey: '',
    amount: order.amount,
    openedAt,
  }
}
