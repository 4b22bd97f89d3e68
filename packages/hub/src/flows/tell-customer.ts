import { checkpoint } from '../kit/checkpoint.ts'
import { newId } from '../kit/ids.ts'
import { maskEmail, maskPhone } from '../kit/mask.ts'
import {
  type CustomerNote,
  type KnownReceipt,
  type NewCustomerMessage,
  readCustomerReceipts,
  writeCustomerReceipts,
} from '../store/customer-receipts.ts'
import { claimDeliveries, type Delivery, postpone } from '../store/deliveries.ts'
import { customerWords } from './customer-words.ts'
import type { Hub } from './hub.ts'
import { newCustomerReceipt } from './issue-receipt.ts'

const sink = 'customer'
/** How many payments one statement issues receipts for, and for how long they are claimed. */
const batch = 32
const leaseS = 60
/** A success without money in the books is damage: a person mends it, and it is looked at slowly. */
const damagedWaitS = 300

/**
 * Issues the receipts of payments that succeeded, and queues what their customers are told: once each, however often it
 * is tried. Answers how many were claimed.
 */
export async function tellCustomers(hub: Hub): Promise<number> {
  const deliveries = await claimDeliveries(hub.db, sink, batch, leaseS)
  if (deliveries.length === 0) return 0
  checkpoint('tell-customer:claimed')
  const numbers = deliveries.map((one) => one.paymentNumber)
  const known = new Map((await readCustomerReceipts(hub.db, numbers)).map((one) => [one.facts.paymentNumber, one]))
  const told = deliveries.flatMap((delivery) => {
    const receipt = known.get(delivery.paymentNumber)
    return receipt ? [{ delivery, receipt }] : []
  })
  checkpoint('tell-customer:before-issue')
  await writeCustomerReceipts(hub.db, {
    receipts: told.flatMap(({ receipt }) => (receipt.issued ? [] : [newCustomerReceipt(receipt)])),
    notes: told.map(({ receipt }) => noteOf(hub, receipt)),
    messages: told.flatMap(({ receipt }) => messagesTo(hub, receipt)),
    positions: told.map(({ delivery }) => delivery.position),
  })
  checkpoint('tell-customer:after-issue')
  for (const delivery of deliveries) if (!known.has(delivery.paymentNumber)) await putOff(hub, delivery)
  return deliveries.length
}

function noteOf(hub: Hub, receipt: KnownReceipt): CustomerNote {
  const [first] = messagesTo(hub, receipt)
  const { text } = customerWords(receipt.facts)
  return {
    paymentNumber: receipt.facts.paymentNumber,
    channel: first?.channel ?? 'journal',
    recipient: first?.recipient ?? masked(receipt),
    textEn: text.en,
    textKm: text.km,
  }
}

function masked({ payer }: KnownReceipt): string {
  if (payer?.email !== undefined) return maskEmail(payer.email)
  return payer?.phone === undefined ? 'nobody' : maskPhone(payer.phone)
}

function messagesTo(hub: Hub, { facts, payer }: KnownReceipt): NewCustomerMessage[] {
  if (!payer) return []
  return hub.messengers.flatMap((messenger) => {
    const recipient = messenger.recipientOf(payer)
    if (recipient === undefined) return []
    return [{ id: newId('msg'), paymentNumber: facts.paymentNumber, channel: messenger.channel, recipient }]
  })
}

async function putOff(hub: Hub, delivery: Delivery): Promise<void> {
  const { paymentNumber, correlationId } = delivery
  const why = `payment ${paymentNumber} succeeded, and no money is applied to it in the books`
  hub.log.warn(
    { event: 'receipt.postponed', paymentNumber, waitS: damagedWaitS, why, correlationId },
    'The receipt of a payment could not be issued; it is tried again.',
  )
  await postpone(hub.db, sink, delivery, damagedWaitS, why)
}
