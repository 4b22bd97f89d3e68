import type { CallbackReading, CallbackVerdict, RawCallback } from '../banks/callback.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { findCode, hastenCheck, keepCallback, type KnownCode } from '../store/callbacks.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import { judgeCallback } from './judge-callback.ts'
import { noteSecurityEvent, type SecurityEventKind } from './note-security-event.ts'

/** A message that proves nothing has a payment looked at this often at most, in seconds: the schedule's budget pays. */
const hastenedEveryS = 60
/** The bank waits for its answer at most this long for the look that its message asks for; then we look again by ourselves. */
const lookForMs = 1_200

export type Sender = {
  /** The address it came from, for the security events. */
  readonly address: string
  /** As the path says: whose messages come there. */
  readonly accountNumber: string
}

/**
 * Takes a bank's callback. Only a valid signature of the right account makes it kept, once; then its bank is asked about
 * the code it names, and only what the bank's own list says moves money. A forged one changes nothing; that a code of ours
 * was named is reason enough to look at it a little sooner, as a key may have been changed at the bank.
 */
export async function takeCallback(
  hub: Hub,
  asker: Asker,
  at: BankAtWork,
  sender: Sender,
  message: RawCallback,
): Promise<CallbackVerdict> {
  const { callbacks } = at.bank
  if (!callbacks) throw new Error(`${at.code} has no callbacks`)
  const reading = callbacks.read(message, sender.accountNumber)
  const code = reading.reference === undefined ? undefined : await findCode(hub.db, at.code, reading.reference)
  const wrong = whatIsWrong(at, sender, reading, code)
  if (wrong !== undefined || reading.fingerprint === undefined) {
    noteSecurityEvent(hub, {
      kind: wrong ?? 'bad_signature',
      actor: `address ${sender.address}`,
      object: `callback of ${at.code}`,
      sentence: reading.sentence,
      correlationId: asker.correlationId,
    })
    if (code) await hastenCheck(hub.db, code.paymentNumber, at.code, hastenedEveryS)
    return 'refused'
  }
  checkpoint('take-callback:before-keep')
  const kept = await keepCallback(hub.db, {
    bankCode: at.code,
    accountNumber: sender.accountNumber,
    subject: asker.actor,
    correlationId: asker.correlationId,
    receivedAt: message.receivedAt,
    contentType: message.contentType,
    body: message.body,
    fingerprint: reading.fingerprint,
    reference: reading.reference,
    paymentNumber: code?.paymentNumber,
  })
  checkpoint('take-callback:after-keep')
  if (kept.repeated) return 'repeated'
  const { inboxId, payment } = kept
  const about = { at, inboxId, payment, reference: reading.reference, receivedAt: message.receivedAt, tries: 0 }
  await judgeCallback(hub, asker, { ...about, accountNumber: sender.accountNumber }, lookForMs)
  return 'taken'
}

function whatIsWrong(
  at: BankAtWork,
  { accountNumber }: Sender,
  reading: CallbackReading,
  code: KnownCode | undefined,
): SecurityEventKind | undefined {
  if (reading.authenticity !== 'valid') return 'bad_signature'
  if (reading.isReplayed) return 'replayed'
  const account = at.accounts.find((one) => one.id === code?.merchantAccountId)
  return account && account.accountNumber !== accountNumber ? 'wrong_merchant' : undefined
}
