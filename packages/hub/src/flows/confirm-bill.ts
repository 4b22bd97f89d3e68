import type { ConfirmationClaims, MerchantAccount, RawMessage, Reading } from '../banks/bank.ts'
import { type ErrorCode, Refusal } from '../domain/errors.ts'
import { describePayment, describeReceipt } from '../domain/events.ts'
import { postReceipt } from '../domain/ledger.ts'
import { aboveNoticeLimit, whyNotByNotice } from '../domain/by-notice.ts'
import { type Circumstances, type CaseKind, sameMoney } from '../domain/match.ts'
import type { Payment } from '../domain/payment.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { sha256Hex } from '../kit/crypto.ts'
import { isJsonMediaType } from '../kit/media-type.ts'
import { showMoney } from '../money/money.ts'
import { OverLimit } from '../store/db.ts'
import { keepMessage } from '../store/inbox.ts'
import { readPayment } from '../store/payments.ts'
import { findReceiptsElsewhere } from '../store/receipts.ts'
import { type NewReceipt, write } from '../store/writes.ts'
import { askStillOwed } from './ask-bank.ts'
import { decideOnceMore } from './decide-again.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import { movePayment } from './move-payment.ts'

/** A confirmation that was accepted: what the bank is told. */
export type Confirmed = { readonly bankTransactionId: string; readonly paymentNumber: number }

type KeptConfirmation = { readonly inboxId: number; readonly claims: ConfirmationClaims; readonly at: BankAtWork }

/** What was decided about a confirmation: apply it, it was applied already, or keep it and say why not. */
type Decision = { readonly kind: 'apply'; readonly account: MerchantAccount } | { readonly kind: 'known' } | Refused

type Refused = {
  readonly kind: 'refuse'
  readonly code: ErrorCode
  readonly sentence: string
  readonly raise: CaseKind
}

const dayMs = 24 * 3_600_000

/**
 * Takes a bank's word that a bill was paid in its own channel. The raw message is kept first. It settles by notice only:
 * for a payment this bank asked about, of exactly the quoted amount, within the bank's limits; flagged until
 * reconciliation agrees. Throws `Refusal`.
 */
export async function confirmBill(hub: Hub, asker: Asker, at: BankAtWork, message: RawMessage): Promise<Confirmed> {
  const receivedAt = hub.clock.now()
  const reading = at.bank.readConfirmation(message, receivedAt)
  checkpoint('confirm-bill:before-keep')
  const kept = await keepMessage(hub.db, {
    bankCode: at.code,
    route: 'bill',
    subject: asker.actor,
    correlationId: asker.correlationId,
    receivedAt,
    contentType: message.contentType,
    body: message.body,
    fingerprint: reading.ok ? reading.claims.fingerprint : reading.fingerprint,
    reference: reading.ok ? String(reading.claims.paymentNumber) : reading.reference,
    paymentNumber: reading.ok ? Number(reading.claims.paymentNumber) : undefined,
  })
  checkpoint('confirm-bill:after-keep')
  if (message.body.length > 0 && message.contentType !== undefined && !isJsonMediaType(message.contentType)) {
    const sentence = `Content-Type is "${message.contentType.slice(0, 60)}": send application/json`
    await write(hub.db, { inbox: [{ id: kept.inboxId, outcome: 'refused', sentence, answerStatus: 415 }] })
    throw new Refusal('UNSUPPORTED_MEDIA_TYPE', 'A confirmation must be JSON', { details: sentence })
  }
  const claims = await readable(hub, kept.inboxId, reading, kept.payment)
  return decideAndWrite(hub, asker, { inboxId: kept.inboxId, claims, at }, kept.payment)
}

