import type { Circumstances } from '../domain/match.ts'
import type { MerchantAccount, NoticeClaims } from '../banks/bank.ts'
import { aboveNoticeLimit, whyNotByNotice } from '../domain/by-notice.ts'
import { Refusal } from '../domain/errors.ts'
import { describePayment, describeReceipt } from '../domain/events.ts'
import { postReceipt } from '../domain/ledger.ts'
import type { CaseKind } from '../domain/match.ts'
import type { Payment } from '../domain/payment.ts'
import { showMoney } from '../money/money.ts'
import { OverLimit } from '../store/db.ts'
import { type NewReceipt, write } from '../store/writes.ts'
import { askStillOwed } from './ask-bank.ts'
import { conclude } from './conclude-notice.ts'
import { decideOnceMore } from './decide-again.ts'
import type { Asker, Hub } from './hub.ts'
import type { Judgement, KeptNotice } from './kept-notice.ts'
import { movePayment } from './move-payment.ts'
import { readAgain } from './read-again.ts'

type Told = { readonly payment: Payment; readonly account: MerchantAccount; readonly claims: NoticeClaims }

const dayMs = 24 * 3_600_000

/**
 * Judges a KHQR notice of a bank that cannot be asked. Its word settles where its settings say so, once per payment and
 * within limits; the receipt is flagged until a statement agrees. Everything else is a case without a receipt: held money
 * is proved money (clause 2).
 */
export async function settleByNotice(
  hub: Hub,
  asker: Asker,
  kept: KeptNotice,
  asked: { readonly payment: Payment; readonly account: MerchantAccount },
): Promise<Judgement> {
  const { reading, at } = kept
  if (!reading.ok) {
    const refusal = new Refusal('BAD_REQUEST', 'The notice has bad fields', { details: reading.problems })
    return conclude(hub, kept, { outcome: 'refused', sentence: JSON.stringify(reading.problems) }, refusal)
  }
  const { claims } = reading
  if (!claims.success) {
    const sentence = `${at.code} told us "${claims.status.slice(0, 40)}" for payment ${asked.payment.number}; it cannot be asked.`
    await write(hub.db, { inbox: [{ id: kept.inboxId, outcome: 'noted', sentence, answerStatus: 200 }] })
    return { kind: 'noted', sentence }
  }
  const stillOwed = await askStillOwed(hub, asker, asked.payment)
  return decideOnceMore(hub, async (round) => {
    const payment = round === 1 ? asked.payment : await readAgain(hub, asked.payment)
    return decide(hub, asker, kept, { ...asked, payment, claims }, stillOwed)
  })
}

async function decide(
  hub: Hub,
  asker: Asker,
  kept: KeptNotice,
  told: Told,
  stillOwed: Circumstances['stillOwed'],
): Promise<Judgement> {
  const { payment, claims, account } = told
  const { at } = kept
  const first = payment.receipts.find((receipt) => receipt.bankCode === at.code && receipt.channel === 'khqr')
  // "Paid" without a list of movements is one movement keyed by our reference, and never becomes two (clause 3).
  if (first) return hearAgain(hub, kept, told, first.noticeFingerprint === claims.fingerprint)
  const refused = whyNotByNotice(
    payment,
    { bankCode: at.code, amount: claims.amount, paidAt: claims.paidAt },
    {
      settles: at.policy.noticeSettlesKhqr,
      perPaymentMinor: at.policy.noticeLimits[claims.amount.currency].perPaymentMinor,
      latePolicy: at.policy.money.latePolicy,
      stillOwed,
    },
  )
  if (refused) return raise(hub, kept, told, refused.why, refused.raise)
  // Only a code that we showed settles (clause 10), whatever was asked about at the counter.
  if (payment.attempts.every((attempt) => attempt.bankCode !== at.code || attempt.qrString === undefined)) {
    return raise(hub, kept, told, `no code of ${at.code} was shown for payment ${payment.number}`)
  }
  if (account.currency !== claims.amount.currency) {
    return raise(hub, kept, told, `account ${account.accountNumber} is in ${account.currency}`)
  }
  try {
    return await apply(hub, asker, kept, told)
  } catch (error) {
    if (!(error instanceof OverLimit)) throw error
    return raise(hub, kept, told, aboveNoticeLimit(at.code))
  }
}

