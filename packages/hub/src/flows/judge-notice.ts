import type { MerchantAccount, Verification } from '../banks/bank.ts'
import { Refusal } from '../domain/errors.ts'
import type { Payment } from '../domain/payment.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { Trouble } from '../kit/trouble.ts'
import { findReceiptsElsewhere } from '../store/receipts.ts'
import { type InboxOutcome, write } from '../store/writes.ts'
import { accountOf, askStillOwed, codesAt, verifyWithBank } from './ask-bank.ts'
import { conclude, nextTry, putOff, waitAndAsk } from './conclude-notice.ts'
import { decideOnceMore } from './decide-again.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import { noteSecurityEvent } from './note-security-event.ts'
import { readAgain } from './read-again.ts'
import { judgeUnknownInvoice } from './judge-unknown-invoice.ts'
import type { Judgement, KeptNotice } from './kept-notice.ts'
import { movePayment } from './move-payment.ts'
import { noteReversals } from './reverse-receipts.ts'
import { settleByNotice } from './settle-by-notice.ts'
import { keepExchanges, type Settlement, settleMovements } from './settle-movements.ts'

/** While the bank waits for our answer, "unpaid" is asked again for this long. */
const askAgainForMs = 2_000
const askAgainAfterMs = [150, 350, 500, 1_000]
/** Notice and bank may disagree for this long before a person must look. */
const disagreeForMs = 15 * 60_000

/**
 * Proves a notice with the bank and settles what the bank's list says. The message is a hint; the list is the proof.
 * Whatever happens, the kept message gets an outcome or a time to be asked about again.
 */
export async function judgeNotice(hub: Hub, asker: Asker, kept: KeptNotice): Promise<Judgement> {
  const { reading, payment } = kept
  const reference = reading.ok ? reading.claims.reference : reading.reference
  if (reference === undefined) {
    const problems = reading.ok ? {} : reading.problems
    const refusal = new Refusal('BAD_REQUEST', 'The notice cannot be read', { details: problems })
    return conclude(hub, kept, { outcome: 'refused', sentence: JSON.stringify(problems) }, refusal)
  }
  if (!payment) return judgeUnknownInvoice(hub, asker, kept, reference)
  const account = boundAccount(kept, payment)
  if (!account) return refuseMerchant(hub, asker, kept, payment)
  if (kept.at.bank.describe().verify === 'never') return settleByNotice(hub, asker, kept, { payment, account })
  try {
    const verification = await askUntilSure(hub, asker, kept, { reference, account })
    return await settleNotice(hub, asker, kept, { payment, account, verification })
  } catch (error) {
    if (error instanceof Trouble) return putOff(hub, asker, kept, error)
    throw error
  }
}

/** The account the notice names must be one of ours at this bank, and the one the code was shown for. */
function boundAccount(kept: KeptNotice, payment: Payment): MerchantAccount | undefined {
  const shown = accountOf(kept.at, payment)
  const named = kept.reading.ok ? kept.reading.claims.merchantNumber : undefined
  if (named === undefined || shown?.accountNumber === named) return shown
  return undefined
}

async function refuseMerchant(hub: Hub, asker: Asker, kept: KeptNotice, payment: Payment): Promise<Judgement> {
  const named = kept.reading.ok ? kept.reading.claims.merchantNumber : ''
  const sentence = `The notice for payment ${payment.number} names merchant ${named.slice(0, 40)}, which is not ours at ${kept.at.code}.`
  noteSecurityEvent(hub, {
    kind: 'wrong_merchant',
    actor: asker.actor,
    object: `inbox ${kept.inboxId}`,
    sentence,
    correlationId: asker.correlationId,
  })
  const refusal = new Refusal('MERCHANT_NOT_BIND', 'The merchant number is not bound to this payment', {
    details: `merchant_number: ${named.slice(0, 40)}`,
  })
  return conclude(hub, kept, { outcome: 'refused', sentence }, refusal)
}

/** Asks the bank; while a first notice claims money that is not listed yet, asks again for up to 2 s. */
async function askUntilSure(
  hub: Hub,
  asker: Asker,
  kept: KeptNotice,
  keys: { readonly reference: string; readonly account: MerchantAccount },
): Promise<Verification> {
  const startedMs = hub.clock.monotonicMs()
  const asked = { ...keys, codes: codesAt(kept.at, kept.payment), unshown: [] }
  const expectsNews = kept.tries === 0 && kept.reading.ok && kept.reading.claims.success
  for (let round = 0; ; round += 1) {
    checkpoint('judge-notice:before-verify')
    const verification = await verifyWithBank(kept.at, asker, asked, { notified: true })
    checkpoint('judge-notice:after-verify')
    const waitMs = askAgainAfterMs[round]
    const outOfTime = waitMs === undefined || hub.clock.monotonicMs() - startedMs + waitMs > askAgainForMs
    if (!expectsNews || outOfTime || verification.state === 'unknown') return verification
    if (verification.state === 'paid' && !isSecondNotice(kept, verification)) return verification
    await hub.clock.wait(waitMs)
  }
}

