import { paidAtOf, paidForOf, printReceiptNumber } from '../domain/customer-receipt.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { Trouble } from '../kit/trouble.ts'
import type { CustomerMessage } from '../messengers/messenger.ts'
import { printAmount } from '../money/money.ts'
import { claimMessages, type DueMessage, endMessage, postponeMessage } from '../store/customer-messages.ts'
import { type KnownReceipt, readCustomerReceipts } from '../store/customer-receipts.ts'
import { customerWords } from './customer-words.ts'
import { isInAgreement } from './find-customer-receipt.ts'
import type { Hub } from './hub.ts'

/** How many messages are sent at once, and how long a claim holds: longer than every channel's own patience. */
const batch = 16
const leaseS = 60
/** First wait after a failure, doubled each time up to the longest; and when it is given up, in seconds. */
const firstWaitS = 1
const longestWaitS = 300
const giveUpAfterS = 3 * 24 * 3_600

/**
 * Sends queued messages to customers, at least once each. Whom a message goes to is read now: of an erased payer nothing
 * is left to send to. Answers how many were claimed.
 */
export async function sendMessages(hub: Hub): Promise<number> {
  const due = await claimMessages(hub.db, batch, leaseS)
  if (due.length === 0) return 0
  const numbers = [...new Set(due.map((one) => one.paymentNumber))]
  const receipts = new Map((await readCustomerReceipts(hub.db, numbers)).map((one) => [one.facts.paymentNumber, one]))
  await Promise.all(due.map((message) => sendOne(hub, message, receipts.get(message.paymentNumber))))
  return due.length
}

async function sendOne(hub: Hub, message: DueMessage, receipt: KnownReceipt | undefined): Promise<void> {
  const { id, channel, paymentNumber } = message
  const messenger = hub.messengers.find((one) => one.channel === channel)
  if (!messenger) return putOff(hub, message, `the channel ${channel} is not configured`)
  if (!receipt?.issued || !isInAgreement(receipt))
    return putOff(hub, message, `the receipt of payment ${paymentNumber} does not agree with the books`)
  const { payer } = receipt
  if (!payer || messenger.recipientOf(payer) === undefined) return dropErased(hub, message)
  try {
    await messenger.send(messageOf(hub, id, receipt), payer, { correlationId: newCorrelationId() })
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    return putOff(hub, message, error.message)
  }
  await endMessage(hub.db, id, { state: 'sent', why: undefined })
  hub.metrics.customerMessages.inc({ channel, outcome: 'sent' })
  hub.log.info({ event: 'message.sent', messageId: id, channel, paymentNumber }, 'The customer was told.')
}

function messageOf(hub: Hub, id: string, { facts, issued }: KnownReceipt): CustomerMessage {
  const number = printReceiptNumber(facts.number)
  return {
    id,
    receiptNumber: number,
    receiptUrl: hub.receiptLinkOf(number, issued?.mac.toString('base64url') ?? ''),
    paymentNumber: facts.paymentNumber,
    payable: { kind: facts.payableKind, number: paidForOf(facts) },
    amount: printAmount(facts.amount.amountMinor, facts.amount.currency),
    currency: facts.amount.currency,
    paidAt: paidAtOf(facts).toISOString(),
    ...customerWords(facts),
  }
}

async function dropErased(hub: Hub, { id, channel, paymentNumber }: DueMessage): Promise<void> {
  const why = "the payer's data was erased: nothing was sent"
  await endMessage(hub.db, id, { state: 'failed', why })
  hub.metrics.customerMessages.inc({ channel, outcome: 'erased' })
  hub.log.info({ event: 'message.erased', messageId: id, channel, paymentNumber }, 'A message was not sent: no payer.')
}

async function putOff(hub: Hub, message: DueMessage, why: string): Promise<void> {
  const { id, channel, paymentNumber, tries, queuedAgoS } = message
  if (queuedAgoS > giveUpAfterS) {
    await endMessage(hub.db, id, { state: 'failed', why })
    hub.metrics.customerMessages.inc({ channel, outcome: 'failed' })
    hub.log.error(
      { event: 'message.failed', messageId: id, channel, paymentNumber, tries, why },
      'A customer could not be told for three days; it is given up.',
    )
    return
  }
  const waitS = Math.min(longestWaitS, firstWaitS * 2 ** Math.min(tries - 1, 20))
  await postponeMessage(hub.db, message, waitS, why)
  hub.metrics.customerMessages.inc({ channel, outcome: 'postponed' })
  hub.log.warn(
    { event: 'message.postponed', messageId: id, channel, paymentNumber, tries, waitS, why },
    'A customer could not be told yet; it is tried again.',
  )
}
