import { Refusal } from '../../domain/errors.ts'
import { orderWords } from '../../domain/order.ts'
import type { Payment } from '../../domain/payment.ts'
import { isOpen } from '../../domain/transitions.ts'
import { askOnce, mayAskFor } from '../../flows/ask-once.ts'
import { cancelPayment } from '../../flows/cancel-payment.ts'
import { createKhqr } from '../../flows/create-khqr.ts'
import type { Asker, BankAtWork, Hub } from '../../flows/hub.ts'
import { OrderRefusal, orderMethods, payOrder } from '../../flows/pay-order.ts'
import { readAgain } from '../../flows/read-again.ts'
import { randomToken } from '../../kit/crypto.ts'
import { ensureCheckout } from '../../store/checkouts.ts'
import { listCases } from '../../store/cases.ts'
import { readOrder } from '../../store/orders.ts'
import type { ReplyName } from './words.ts'

/** What a customer may press: "I have paid", "cancel", "a new code". */
export const acts = ['paid', 'cancel', 'new_code'] as const
export type Act = (typeof acts)[number]

/** What became of it: the page again, with or without a reply, or the page of this token. */
export type Acted =
  | { readonly kind: 'shown'; readonly payment: Payment; readonly reply: ReplyName | undefined }
  | { readonly kind: 'moved'; readonly token: string | undefined }

export async function actOn(hub: Hub, asker: Asker, payment: Payment, act: Act): Promise<Acted> {
  if (payment.status !== 'completed' && (await isDoubted(hub, payment)))
    return { kind: 'shown', payment, reply: 'underReview' }
  if (act === 'cancel') return cancel(hub, asker, payment)
  if (act === 'new_code') return makeNewCode(hub, asker, payment)
  const { payment: asked, asked: wasAsked } = await askOnce(hub, asker, payment)
  return { kind: 'shown', payment: asked, reply: wasAsked ? 'askedAndUnsure' : 'notAskedNow' }
}

/** Money that may be of this payment lies before a person: until he has decided, nobody should pay again, or give it up. */
async function isDoubted({ db }: Hub, { number }: Payment): Promise<boolean> {
  const none = { bankCode: undefined, before: undefined }
  const found = await listCases(db, { state: 'open', kind: 'old_money', paymentNumber: number, most: 1, ...none })
  return found.length > 0
}

async function cancel(hub: Hub, asker: Asker, payment: Payment): Promise<Acted> {
  // The page that was pressed may be older than the money: what waits for a person is no customer's to close.
  if (payment.receipts.some(({ heldMinor }) => heldMinor > 0n)) return { kind: 'shown', payment, reply: undefined }
  // Its last look is one of the bank's calls: giving up spends no more of them than "I have paid".
  if (isOpen(payment.status) && isAtCountedBank(hub, payment) && !(await mayAskFor(hub, payment)))
    return { kind: 'shown', payment, reply: 'notCancelled' }
  try {
    await cancelPayment(hub, asker, payment, { reason: 'the customer gave it up on its page' })
    return { kind: 'moved', token: undefined }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    // It was paid, or ended, meanwhile: its page says how. Else a bank could not say.
    const isSettled = error.code === 'CONFLICT'
    return { kind: 'shown', payment: await readAgain(hub, payment), reply: isSettled ? undefined : 'notCancelled' }
  }
}

function isAtCountedBank(hub: Hub, { attempts }: Payment): boolean {
  return attempts.some(({ bankCode }) => hub.banks.get(bankCode)?.bank.describe().callsAreCounted)
}

/** Another code of what is still owed. Where that is another payment by now, its page takes over. */
async function makeNewCode(hub: Hub, asker: Asker, payment: Payment): Promise<Acted> {
  // The client that asked for the first code may read this one as well.
  const subject = payment.attempts.at(-1)?.createdBy ?? 'customer'
  const client = { ...asker, subject }
  try {
    if (payment.payableKind === 'order') return await payAgain(hub, client, payment)
    if (payment.payableKind === 'premium') return await makePremiumCode(hub, client, payment)
    return { kind: 'shown', payment, reply: undefined }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    // Another tab, or the shop, was faster: there is a code.
    if (error instanceof OrderRefusal && error.checkoutToken !== undefined)
      return { kind: 'moved', token: error.checkoutToken }
    const found = await readAgain(hub, payment)
    // Money that waits for a person is not nothing: the page says what there is.
    if (found.receipts.some(({ heldMinor }) => heldMinor > 0n))
      return { kind: 'shown', payment: found, reply: undefined }
    return { kind: 'shown', payment: found, reply: isNothingDue(error) ? 'nothingDue' : 'noCodeNow' }
  }
}

/** Of an order there is more that may not be: a method that is switched off leaves it as due as it was. */
function isNothingDue({ code, message }: Refusal): boolean {
  return code === 'RESOURCE_NOT_FOUND' || message === orderWords.paid || message === orderWords.cancelled
}

type Client = Asker & { readonly subject: string }

async function payAgain(hub: Hub, client: Client, payment: Payment): Promise<Acted> {
  const order = await readOrder(hub.db, { orderNumber: payment.billNumber })
  if (!order) throw new Error(`Payment ${payment.number} is of an order that is not there`)
  const before = payment.attempts.at(-1)?.method
  const isOpen = orderMethods(hub).some(
    (one) => one.code === before && one.currencies.includes(payment.amount.currency),
  )
  const { checkoutToken } = await payOrder(hub, client, order, {
    method: isOpen ? before : undefined,
    customer: { firstName: undefined, lastName: undefined, email: undefined, phone: undefined },
    amountMinor: undefined,
  })
  return { kind: 'moved', token: checkoutToken }
}

async function makePremiumCode(hub: Hub, client: Client, payment: Payment): Promise<Acted> {
  const at = bankFor(hub, payment)
  if (!at) return { kind: 'shown', payment, reply: 'noCodeNow' }
  const made = await createKhqr(hub, client, { at, billNumber: payment.billNumber })
  const wanted = { token: randomToken(32), returnUrl: undefined, cancelUrl: undefined }
  const { token } = await ensureCheckout(hub.db, made.payment.number, wanted)
  return { kind: 'moved', token }
}

/** The bank of the last code, else one that was asked about this bill, else one that is not for orders alone. */
function bankFor(hub: Hub, payment: Payment): BankAtWork | undefined {
  const takes = ({ active, accounts }: BankAtWork) =>
    active && accounts.some((one) => one.active && one.currency === payment.amount.currency)
  const known = [
    ...payment.attempts.toReversed().map((one) => one.bankCode),
    ...payment.inquiries.map((one) => one.bankCode),
  ].flatMap((code) => hub.banks.get(code) ?? [])
  const others = [...hub.banks.values()].filter(({ policy }) => policy.orderMethods.length === 0)
  return [...known, ...others].find(takes)
}