/** Everything listed was already told by other notices: the movement this one tells about may not be listed yet. */
function isSecondNotice(kept: KeptNotice, verification: Verification): boolean {
  if (!kept.reading.ok || !kept.payment) return false
  const { fingerprint } = kept.reading.claims
  const told = kept.payment.receipts.filter((receipt) => receipt.noticeFingerprint !== undefined)
  const listed = verification.movements.filter((movement) => !movement.reversed)
  return told.length >= listed.length && told.every((receipt) => receipt.noticeFingerprint !== fingerprint)
}

type Proof = { readonly payment: Payment; readonly account: MerchantAccount; readonly verification: Verification }

async function settleNotice(hub: Hub, asker: Asker, kept: KeptNotice, asked: Proof): Promise<Judgement> {
  const { verification } = asked
  const isChanged = await noteReversals(hub, asker, { ...asked, at: kept.at, strict: false })
  const proof = isChanged ? { ...asked, payment: await readAgain(hub, asked.payment) } : asked
  if (verification.state === 'unknown') return putOffDoubt(hub, asker, kept, proof)
  if (verification.state !== 'paid') return hearUnpaid(hub, asker, kept, proof)
  const stillOwed = await askStillOwed(hub, asker, proof.payment)
  return decideOnceMore(hub, async (round) => {
    const payment = round === 1 ? proof.payment : await readAgain(hub, proof.payment)
    const settlement = settleMovements({
      ...proof,
      payment,
      notice: kept.reading.ok && kept.reading.claims.success ? kept.reading.claims : undefined,
      inboxId: kept.inboxId,
      elsewhere: round === 1 ? new Set() : await findElsewhere(hub, kept.at, proof, payment),
      at: hub.clock.now(),
      network: kept.at.bank.describe().network,
      now: { bankCode: kept.at.code, stillOwed, ...kept.at.policy.money },
    })
    if (settlement.placed.length === 0) return putOffDoubt(hub, asker, kept, proof)
    return writeSettlement(hub, asker, kept, { ...proof, payment }, settlement)
  })
}

/** A conflict may also mean that a movement is in the books under another payment. */
export function findElsewhere(hub: Hub, at: BankAtWork, proof: Proof, payment: Payment): Promise<Set<string>> {
  const { account, verification } = proof
  const { network } = at.bank.describe()
  return findReceiptsElsewhere(
    hub.db,
    { bankCode: account.bankCode, merchantAccountId: account.id, channel: 'khqr', network },
    verification.movements.map((movement) => movement.bankTransactionId),
    payment.number,
  )
}

async function writeSettlement(
  hub: Hub,
  asker: Asker,
  kept: KeptNotice,
  proof: Proof,
  settlement: Settlement,
): Promise<Judgement> {
  const { payment } = proof
  const judgement = judgementOf(settlement, payment, kept.at.code)
  const told =
    settlement.pairing?.kind === 'paired' || settlement.pairing?.kind === 'differs'
      ? settlement.pairing.movement
      : undefined
  // A second notice is a case at once, and still asked about: the bank may list its movement later.
  const isAskedAgain = settlement.pairing?.kind === 'second_notice' && isFresh(hub, kept)
  const inbox: InboxOutcome = {
    id: kept.inboxId,
    outcome: isAskedAgain ? 'waiting' : outcomeOf(settlement),
    nextTryAt: isAskedAgain ? nextTry(hub.clock.now(), kept.tries) : undefined,
    sentence: settlement.change.sentence,
    answerStatus: judgement.kind === 'refused' ? judgement.refusal.status : 200,
    told: told && { merchantAccountId: told.merchantAccountId, bankTransactionId: told.bankTransactionId },
  }
  await movePayment(hub, asker, [{ payment, change: settlement.change }], {
    inbox: [inbox],
    cases: settlement.cases,
    exchanges: keepExchanges(proof.verification, {
      paymentNumber: payment.number,
      inboxId: kept.inboxId,
      correlationId: asker.correlationId,
    }),
  })
  return judgement
}

/** Whether notice and bank may still come to agree by themselves. */
function isFresh(hub: Hub, kept: KeptNotice): boolean {
  return hub.clock.now().getTime() - kept.receivedAt.getTime() < disagreeForMs
}

