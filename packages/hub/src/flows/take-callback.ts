import type { CallbackReading, CallbackVerdict, RawCallback } from '../banks/callback.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { findCode, hastenCheck, isDecided, keepCallback, type KnownCode } from '../store/callbacks.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import { judgeCallback, type KeptCallback } from './judge-callback.ts'
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
  const note = (kind: SecurityEventKind, sentence: string) =>
    noteSecurityEvent(hub, {
      kind,
      actor: `address ${sender.address}`,
      object: `callback of ${at.code}`,
      sentence,
      correlationId: asker.correlationId,
    })
  if (wrong !== undefined || reading.fingerprint === undefined) {
    note(wrong?.kind ?? 'bad_signature', wrong?.sentence ?? reading.sentence)
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
  if (kept.repeated) {
    // Before it was judged its sender may have got no answer. Afterwards somebody may be trying what else it does.
    if (await isDecided(hub.db, kept.inboxId)) note('replayed', `Message ${kept.inboxId} of ${at.code} came again.`)
    return 'repeated'
  }
  const { inboxId, payment } = kept
  const { receivedAt } = message
  const { accountNumber } = sender
  const about = { at, inboxId, payment, reference: reading.reference, receivedAt, accountNumber }
  await Promise.race([judge(hub, asker, about), hub.clock.wait(lookForMs)])
  return 'taken'
}

/** The message is kept, so its sender hears no trouble of ours: what was not judged now is judged by the job. */
async function judge(hub: Hub, asker: Asker, kept: KeptCallback): Promise<void> {
  try {
    await judgeCallback(hub, asker, kept, lookForMs)
  } catch (error) {
    const about = { bank: kept.at.code, inboxId: kept.inboxId, correlationId: asker.correlationId }
    hub.log.error({ event: 'callback.not_judged', err: error, ...about }, 'A kept callback could not be judged now.')
  }
}

function whatIsWrong(
  at: BankAtWork,
  { accountNumber }: Sender,
  reading: CallbackReading,
  code: KnownCode | undefined,
): { readonly kind: SecurityEventKind; readonly sentence: string } | undefined {
  if (reading.authenticity !== 'valid') return { kind: 'bad_signature', sentence: reading.sentence }
  if (reading.isReplayed) return { kind: 'replayed', sentence: reading.sentence }
  const account = at.accounts.find((one) => one.id === code?.merchantAccountId)
  if (!account || account.accountNumber === accountNumber) return undefined
  const sentence = `A message on the path of account ${accountNumber} names a code of account ${account.accountNumber}.`
  return { kind: 'wrong_merchant', sentence }
}