async function decideAndWrite(
  hub: Hub,
  asker: Asker,
  kept: KeptConfirmation,
  found: Payment | undefined,
): Promise<Confirmed> {
  const { claims, inboxId } = kept
  const stillOwed = found ? await askStillOwed(hub, asker, found) : 'unknown'
  return decideOnceMore(hub, async (round) => {
    const payment = round === 1 ? found : await readPayment(hub.db, Number(claims.paymentNumber))
    const decision = await decide(hub, kept, payment, stillOwed)
    const answer = { bankTransactionId: claims.bankTransactionId, paymentNumber: Number(claims.paymentNumber) }
    if (decision.kind === 'refuse') throw await refuse(hub, kept, payment, decision)
    if (decision.kind === 'known') {
      const sentence = `Receipt ${claims.bankTransactionId} is in the books already.`
      await write(hub.db, { inbox: [{ id: inboxId, outcome: 'known', sentence, answerStatus: 200 }] })
    } else if (payment) {
      await applyWithinLimit(hub, asker, kept, payment, decision.account)
    }
    return answer
  })
}

/** The day's limit is summed under a lock as the receipt is written: confirmations at once cannot pass it together. */
async function applyWithinLimit(
  hub: Hub,
  asker: Asker,
  kept: KeptConfirmation,
  payment: Payment,
  account: MerchantAccount,
): Promise<void> {
  try {
    await apply(hub, asker, kept, payment, account)
  } catch (error) {
    if (!(error instanceof OverLimit)) throw error
    throw await refuse(hub, kept, payment, aboveLimit(kept.at.code))
  }
}

function aboveLimit(bankCode: string): Refused {
  return differs(aboveNoticeLimit(bankCode), 'confirmation_not_allowed')
}

/** Input is validated before state: bad fields are a 400 that names them, and the message stays kept. */
async function readable(
  hub: Hub,
  inboxId: number,
  reading: Reading<ConfirmationClaims>,
  payment: Payment | undefined,
): Promise<ConfirmationClaims> {
  const problems = reading.ok ? shortPolicyNumber(reading.claims, payment) : reading.problems
  if (reading.ok && Object.keys(problems).length === 0) return reading.claims
  const sentence = `Refused: ${Object.entries(problems)
    .map(([field, problem]) => `${field} ${problem}`)
    .join('; ')}`
  await write(hub.db, { inbox: [{ id: inboxId, outcome: 'refused', sentence, answerStatus: 400 }] })
  throw new Refusal('BAD_REQUEST', 'The confirmation has bad fields', { details: problems })
}

/** 9 or 10 characters, or exactly the number that our inquiry for this id gave out. */
function shortPolicyNumber(claims: ConfirmationClaims, payment: Payment | undefined): Record<string, string> {
  const { policyNumber } = claims
  if (policyNumber.length >= 9 || policyNumber.toUpperCase() === payment?.billNumber) return {}
  return { policyNumber: `"${policyNumber}" must have 9 or 10 letters and digits` }
}

async function decide(
  hub: Hub,
  kept: KeptConfirmation,
  payment: Payment | undefined,
  stillOwed: Circumstances['stillOwed'],
): Promise<Decision> {
  const { claims, at } = kept
  if (!payment) {
    return {
      kind: 'refuse',
      code: 'RESOURCE_NOT_FOUND',
      sentence: `Payment id ${claims.paymentNumber} does not exist.`,
      raise: 'unknown_payment',
    }
  }
  const account = at.accounts.find((one) => one.currency === claims.amount.currency)
  const booked = payment.receipts.find(
    (receipt) =>
      receipt.bankCode === at.code &&
      receipt.channel === 'bill' &&
      receipt.bankTransactionId === claims.bankTransactionId,
  )
  const misfit = findMisfit(payment, claims)
  if (misfit) return differs(misfit)
  // The same content in every field, payer and time included, is the same confirmation.
  if (booked?.noticeFingerprint === claims.fingerprint) return { kind: 'known' }
  if (booked) return differs(`${claims.bankTransactionId} is in the books with other content`)
  if (!account) return differs(`there is no merchant account in ${claims.amount.currency}`)
  const elsewhere = await findReceiptsElsewhere(
    hub.db,
    { bankCode: at.code, merchantAccountId: account.id, channel: 'bill' },
    [claims.bankTransactionId],
    payment.number,
  )
  if (elsewhere.size > 0)
    return differs(`${claims.bankTransactionId} is in the books under another payment`, 'receipt_elsewhere')
  return mayNoticeSettle(kept, payment, account, stillOwed)
}

