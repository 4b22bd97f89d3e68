import type { HostedPage, Purchase } from '../banks/purchase.ts'
import { pageAttempt } from '../domain/order.ts'
import type { Payment } from '../domain/payment.ts'
import { isOpen } from '../domain/transitions.ts'
import { readCheckout } from '../store/checkouts.ts'
import { readOrder } from '../store/orders.ts'
import type { Hub } from './hub.ts'

/** The form that takes the customer to the bank's own page, signed for this moment; undefined where a code is shown. */
export async function showBankPage(hub: Hub, payment: Payment): Promise<HostedPage | undefined> {
  const attempt = pageAttempt(payment)
  if (!attempt || !isOpen(payment.status) || attempt.expiresAt <= hub.clock.now()) return undefined
  const at = hub.banks.get(attempt.bankCode)
  const account = at?.accounts.find((one) => one.id === attempt.merchantAccountId)
  if (!account || !at?.bank.hostedPage) return undefined
  return at.bank.hostedPage({
    reference: attempt.reference,
    amount: payment.amount,
    payer: payment.payer.name,
    account,
    expiresAt: attempt.expiresAt,
    purchase: await purchaseOf(hub, payment, attempt.method ?? ''),
  })
}

async function purchaseOf(hub: Hub, payment: Payment, method: string): Promise<Purchase> {
  const order = await readOrder(hub.db, { orderNumber: payment.billNumber })
  const checkout = await readCheckout(hub.db, payment.number)
  const { name, email, phone } = payment.payer
  const known = order?.customer
  const isOfOrder = [known?.firstName, known?.lastName].filter((part) => part !== undefined).join(' ') === name
  // The books keep the payer's name as one text; in its parts only the order has it.
  const names = isOfOrder
    ? { firstName: known?.firstName, lastName: known?.lastName }
    : { firstName: name, lastName: undefined }
  return {
    method,
    customer: { ...names, email, phone },
    items: order?.items ?? [],
    backTo: checkout && hub.pageOf(checkout.token),
  }
}