/** The same notice again is answered as before; another one tells of money that nobody can prove. */
async function hearAgain(hub: Hub, kept: KeptNotice, told: Told, isSame: boolean): Promise<Judgement> {
  const { payment, claims } = told
  const { at, inboxId } = kept
  if (isSame) {
    const sentence = `The notice for payment ${payment.number} is in the books already.`
    await write(hub.db, { inbox: [{ id: inboxId, outcome: 'known', sentence, answerStatus: 200 }] })
    return { kind: 'confirmed', sentence }
  }
  const sentence = `${at.code} told us again of ${showMoney(claims.amount)} for payment ${payment.number}, which its first notice settled or holds.`
  await write(hub.db, {
    inbox: [{ id: inboxId, outcome: 'case', sentence, answerStatus: 200 }],
    cases: [caseOf(kept, told, 'second_notice', sentence)],
  })
  return {
    kind: 'confirmed',
    sentence: `Payment ${payment.number}: the second notice is kept for a person to look at.`,
  }
}

async function raise(
  hub: Hub,
  kept: KeptNotice,
  told: Told,
  why: string,
  kind: CaseKind = 'confirmation_not_allowed',
): Promise<Judgement> {
  const sentence = `Not applied: ${why}.`
  const refusal = new Refusal(
    'PAYMENT_VERIFICATION_DATA_MISMATCHED',
    `${kept.at.code} cannot be asked, and its notice alone does not settle this payment`,
    { details: `Payment ${told.payment.number}: ${why}. The message is kept; an operator looks at it.` },
  )
  return conclude(hub, kept, { outcome: 'case', sentence }, refusal, { cases: [caseOf(kept, told, kind, sentence)] })
}

function caseOf({ at, inboxId }: KeptNotice, { payment, claims }: Told, kind: CaseKind, sentence: string) {
  return {
    kind,
    dedupeKey: `${kind}:${at.code}:${claims.fingerprint}`,
    bankCode: at.code,
    paymentNumber: payment.number,
    inboxId,
    sentence,
    evidence: { noticeAmount: showMoney(claims.amount), noticePaidAt: claims.paidAt.toISOString() },
  }
}

async function apply(hub: Hub, asker: Asker, kept: KeptNotice, told: Told): Promise<Judgement> {
  const { payment, account, claims } = told
  const { at, inboxId } = kept
  const { amount, paidAt } = claims
  const bankTransactionId = claims.reference
  const money = { bankTransactionId, amount, paidAt, proof: 'notice' as const }
  const receipt: NewReceipt = {
    ...money,
    bankCode: at.code,
    merchantAccountId: account.id,
    channel: 'khqr',
    inboxId,
    payerDigest: undefined,
    memo: `${showMoney(amount)} by KHQR through ${at.code}, ${bankTransactionId}, confirmed by notice`,
    entries: postReceipt(at.code, amount, { kind: 'applied', creditAccount: payment.creditAccount }),
    applied: amount.amountMinor,
    suspended: undefined,
    noticeLimit: {
      perDayMinor: at.policy.noticeLimits[amount.currency].perDayMinor,
      since: new Date(hub.clock.now().getTime() - dayMs),
    },
  }
  const body = describePayment(payment, 'completed', { bank: at.code, receipt: describeReceipt(money) })
  const sentence = `${showMoney(amount)} (${bankTransactionId}) applied by notice of ${at.code}.`
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
  await movePayment(hub, asker, [{ payment, change }], {
    inbox: [
      {
        id: inboxId,
        outcome: 'applied',
        sentence,
        answerStatus: 200,
        told: { merchantAccountId: account.id, bankTransactionId },
      },
    ],
  })
  return { kind: 'confirmed', sentence }
}
