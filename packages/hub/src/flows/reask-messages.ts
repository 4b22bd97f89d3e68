import { findCode } from '../store/callbacks.ts'
import { claimWaiting, type WaitingMessage } from '../store/inbox.ts'
import { readPayment } from '../store/payments.ts'
import type { BankAtWork, Hub } from './hub.ts'
import { judgeCallback, type KeptCallback } from './judge-callback.ts'
import { judgeNotice } from './judge-notice.ts'
import { paymentNumberOf } from './take-webhook.ts'
import { write } from '../store/writes.ts'

const batch = 20
/** A claim holds longer than the bank's deadline and its retries. */
const leaseS = 30

/**
 * Asks again about kept messages whose truth is still open: those the bank could not prove yet, and those a crash left
 * before they were judged. Answers how many were taken.
 */
export async function reaskMessages(hub: Hub): Promise<number> {
  const waiting = await claimWaiting(hub.db, batch, leaseS)
  await Promise.all(waiting.map((message) => reask(hub, message)))
  return waiting.length
}

async function reask(hub: Hub, message: WaitingMessage): Promise<void> {
  const asker = { actor: 'job reask-messages', correlationId: message.correlationId }
  const at = hub.banks.get(message.bankCode)
  if (!at) {
    hub.log.error(
      { event: 'inbox.stuck', bank: message.bankCode, inboxId: message.inboxId },
      'A kept message names a bank that is not configured.',
    )
    return
  }
  if (message.route === 'bill') return leaveToBank(hub, message)
  if (message.route === 'callback') return judgeCallback(hub, asker, await keptCallback(hub, at, message))
  const reading = at.bank.readWebhook({ contentType: message.contentType, body: message.body }, message.receivedAt)
  const number = paymentNumberOf(message.reference)
  const payment = number === undefined ? undefined : await readPayment(hub.db, number)
  // Counted as asked before: the bank waits for no answer, so nothing is asked twice within one try.
  const tries = message.tries + 1
  await judgeNotice(hub, asker, {
    at,
    inboxId: message.inboxId,
    receivedAt: message.receivedAt,
    reading,
    payment,
    tries,
  })
}

async function keptCallback(hub: Hub, at: BankAtWork, message: WaitingMessage): Promise<KeptCallback> {
  const { inboxId, receivedAt, reference, accountNumber } = message
  const code = reference === undefined ? undefined : await findCode(hub.db, at.code, reference)
  const payment = code && (await readPayment(hub.db, code.paymentNumber))
  return { at, inboxId, receivedAt, reference, payment, accountNumber }
}

/**
 * A bill confirmation that we never answered (we died in between) is applied only when the bank sends it again, by
 * statement, or by an operator (clause 5): here it only gets its outcome.
 */
async function leaveToBank(hub: Hub, message: WaitingMessage): Promise<void> {
  const sentence = 'We stopped before this confirmation was judged. The bank got no answer and sends it again.'
  await write(hub.db, { inbox: [{ id: message.inboxId, outcome: 'refused', sentence, answerStatus: 503 }] })
}