function outcomeOf(settlement: Settlement): InboxOutcome['outcome'] {
  const fresh = settlement.placed.filter((one) => one.kind === 'new')
  if (fresh.some((one) => one.placement.kind !== 'suspense')) return 'applied'
  if (fresh.length > 0) return 'suspense'
  return settlement.cases.length > 0 ? 'case' : 'known'
}

/** What the bank is told. Money held for a reason that repeating cannot mend is a 400; a second payment is a 200. */
function judgementOf(settlement: Settlement, payment: Payment, bankCode: string): Judgement {
  const { pairing, placed } = settlement
  if (pairing?.kind === 'second_notice') {
    return {
      kind: 'confirmed',
      sentence: `Payment ${payment.number}: the second notice is kept for a person to look at.`,
    }
  }
  // A notice that could not be read whole tells of no movement in particular: then of the newest that is listed.
  const told =
    pairing && 'movement' in pairing ? placed.find((one) => one.movement === pairing.movement) : placed.at(-1)
  const reason =
    told?.kind === 'new' && told.placement.kind === 'suspense'
      ? told.placement.reason
      : told?.kind === 'known'
        ? told.receipt.suspended
        : undefined
  const misfits = ['underpaid', 'overpaid', 'currency_mismatch', 'notice_disagrees', 'unknown_payment']
  if (pairing?.kind === 'differs' || told?.kind === 'doubt' || (reason !== undefined && misfits.includes(reason))) {
    const why = told?.kind === 'doubt' ? told.doubt.sentence : (reason ?? 'the notice differs from what the bank lists')
    return {
      kind: 'refused',
      refusal: new Refusal('PAYMENT_VERIFICATION_DATA_MISMATCHED', `What ${bankCode} says differs from what is owed`, {
        details: `Payment ${payment.number}: ${why}. The money and the message are kept; an operator looks at them.`,
      }),
    }
  }
  return { kind: 'confirmed', sentence: settlement.change.sentence }
}

async function hearUnpaid(hub: Hub, asker: Asker, kept: KeptNotice, proof: Proof): Promise<Judgement> {
  const exchanges = keepExchanges(proof.verification, {
    paymentNumber: proof.payment.number,
    inboxId: kept.inboxId,
    correlationId: asker.correlationId,
  })
  const number = proof.payment.number
  if (kept.reading.ok && !kept.reading.claims.success) {
    const sentence = `${kept.at.code} told us "${kept.reading.claims.status.slice(0, 40)}" for payment ${number}, and lists no money.`
    await write(hub.db, { exchanges, inbox: [{ id: kept.inboxId, outcome: 'noted', sentence, answerStatus: 200 }] })
    return { kind: 'noted', sentence }
  }
  if (!kept.reading.ok && kept.tries === 0) {
    const refusal = new Refusal('BAD_REQUEST', 'The notice has bad fields', { details: kept.reading.problems })
    return waitAndAsk(
      hub,
      kept,
      `The notice has bad fields, and ${kept.at.code} lists no money for ${number}.`,
      refusal,
      { exchanges },
    )
  }
  const sentence = `${kept.at.code} told us payment ${number} was paid, but does not list the money.`
  const refusal = new Refusal('SERVER_UNAVAILABLE', 'The payment cannot be proved with the bank yet', {
    details: sentence,
    retryAfterS: 5,
  })
  if (isFresh(hub, kept)) {
    return waitAndAsk(hub, kept, sentence, refusal, { exchanges })
  }
  const cases = [
    {
      kind: 'unproved_notice' as const,
      dedupeKey: `unproved_notice:${kept.at.code}:${kept.reading.ok ? kept.reading.claims.fingerprint : kept.inboxId}`,
      bankCode: kept.at.code,
      paymentNumber: number,
      inboxId: kept.inboxId,
      sentence: `${sentence} They have disagreed for 15 minutes.`,
      evidence: {},
    },
  ]
  return conclude(hub, kept, { outcome: 'case', sentence }, refusal, { cases, exchanges })
}

/** The bank answered, but nothing can be read from it: neither paid nor unpaid. */
async function putOffDoubt(hub: Hub, asker: Asker, kept: KeptNotice, proof: Proof): Promise<Judgement> {
  const sentence = `${kept.at.code} was asked about payment ${proof.payment.number}: ${proof.verification.doubt ?? 'amount or currency is missing'}.`
  const refusal = new Refusal('PARTNER_RESPONSE_INVALID', "The bank's answer about this payment makes no sense", {
    details: sentence,
    retryAfterS: 5,
  })
  const exchanges = keepExchanges(proof.verification, {
    paymentNumber: proof.payment.number,
    inboxId: kept.inboxId,
    correlationId: asker.correlationId,
  })
  return waitAndAsk(hub, kept, sentence, refusal, { exchanges })
}
