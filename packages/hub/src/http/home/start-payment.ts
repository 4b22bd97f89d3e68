import { randomUUID } from 'node:crypto'
import { Refusal } from '../../domain/errors.ts'
import { createKhqr } from '../../flows/create-khqr.ts'
import type { Asker, Hub } from '../../flows/hub.ts'
import { openTopup } from '../../flows/open-topup.ts'
import { payOrder } from '../../flows/pay-order.ts'
import { randomToken } from '../../kit/crypto.ts'
import { randomReference } from '../../kit/ids.ts'
import { Trouble } from '../../kit/trouble.ts'
import { ensureCheckout } from '../../store/checkouts.ts'
import { createOrder, readOrder } from '../../store/orders.ts'
import type { Samples } from './samples.ts'

type Client = Asker & { readonly subject: string }

/** Whose orders they are; nobody's name. */
const customerId = 'sample-customer'
const nobody = { firstName: undefined, lastName: undefined, email: undefined, phone: undefined }

/**
 * Opens the payment that a button stands for, and answers the token of its page. `what` and `which` are the form's words.
 * Throws `Refusal`.
 */
export async function startPayment(
  hub: Hub,
  client: Client,
  samples: Samples,
  { what, which }: { readonly what: string; readonly which: string },
): Promise<string> {
  const backTo = new URL('/', hub.pageOf('')).href
  const ways = { returnUrl: backTo, cancelUrl: backTo }
  const premium = what === 'premium' ? samples.premiums.find(({ number }) => number === which) : undefined
  if (premium) return payPremium(hub, client, premium, ways)
  if (what === 'new-bill') return payPremium(hub, client, await newBill(samples), ways)
  const order = what === 'order' ? samples.orders.find(({ name }) => name === which) : undefined
  if (order) return payNewOrder(hub, client, order, ways)
  const topup = what === 'topup' ? samples.topups.find(({ userId }) => userId === which) : undefined
  if (!topup) throw new Refusal('RESOURCE_NOT_FOUND', 'No such sample', { details: `${what} ${which}`.slice(0, 100) })
  const wanted = { ...topup, ...ways, description: undefined, method: undefined, caller: undefined }
  return (await openTopup(hub, client, wanted)).topup.checkoutToken
}

type Ways = { readonly returnUrl: string; readonly cancelUrl: string }

async function payPremium(
  hub: Hub,
  client: Client,
  { number, bank }: { readonly number: string; readonly bank: string },
  ways: Ways,
): Promise<string> {
  const at = hub.banks.get(bank)
  if (!at?.active) throw new Refusal('BANK_NOT_FOUND', `${bank} is switched off`)
  const { payment } = await createKhqr(hub, client, { at, billNumber: number })
  return (await ensureCheckout(hub.db, payment.number, { token: randomToken(32), ...ways })).token
}

async function newBill(samples: Samples) {
  try {
    return await samples.newBill()
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    throw new Refusal('SERVER_UNAVAILABLE', 'The simulator does not answer', { cause: error })
  }
}

async function payNewOrder(
  hub: Hub,
  client: Client,
  { total, items, method }: Samples['orders'][number],
  ways: Ways,
): Promise<string> {
  const uuid = randomUUID()
  const orderNumber = `SAMPLE-${randomReference().toUpperCase()}`
  await createOrder(hub.db, {
    uuid,
    orderNumber,
    customerId,
    total,
    items,
    customer: nobody,
    ...ways,
    createdBy: client.actor,
  })
  const order = await readOrder(hub.db, { uuid })
  if (!order) throw new Error(`Order ${orderNumber} was made and is not there`)
  return (await payOrder(hub, client, order, { method, customer: nobody, amountMinor: undefined })).checkoutToken
}