function mayNoticeSettle(
  kept: KeptConfirmation,
  payment: Payment,
  account: MerchantAccount,
  stillOwed: Circumstances['stillOwed'],
): Decision {
  const { claims, at } = kept
  const refused = whyNotByNotice(
    payment,
    { bankCode: at.code, amount: claims.amount, paidAt: claims.paidAt },
    {
      settles: at.policy.noticeSettlesBills,
      perPaymentMinor: at.policy.noticeLimits[claims.amount.currency].perPaymentMinor,
      latePolicy: at.policy.money.latePolicy,
      stillOwed,
    },
  )
  if (!refused) return { kind: 'apply', account }
  if (!refused.isSettled) return differs(refused.why, refused.raise)
  return { kind: 'refuse', code: 'CONFLICT', sentence: `Not applied: ${refused.why}.`, raise: refused.raise }
}

function findMisfit(payment: Payment, claims: ConfirmationClaims): string | undefined {
  if (claims.policyNumber.toUpperCase() !== payment.billNumber) {
    return `policyNumber ${claims.policyNumber} is not the policy of payment ${payment.number}`
  }
  if (!sameMoney(claims.amount, payment.amount)) {
    return `${showMoney(claims.amount)} is not what payment ${payment.number} asks for`
  }
  return undefined
}

function differs(why: string, raise: CaseKind = 'confirmation_differs'): Refused {
  return { kind: 'refuse', code: 'PAYMENT_VERIFICATION_DATA_MISMATCHED', sentence: `Not applied: ${why}.`, raise }
}

async function refuse(
  hub: Hub,
  kept: KeptConfirmation,
  payment: Payment | undefined,
  decision: Refused,
): Promise<Refusal> {
  const { claims, at, inboxId } = kept
  const refusal = new Refusal(decision.code, decision.sentence)
  const raised = {
    kind: decision.raise,
    dedupeKey: `${decision.raise}:${at.code}:${claims.fingerprint}`,
    bankCode: at.code,
    paymentNumber: payment?.number,
    inboxId,
    sentence: decision.sentence,
    evidence: { claimed: showMoney(claims.amount), bankTransactionId: claims.bankTransactionId },
  }
  await write(hub.db, {
    inbox: [{ id: inboxId, outcome: 'case', sentence: decision.sentence, answerStatus: refusal.status }],
    cases: [raised],
  })
  return refusal
}

async function apply(
  hub: Hub,
  asker: Asker,
  kept: KeptConfirmation,
  payment: Payment,
  account: MerchantAccount,
): Promise<void> {
  const { claims, at, inboxId } = kept
  const money = {
    bankTransactionId: claims.bankTransactionId,
    amount: claims.amount,
    paidAt: claims.paidAt,
    proof: 'notice' as const,
  }
  const receipt: NewReceipt = {
    ...money,
    bankCode: at.code,
    merchantAccountId: account.id,
    channel: 'bill',
    inboxId,
    payerDigest: sha256Hex(claims.payer),
    memo: `${showMoney(claims.amount)} at ${at.code}'s counter, ${claims.bankTransactionId}, confirmed by notice`,
    entries: postReceipt(at.code, claims.amount, { kind: 'applied', creditAccount: payment.creditAccount }),
    applied: claims.amount.amountMinor,
    suspended: undefined,
    noticeLimit: {
      perDayMinor: at.policy.noticeLimits[claims.amount.currency].perDayMinor,
      since: new Date(hub.clock.now().getTime() - dayMs),
    },
  }
  const body = describePayment(payment, 'completed', { bank: at.code, receipt: describeReceipt(money) })
  const sentence = `${showMoney(claims.amount)} (${claims.bankTransactionId}) applied by notice of ${at.code}.`
  const change = {
    evidence: 'receipt_applied' as const,
    sentence,
    receipts: [receipt],
    closeAttempts: 'the payment is completed',
    events: [
      { type: 'gateway.payment.confirmed' as const, body },
      { type: 'gateway.payment.success' as const, body },
    ],
  }
  const told = { merchantAccountId: account.id, bankTransactionId: claims.bankTransactionId }
  await movePayment(hub, asker, [{ payment, change }], {
    inbox: [{ id: inboxId, outcome: 'applied', sentence, answerStatus: 200, told }],
  })
}
